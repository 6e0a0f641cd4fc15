"""Halves of characters, as JSON and YAML may hold them."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.progress import Counter

from rag import Answer, Index
from rag.document import Block, Document
from rag.ingest import ingest
from rag.loaders import LOADERS, load


def test_half_an_emoji_costs_itself_alone(index: Index, folder: Path) -> None:
    """The whole run ended, and the endpoint was to blame."""
    (folder / "post.json").write_text('{"text": "the picnic \\ud83e is on Friday"}')
    report = ingest(index, [folder], Counter())

    assert (report.added, report.problems) == (4, [])
    assert "the picnic \ufffd is on Friday" in index.search("picnic on Friday")[0].text


def test_an_emoji_that_yaml_leaves_in_two_halves_is_whole(index: Index, folder: Path) -> None:
    (folder / "party.md").write_text('---\ntitle: "Party \\ud83e\\udd73"\nlang: "\\ud83e"\n---\nAt eight.\n')
    document = load(folder / "party.md")

    assert (document.title, document.metadata["lang"]) == ("Party 🥳", "\ufffd")
    assert ingest(index, [folder], Counter()).added == 4


def test_blocks_and_pages_go_with_their_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    halves = Document(
        "a.txt",
        "",
        "\ud83e\udd73 one\n\ud83e two\n",
        [Block("heading", 0, 7, 1, "\ud83e\udd73 one"), Block("text", 7, 13)],
        [0, 7],
    )
    monkeypatch.setitem(LOADERS, ".txt", lambda *_: replace(halves))
    (tmp_path / "a.txt").write_text("x")
    document = load(tmp_path / "a.txt")

    assert document.page_starts == [0, 6]
    assert [document.text[block.start : block.end] for block in document.blocks] == [
        "🥳 one\n",
        "\ufffd two\n",
    ]
    assert document.blocks[0].label == "🥳 one"


def test_half_a_character_may_be_asked(index: Index, folder: Path) -> None:
    """A terminal gives bytes that are no UTF-8 as such."""
    ingest(index, [folder], Counter())
    passages = index.search("When is lunch \udce4?")

    assert passages[0].heading == "Meals › Lunch"
    assert Answer("lunch \udce4", passages).question == "lunch \ufffd"
