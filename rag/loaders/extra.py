"""Libraries that only some installations have."""

from importlib import import_module
from types import ModuleType

from kit.problem import Problem


def library(name: str, source: str, extra: str = "documents") -> ModuleType:
    """Raises `Problem` with what to install to read `source`."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise Problem(
            f"{source} takes more packages to read: `python -m pip install -e .[{extra}]`.",
            f"读取 {source} 需要更多软件包：`python -m pip install -e .[{extra}]`。",
        ) from error
