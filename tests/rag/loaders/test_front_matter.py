"""What a document says of itself, where that is what it says."""

from pathlib import Path

import pytest

from kit.problem import Problem
from rag.loaders import load
from rag.text.chunker import chunk


@pytest.mark.parametrize(
    "names",
    ["押金: 四十元\n电话: 123", "deposit: 40 euros", "title: Rent\ndeposit: 40 euros", "model: X200", "menu: fish",
     "site: Mill", "date-of-birth: 1990"],
)  # fmt: skip
def test_names_that_no_program_knows_are_text_too(tmp_path: Path, names: str) -> None:
    """They were dropped, and a file of nothing else was refused as empty."""
    for rest in ("\nBody.\n", ""):
        (tmp_path / "a.md").write_text(f"---\n{names}\n---\n{rest}", encoding="utf-8")
        document = load(tmp_path / "a.md")

        assert names in "".join(each.text for each in chunk(document))
        assert {each.heading for each in chunk(document)} == {""}
        assert document.metadata


@pytest.mark.parametrize(
    "names",
    ["title: A\nlang: en\ndate: 2026-01-01", "layout: page\nslug: a\ndraft: false\ntags: [a, b]",
     "sidebar_position: 3\nhide_table_of_contents: true\nlast-modified: 2026-01",
     "nav_order: 2\ntoc: true\nimage: a.png"],
)  # fmt: skip
def test_what_programs_go_by_is_no_text(tmp_path: Path, names: str) -> None:
    (tmp_path / "a.md").write_text(f"---\n{names}\n---\nBody.\n", encoding="utf-8")
    assert [each.text for each in chunk(load(tmp_path / "a.md"))] == ["Body.\n"]

    (tmp_path / "a.md").write_text(f"---\n{names}\n---\n", encoding="utf-8")
    with pytest.raises(Problem, match="holds no text"):
        load(tmp_path / "a.md")
