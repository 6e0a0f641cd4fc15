"""docs/architecture.md has a line for every module, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_module_has_its_line() -> None:
    packages = [
        path.parent for path in ROOT.glob("*/**/__init__.py") if path.relative_to(ROOT).parts[0][0] != "."
    ]
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in packages
        for path in package.glob("*.py")
        if not path.stem.startswith("__")
    }
    folders = re.split(r"^## ", PAGE, flags=re.M)
    told = {
        f"{folder.split()[0]}/{file}"
        for folder in folders
        for file in re.findall(r"^- `(.+?\.py)`:", folder, re.M)
    }

    assert sorted(modules - told) == []
    assert sorted(told - modules) == []


def test_files_named_in_the_walk_exist() -> None:
    for file in re.findall(r"`(\w+/\w+\.py)`", PAGE):
        assert (ROOT / file).exists() or (ROOT / "server" / file).exists(), file
