"""docs/architecture.md says what the modules say. A module of a team's own needs no line there."""

import re

import pytest
from kit_pages import ROOT, read

PAGES = ["docs/architecture.md", "docs/architecture.zh-CN.md"]


def listed(text: str) -> set[tuple[str, str]]:
    """Folders with their lines."""
    folders = re.split(r"^### ", text, flags=re.M)[1:]
    return {
        (name, line)
        for name, _, lines in (folder.partition("\n") for folder in folders)
        for line in lines.splitlines()
        if line and not line.startswith("<!--")
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_line_is_what_the_module_says(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    from modules import modules  # type: ignore[import-not-found]

    wrong = listed(read(page)) - listed(modules())

    assert sorted(wrong) == [], "python docs/modules.py writes the list anew"
    assert not re.search(r"^- `\S+`: $", read(page), re.M), "a module without a docstring"


@pytest.mark.parametrize("page", PAGES)
def test_files_named_in_the_walk_exist(page: str) -> None:
    named = re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", read(page))

    assert len(named) > 20
    assert [file for file in named if not (ROOT / file).exists()] == []
