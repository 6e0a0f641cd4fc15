"""Proxies, the package index, and what localhost leads to."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from kit.doctor.checks.ports import listener
from kit.doctor.finding import Finding, error, note, of_problem, ok, warning
from kit.doctor.setup import Setup
from kit.proxy import LOOPBACK, without_password

INDEX_SECONDS = 8


def proxies(setup: Setup) -> Iterator[Finding]:
    """Whether the proxies of the environment can be used, and what they do with this machine's own address."""
    if setup.unusable:
        yield of_problem("network.proxy", setup.unusable)
        return
    found = {
        name: url for name, url in urllib.request.getproxies().items() if name in ("http", "https", "all")
    }
    for url in sorted(set(found.values())):
        shown = without_password(url)
        if urlsplit(url).scheme.startswith("socks") and find_spec("socksio") is None:
            yield error(
                "network.socks",
                f"the proxy {shown} speaks SOCKS, and the package socksio is missing."
                " Run `python -m pip install -r requirements.txt -e .` without it.",
                f"代理 {shown} 使用 SOCKS，但缺少 socksio 包。请在不使用代理时运行"
                " `python -m pip install -r requirements.txt -e .`。",
            )
        elif listener(url) is None:
            yield error(
                "network.proxy_dead",
                f"the proxy {shown} takes no connections. Start it, or unset {_variables(url)}.",
                f"代理 {shown} 无法连接。请启动它，或取消 {_variables(url)}。",
            )
        else:
            yield ok("network.proxy", f"proxy {shown}", f"代理 {shown}")
    bypassed = ",".join(setup.environment.get(name, "") for name in ("NO_PROXY", "no_proxy"))
    if found and not all(host in bypassed for host in LOOPBACK[:2]):
        hosts = ",".join(LOOPBACK)
        yield note(
            "network.no_proxy",
            "NO_PROXY does not name localhost: this kit goes around the proxy, but other programs"
            " ask it for your own"
            f" server. Set NO_PROXY={hosts} in the terminal.",
            f"NO_PROXY 未包含 localhost：本套件会自动绕过代理，但其他程序会通过代理访问您自己的服务器。"
            f"请在终端设置 NO_PROXY={hosts}。",
        )


def package_index(setup: Setup) -> Iterator[Finding]:
    """One small wheel by pip itself, with the user's own mirror, proxy and certificates."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        reason = _failure_of_pip(folder)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    if reason:
        yield warning(
            "network.index",
            f"pip can't reach its package index ({reason[0]}). Nothing can be installed, and models can come from hubs"
            " only. Name a mirror: `python -m pip config set global.index-url URL`.",
            f"pip 无法访问软件包索引（{reason[1]}），无法安装软件包，模型也只能从模型站下载。"
            "请设置镜像：`python -m pip config set global.index-url 地址`。",
        )
    else:
        speed = f"{size / 1e6:.1f} MB, {time.monotonic() - began:.1f} s"
        yield ok("network.index", f"package index: {speed}", f"软件包索引：{speed}")


def _failure_of_pip(folder: str) -> tuple[str, str] | None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--no-cache-dir",
        "--quiet",
        "--no-input",
    ]
    command += ["--disable-pip-version-check", "--retries", "0", "--timeout", "4", "--dest", folder, "pip"]
    try:
        tried = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=INDEX_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"no end after {INDEX_SECONDS} s", f"{INDEX_SECONDS} 秒内没有结束"
    if not tried.returncode:
        return None
    told = (tried.stderr.strip().splitlines() or [f"code {tried.returncode}"])[-1]
    return (told.removeprefix("ERROR: ").rstrip("."),) * 2


def names(setup: Setup) -> Iterator[Finding]:
    """Whether localhost is this machine, which some VPN programs and edited hosts files change."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo("localhost", None)}
    except OSError as problem:
        found = {str(problem)}
    if wrong := sorted(address for address in found if not address.startswith("127.") and address != "::1"):
        yield error(
            "network.localhost",
            f"localhost leads to {', '.join(wrong)} and not to this machine. Mend the hosts file"
            " (/etc/hosts, Windows: C:\\Windows\\System32\\drivers\\etc\\hosts), or write 127.0.0.1 in .env.",
            f"localhost 指向 {', '.join(wrong)}，而不是本机。请修正 hosts 文件"
            "（/etc/hosts，Windows：C:\\Windows\\System32\\drivers\\etc\\hosts），或在 .env 中写 127.0.0.1。",
        )


def _variables(url: str) -> str:
    return ", ".join(name for name, value in os.environ.items() if value == url and "proxy" in name.lower())
