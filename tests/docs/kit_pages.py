"""The kit's own pages, each of which ends with `MARK`; a page without it is the team's and not looked at."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MARK = (
    "<!-- A page of the starter kit, held to the code by tests/docs. Once it is yours, delete this line. -->"
)


def kit_pages() -> list[str]:
    found = (path for pattern in ("*.md", "docs/*.md", "agents/*.md") for path in ROOT.glob(pattern))
    pages = (path.relative_to(ROOT).as_posix() for path in found if MARK in path.read_text(encoding="utf-8"))
    return sorted(pages)


def read(page: str) -> str:
    """The text of a page; without the page or its mark the test that asks is skipped."""
    path = ROOT / page
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if MARK not in text:
        pytest.skip(f"{page} is not the kit's any more")
    return text
