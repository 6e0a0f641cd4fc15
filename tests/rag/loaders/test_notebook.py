"""Notebooks: what is written in them, and what they printed."""

import json
from pathlib import Path

import pytest

from rag.document import Document
from rag.loaders import load


def notebook_of(folder: Path, *cells: dict[str, object]) -> Document:
    notebook = {"cells": list(cells), "metadata": {}, "nbformat": 4}
    (folder / "a.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return load(folder / "a.ipynb")


def test_a_notebook_gives_text_code_and_output(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Pump\n", "\n", "It runs at 4 bar."]},
        {"cell_type": "code", "source": "print(2 + 2)", "outputs": [{"text": ["4\n"]}]},
    ]
    notebook = {"cells": cells, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    document = load(tmp_path / "a.ipynb")

    assert document.title == "Pump"
    assert (
        "4 bar" in document.text
        and "```python\nprint(2 + 2)\n```" in document.text
        and "```\n4\n" in document.text
    )


def test_code_with_fences_in_it_stays_one_piece(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": 'text = """\n```\n# no heading\n```\n"""'}
    notebook = {"cells": [cell, None, {}], "metadata": None, "nbformat": 4}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    assert [block.kind for block in load(tmp_path / "a.ipynb").blocks] == ["code"]


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ({"output_type": "error", "ename": "KeyError", "evalue": "valve 4", "traceback": []}, "KeyError: valve 4"),
        ({"output_type": "display_data", "data": {"text/markdown": ["4 *bar*"]}}, "4 *bar*"),
        ({"output_type": "display_data", "data": {"text/html": "<p>4 <b>bar</b></p>"}}, "4 **bar**"),
        ({"data": {"text/plain": "<core.display.HTML object>", "text/html": "<p>4 bar</p>"}}, "4 bar"),
        ({"data": {"text/plain": "4 bar", "text/html": "<table></table>"}}, "```\n4 bar\n```"),
    ],
    ids=["error", "Markdown", "HTML", "HTML of an object", "plain text and HTML"],
)  # fmt: skip
def test_what_a_cell_shows_is_read_even_without_code(
    tmp_path: Path, output: dict[str, object], said: str
) -> None:
    assert said in notebook_of(tmp_path, {"cell_type": "code", "source": "", "outputs": [output]}).text


def test_a_fence_without_an_end_ends_with_its_cell(tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "source": text} for text in ("~~~~sh\nmake", "# Valves\n\nFour.")]

    assert [block.label for block in notebook_of(tmp_path, *cells).blocks if block.kind == "heading"] == [
        "Valves"
    ]


def test_a_raw_cell_is_front_matter_at_the_head_and_no_markdown_elsewhere(tmp_path: Path) -> None:
    raw = {"cell_type": "raw", "source": "---\ntitle: R\n---"}
    document = notebook_of(tmp_path, {"cell_type": "markdown", "source": "# Valves"}, raw)

    assert [block.label for block in document.blocks if block.kind == "heading"] == ["Valves"]
    assert notebook_of(tmp_path, raw, {"cell_type": "markdown", "source": "Four."}).title == "R"


@pytest.mark.parametrize("opened", ["<!-- open", "<script>", "<pre>", "- ```", "> ```\n> x", "| a |\n|---|"])
def test_what_a_cell_leaves_open_does_not_reach_into_the_next(tmp_path: Path, opened: str) -> None:
    cells = [{"cell_type": "markdown", "source": text} for text in (opened, "# Valves\n\nFour.")]
    document = notebook_of(tmp_path, *cells)

    assert [block.label for block in document.blocks if block.kind == "heading"] == ["Valves"]
    assert "".join(document.text[block.start : block.end] for block in document.blocks) == document.text


def printed(folder: Path, *text: str) -> str:
    output = {"output_type": "stream", "name": "stdout", "text": list(text)}
    return notebook_of(folder, {"cell_type": "code", "source": "", "outputs": [output]}).text


@pytest.mark.parametrize(
    "text",
    [
        ["10%\r", "50%\r", "Done: 4 bar\n"],
        ["\x1b[2K   \x1b[90m━━━━\x1b[0m 1/2\r\x1b[2K", "Done: \x1b[32m4 bar\x1b[0m\r\n"],
        ["1/2" + "\x08" * 3 + "Done: 4 bar\n"],
        ["\x1b]8;;https://x.example\x1b\\Done: 4 bar\x1b]8;;\x1b\\\n"],
    ],
    ids=["carriage returns", "pip", "backspaces", "a link"],
)
def test_what_was_printed_is_read_as_a_terminal_shows_it(tmp_path: Path, text: list[str]) -> None:
    """A notebook with pip's bar of progress was refused as none that can be read."""
    assert printed(tmp_path, *text) == "```\nDone: 4 bar\n```\n"


def test_colours_of_an_error_are_none(tmp_path: Path) -> None:
    error = {"output_type": "error", "ename": "KeyError", "evalue": "\x1b[31mvalve 4\x1b[0m"}

    assert (
        "KeyError: valve 4\n"
        in notebook_of(tmp_path, {"cell_type": "code", "source": "", "outputs": [error]}).text
    )


@pytest.mark.parametrize(
    "odd",
    [{"source": None}, {"source": 7}, {"source": ["x", None]}, {"outputs": [None, "x"]}, {"outputs": 7},
     {"outputs": [{"data": "x"}]}, {"outputs": [{"data": {"text/html": {"a": 1}}, "text": 7}]}],
)  # fmt: skip
def test_one_odd_cell_costs_no_other(tmp_path: Path, odd: dict[str, object]) -> None:
    document = notebook_of(
        tmp_path, {"cell_type": "code", **odd}, {"cell_type": "markdown", "source": "Fire it on Monday."}
    )

    assert "Fire it on Monday." in document.text


@pytest.mark.parametrize(
    "data",
    [
        {"text/plain": "<Figure size 640x480 with 1 Axes>", "image/png": "iVBORw0KGgo="},
        {"text/plain": "<Figure size 640x480 with 0 Axes>"},
        {"text/plain": "[<matplotlib.lines.Line2D at 0x7f0a>,\n <matplotlib.lines.Line2D at 0x7f0b>]"},
    ],
)
def test_the_name_of_a_picture_is_no_output(tmp_path: Path, data: dict[str, str]) -> None:
    cell = {
        "cell_type": "code",
        "source": "draw()",
        "outputs": [{"output_type": "display_data", "data": data}],
    }

    assert notebook_of(tmp_path, cell).text == "```\ndraw()\n```\n"


def test_an_object_may_be_what_the_code_printed(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": "", "outputs": [{"data": {"text/plain": "<kiln: 900 degrees>"}}]}

    assert "<kiln: 900 degrees>" in notebook_of(tmp_path, cell).text
