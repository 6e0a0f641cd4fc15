"""The environment that every command starts with: `.env`, and proxies that its clients can use."""

import os
from pathlib import Path

from dotenv import find_dotenv

from kit.env_file import read_env_file
from kit.proxy import prepare_proxies

__all__ = ["load_env", "read_env_file"]


def load_env() -> None:
    """Take the nearest `.env` (this folder or one above) into the environment, which wins where both speak.

    Raises `Problem` for a line that is not NAME=value, a name that stands twice, a proxy that no client takes.
    """
    if found := find_dotenv(usecwd=True):
        for name, value in read_env_file(Path(found)).items():
            if value:  # NAME= means the default, and libraries would take an empty text for a value
                os.environ.setdefault(name, value)
    prepare_proxies()


def setting(name: str, default: str = "") -> str:
    """What the environment says, without spaces around it; one that is unset or empty has the default."""
    return os.environ.get(name, "").strip() or default
