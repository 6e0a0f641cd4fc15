"""The `.env` file and the environment."""

import os
import urllib.request
from pathlib import Path

from dotenv import find_dotenv
from dotenv.parser import parse_stream

from kit.problem import Problem

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def load_env() -> None:
    """Take the nearest `.env` (this folder or one above) into the environment, which wins where both speak.

    Raises `Problem` for a line that is not NAME=value.
    """
    _bypass_proxy_for_loopback()
    if found := find_dotenv(usecwd=True):
        for name, value in read_env_file(Path(found)).items():
            if value:  # NAME= means the default, and libraries would take an empty text for a value
                os.environ.setdefault(name, value)


def read_env_file(path: Path) -> dict[str, str]:
    try:
        # Notepad on Windows begins a file with a byte-order mark; utf-8-sig takes it off.
        with path.open(encoding="utf-8-sig") as file:
            bindings = list(parse_stream(file))
    except UnicodeDecodeError:
        raise Problem(
            f"{path} is not UTF-8 text. Save it again with the encoding UTF-8.",
            f"{path} 不是 UTF-8 文本，请用 UTF-8 编码重新保存。",
        ) from None
    values = {}
    for binding in bindings:
        if binding.error or (binding.key and binding.value is None):
            line = binding.original.line
            raise Problem(
                f"{path}, line {line}: not of the form NAME=value. Mend the line or put # before it.",
                f"{path} 第 {line} 行：格式不是 NAME=value。请改正，或在行首加 # 注释掉。",
            )
        if binding.key and binding.value is not None:
            values[binding.key] = binding.value
    return values


def _bypass_proxy_for_loopback() -> None:
    """httpx sends even localhost through the system's proxy unless NO_PROXY names it."""
    # As soon as NO_PROXY is set, Python reads no proxy from the Windows registry or macOS settings any more.
    for scheme, url in urllib.request.getproxies().items():
        if scheme in ("http", "https", "all"):
            os.environ.setdefault(f"{scheme}_proxy", url)
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host for host in os.environ.get(name, "").split(",") if host]
        os.environ[name] = ",".join(hosts + [host for host in LOOPBACK if host not in hosts])
