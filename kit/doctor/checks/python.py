"""The Python that runs, its packages, and files that hide them."""

import importlib.util
import platform
import re
import struct
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kit.doctor.finding import Finding, error, ok, warning
from kit.doctor.setup import ROOT, Setup

LEAST = (3, 11)
OURS = ("agents", "kit", "rag", "server")
INSTALL = "python -m pip install -r requirements.txt -e ."


def interpreter(setup: Setup) -> Iterator[Finding]:
    here = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {sys.executable}"
    if sys.version_info[:2] < LEAST:
        yield error(
            "python.version",
            f"{here} is too old. Install Python 3.11 or newer, delete .venv, and begin with README.md again.",
            f"{here} 版本过旧。请安装 Python 3.11 或更新版本，删除 .venv，再按 README.zh-CN.md 重新开始。",
        )
    elif struct.calcsize("P") < 8:
        yield error(
            "python.bits",
            f"{here} has 32 bits, and no llama.cpp is made for that. Install the 64-bit Python.",
            f"{here} 是 32 位，没有对应的 llama.cpp。请安装 64 位 Python。",
        )
    else:
        yield ok("python.version", here, here)
    if sys.prefix == sys.base_prefix:
        yield warning(
            "python.venv",
            f"{sys.executable} is not in an environment of its own. Use .venv/bin/python (Windows:"
            " .venv\\Scripts\\python), made as README.md says.",
            f"{sys.executable} 不在虚拟环境中。请使用 .venv/bin/python（Windows：.venv\\Scripts\\python），"
            "创建方法见 README.zh-CN.md。",
        )


def packages(setup: Setup) -> Iterator[Finding]:
    missing, other = [], []
    tried: dict[str, list[str]] = {}
    # One package may stand there twice, for several versions of Python.
    for name, number in re.findall(
        r"^([\w.-]+)==([\w.]+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M
    ):
        tried.setdefault(name, []).append(number)
    wanted = _dependencies(ROOT / "pyproject.toml")
    for name in wanted:
        try:
            here = version(name)
        except PackageNotFoundError:
            missing.append(name)
            continue
        if name in tried and here.split(".")[:2] not in [number.split(".")[:2] for number in tried[name]]:
            other.append(f"{name} {here} ({' / '.join(tried[name])})")
    if missing:
        names = ", ".join(missing)
        yield error(
            "python.packages",
            f"not installed in {sys.executable}: {names}. Run `{INSTALL}`.",
            f"{sys.executable} 中缺少软件包：{names}。请运行 `{INSTALL}`。",
        )
    if other:
        names = ", ".join(other)
        yield warning(
            "python.versions",
            f"other versions than those that were tried (in brackets): {names}. Run `{INSTALL}`.",
            f"版本与测试过的（括号内）不同：{names}。请运行 `{INSTALL}`。",
        )
    if not (missing or other):
        count = len(wanted)
        yield ok(
            "python.packages",
            f"{count} packages in the versions that were tried",
            f"{count} 个软件包版本无误",
        )


def hidden(setup: Setup) -> Iterator[Finding]:
    """Packages of ours that another of that name hides, and files here that hide a library."""
    for name in OURS:
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).parent if spec and spec.origin else None
        if found != ROOT / name:
            yield error(
                "python.hidden",
                f"`import {name}` finds {found}, not this kit's folder {ROOT / name} (the package"
                " openai-agents is also"
                " called agents). Run commands in the kit's folder, and take the other out of PYTHONPATH.",
                f"`import {name}` 找到的是 {found}，而不是本套件的 {ROOT / name}（openai-agents 包也叫 agents）。"
                "请在套件目录中运行命令，并将另一个目录从 PYTHONPATH 中移除。",
            )
    libraries = {name.replace("-", "_") for name in _dependencies(ROOT / "pyproject.toml")}
    for file in sorted(setup.folder.glob("*.py")):
        if file.stem in libraries or file.stem in sys.stdlib_module_names:
            yield error(
                "python.shadow",
                f"{file.name} in {setup.folder} hides the library {file.stem} from every program that is started"
                f" here. Rename it, for example to my_{file.name}.",
                f"{setup.folder} 中的 {file.name} 会遮住同名的库 {file.stem}。请改名，例如 my_{file.name}。",
            )


def _dependencies(pyproject: Path) -> list[str]:
    """Names of what the kit needs everywhere; what is for one system only comes after a semicolon."""
    with pyproject.open("rb") as file:
        wanted = tomllib.load(file)["project"]["dependencies"]
    names = [re.split(r"[\[<>=~! ]", line)[0] for line in wanted if ";" not in line]
    return [name for name in names if name != "pip"]  # every environment brings its own
