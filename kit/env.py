"""The environment that every command starts with: `.env`, and proxies that its clients can use."""

import os
from pathlib import Path

from dotenv import find_dotenv

from kit.env_file import read_env_file
from kit.problem import Problem
from kit.proxy import prepare_proxies

__all__ = ["load_env", "read_env_file"]


def load_env() -> None:
    """Take the nearest `.env` (this folder or one above) into the environment, which wins where both speak.

    Raises `Problem` for a line that is not NAME=value, a name that stands twice, a proxy that no client takes, and in
    a folder that was deleted.
    """
    if found := _nearest():
        for name, value in read_env_file(Path(found)).items():
            if value:  # NAME= means the default, and libraries would take an empty text for a value
                os.environ.setdefault(name, value)
    prepare_proxies()


def _nearest() -> str:
    try:
        return find_dotenv(usecwd=True)
    except FileNotFoundError:
        raise Problem(
            "the folder you are in was deleted. Change into one that exists, then run the command again.",
            "当前所在的文件夹已被删除，请先进入一个存在的文件夹，再重新运行该命令。",
        ) from None


def setting(name: str, default: str = "") -> str:
    """What the environment says, without spaces around it; one that is unset or empty has the default."""
    return os.environ.get(name, "").strip() or default
