"""What a document says of itself, where that is what it says."""

from pathlib import Path

import pytest

from kit.problem import Problem
from rag.loaders import load
from rag.loaders.front_matter import front_matter
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


@pytest.mark.parametrize("name", ["description", "summary", "Abstract", "摘要"])
def test_what_a_document_says_it_is_about_is_text(tmp_path: Path, name: str) -> None:
    """No chunk had it, and a file of nothing else was refused as empty."""
    for rest in ("\nBody.\n", ""):
        (tmp_path / "a.md").write_text(f"---\ntitle: Kiln\n{name}: It is fired on Mondays.\n---\n{rest}")

        assert any("fired on Mondays" in each.text for each in chunk(load(tmp_path / "a.md")))


@pytest.mark.parametrize(
    "written",
    [
        "---\ntitle: Kiln\ntags: [clay, fire]\n...\n{}",
        "\n\n---\ntitle: Kiln\ntags: [clay, fire]\n---\n{}",
        "<!-- made by\na program -->\n\n---\ntitle: Kiln\ntags:\n  - clay\n  - fire\n---\n{}",
        '+++\ntitle = "Kiln"\ntags = ["clay", "fire"]\n+++\n{}',
    ],
    ids=["three dots", "empty lines before", "a comment before", "TOML"],
)
def test_front_matter_as_other_programs_write_it(tmp_path: Path, written: str) -> None:
    """The heading of the document was "title: Kiln\"."""
    (tmp_path / "a.md").write_text(written.format("Body.\n"))
    document = load(tmp_path / "a.md")

    assert (document.title, document.metadata["tags"]) == ("Kiln", "clay, fire")
    assert [each.text for each in chunk(document)] == ["Body.\n"]


def test_what_may_stand_before_front_matter_is_found_at_once_however_much() -> None:
    for before in ("<!-- x -->\n", "\n", "<!--", "---\n", "+++\n"):
        assert front_matter(before * 5_000)[0] == {}


def test_no_value_is_none_and_a_map_is_said(tmp_path: Path) -> None:
    """A title was "null", a map as Python writes it."""
    (tmp_path / "a.md").write_text(
        "---\ntitle: null\nlang: ~\nauthor: {name: Ada, site: }\ntags: [[a, b], {c: d}]\n---\n# Kiln\n\nHot.\n"
    )
    document = load(tmp_path / "a.md")

    assert document.title == "Kiln"
    assert document.metadata == {"author": "name: Ada", "tags": "a, b, c: d"}


@pytest.mark.parametrize(
    "text", ["\n---\n\nBetween two rules.\n\n---\n", "+++\nMore than that.\n+++\n", "...\n"]
)
def test_rules_and_signs_around_words_are_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.md").write_text(f"{text}\nBody.\n")
    document = load(tmp_path / "a.md")

    assert document.metadata == {} and "".join(each.text for each in chunk(document)) == document.text
