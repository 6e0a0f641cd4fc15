"""What each dependency of the kit weighs, as it is installed here."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

KIT = "agent-starter-kit"


def run() -> None:
    """Megabytes and seconds that each dependency costs, and that would go with it. 每个依赖占用的空间与安装时间。"""
    installed = {canonicalize_name(found.name): found for found in distributions()}
    direct = wanted(requires(KIT) or []) & installed.keys()
    everything = closure(direct, installed)
    megabytes = {name: _megabytes(installed[name]) for name in everything}
    print(f"All 全部: {sum(megabytes.values()):.0f} MB, {len(everything)} packages 个软件包\n")
    print("| dependency 依赖 | MB | packages 软件包 | seconds 秒 |\n|---|---|---|---|")
    alone = {name: everything - closure(direct - {name}, installed) for name in direct}
    rows = [(sum(megabytes[each] for each in own), name, len(own)) for name, own in alone.items()]
    for size, name, count in sorted(rows, reverse=True):
        if size >= 1:
            seconds = _seconds(installed[each] for each in alone[name])
            print(f"| `{name}` | {size:.0f} | {count} | {seconds:.0f} |")


def wanted(requirements: Iterable[str]) -> set[NormalizedName]:
    """The names that are needed on this system without an extra."""
    parsed = map(Requirement, requirements)
    return {
        canonicalize_name(each.name)
        for each in parsed
        if each.marker is None or each.marker.evaluate({"extra": ""})
    }


def closure(names: set[NormalizedName], installed: dict[NormalizedName, Distribution]) -> set[NormalizedName]:
    """Those packages and all that they need."""
    found: set[NormalizedName] = set()
    open_ = list(names)
    while open_:
        if (name := open_.pop()) not in found:
            found.add(name)
            open_ += wanted(installed[name].requires or []) & installed.keys()
    return found


def _seconds(packages: Iterable[Distribution]) -> float:
    """How long pip takes to install these, from its cache if it has them."""
    pinned = [f"{package.name}=={package.version}" for package in packages]
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-compile",
            "--target",
            folder,
        ]
        started = time.perf_counter()
        subprocess.run([*command, *pinned], check=True)
        return time.perf_counter() - started


def _megabytes(package: Distribution) -> float:
    paths = (Path(str(file.locate())) for file in package.files or [])
    return sum(path.stat().st_size for path in paths if path.exists()) / 1e6
