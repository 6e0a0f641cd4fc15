"""Proxies of the environment, brought into a form that every HTTP client here takes."""

import os
import urllib.request
from urllib.parse import urlsplit

from kit.problem import Problem
from kit.web.address import is_address

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SCHEMES = ("http", "https", "socks5", "socks5h")


def prepare_proxies() -> None:
    """Go around the proxy for this machine; for all else it holds. Raises `Problem` for one that can't be used."""
    # As soon as NO_PROXY is set, Python reads no proxy from the Windows registry or macOS settings any more.
    for scheme, url in urllib.request.getproxies().items():
        if scheme in ("http", "https", "all") and url:
            usable = _usable(f"{scheme}_proxy", url)
            for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()):
                if name in os.environ or name.islower():
                    os.environ[name] = usable
    # httpx sends even localhost through the system's proxy unless NO_PROXY names it. Where both spellings are set, the
    # small one holds.
    told = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
    hosts = [host for host in told.split(",") if host]
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(hosts + [host for host in LOOPBACK if host not in hosts])


def proxy_for(url: str) -> tuple[str, str] | None:
    """The variable and the address of the proxy that a request to `url` goes through, without its password."""
    place = urlsplit(url)
    if not place.hostname or urllib.request.proxy_bypass(place.hostname):
        return None
    proxies = urllib.request.getproxies()
    for scheme in (place.scheme, "all"):
        if proxy := proxies.get(scheme):
            return f"{scheme}_proxy", without_password(proxy)
    return None


def _usable(name: str, url: str) -> str:
    written = url if "://" in url else f"http://{url}"
    # GNOME and some proxy programs write socks://, which means version 5.
    written = (
        written.replace("socks://", "socks5://", 1) if written.lower().startswith("socks://") else written
    )
    if is_address(written, SCHEMES) and (place := urlsplit(written)).netloc.rpartition("@")[2].isascii():
        return f"{place.scheme}{written[len(place.scheme) :]}"
    raise Problem(
        f"{name}={without_password(url)} in the environment is not a proxy that can be used."
        " Write http://HOST:PORT or socks5://HOST:PORT, or unset it.",
        f"环境变量 {name}={without_password(url)} 不是可用的代理。"
        "请写成 http://主机:端口 或 socks5://主机:端口，或取消该变量。",
    )


def without_password(url: str) -> str:
    scheme, mark, rest = url.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"
