"""Words that look like Markdown, in formats that are read by way of it."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from rag.document import Document
from rag.loaders import load
from rag.loaders.web.page import parse_html

MARKUP = [
    "```",
    "~~~",
    "<!-- begin",
    "<script>",
    "<div>",
    "# rm -rf x",
    "> x",
    "- x\n  # y",
    "Sum\n---",
    "[a]: /x",
    "\t# x",
]


def headings(document: Document) -> list[str]:
    assert "".join(document.text[block.start : block.end] for block in document.blocks) == document.text
    return [block.label for block in document.blocks if block.kind == "heading"]


def saved(path: Path, content: bytes | str) -> Document:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load(path)


def html(words: str) -> str:
    return "<br>".join(words.replace("<", "&lt;").split("\n"))


@pytest.mark.parametrize("words", MARKUP)
@pytest.mark.parametrize(
    "around", ["<p>{}</p>", "<ul><li>{}</ul>", "<blockquote>{}</blockquote>", "<dl><dt>A<dd>{}</dl>", "{}", "<i>{}</i>",
               "<textarea>\n{}</textarea>", "<b><pre>{}</pre></b>", "<ol><li><pre>{}</pre></ol>", "<code>x\n{}</code>",
               "<table><tr><td>a<td>{}</table>", "<p><a href='/x' title='x\n{}'>x</a>"]
)  # fmt: skip
def test_no_words_of_a_page_make_or_swallow_a_heading(around: str, words: str) -> None:
    page = f"<h1>Guide</h1>{around.format(html(words))}<h2>Prices</h2><p>Tea costs 3.</p>"

    assert headings(parse_html("a.html", page)) == ["Guide", "Prices"]


def test_the_words_stay_as_they_were() -> None:
    """No backslashes, which a model would repeat."""
    page = "<p># 1*2_3 &lt;b> [x] \\ ```<br>---</p><p><a href='https://x.example'>https://x.example</a>"

    assert parse_html("a.html", page).text == "# 1*2_3 <b> [x] \\ ```  \n---\n\n<https://x.example>\n"


@pytest.mark.parametrize("words", MARKUP)
def test_no_value_of_a_record_reaches_into_the_next(tmp_path: Path, words: str) -> None:
    records = [
        {"title": "A", "text": f"x\n\n{words}", words: [words, {"b": words}]},
        {"title": "B", "fact": "after"},
    ]
    document = saved(tmp_path / "a.json", json.dumps(records))

    assert [label for label in headings(document) if label in ("A", "B", "x", "y", "Sum", "rm -rf x")] == [
        "A",
        "B",
    ]


@pytest.mark.parametrize("words", MARKUP)
def test_no_shape_or_note_of_a_slide_reaches_into_the_next(tmp_path: Path, words: str) -> None:
    pptx = pytest.importorskip("pptx", reason="comes with the extra documents")
    deck = pptx.Presentation()
    for title in ("A", "B"):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = words
        slide.notes_slide.notes_text_frame.text = words
    stream = io.BytesIO()
    deck.save(stream)

    assert headings(saved(tmp_path / "a.pptx", stream.getvalue())) == ["A", "B"]


@pytest.mark.parametrize("words", MARKUP)
def test_no_page_of_a_book_reaches_into_the_next(tmp_path: Path, words: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as book:
        book.writestr("META-INF/container.xml", '<container><rootfile full-path="b.opf"/></container>')
        book.writestr(
            "b.opf",
            '<package><manifest><item id="a" href="a.html"/><item id="b" href="b.html"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>',
        )
        for name in ("a", "b"):
            book.writestr(f"{name}.html", f"<h1>{name}</h1><p>{html(words)}</p>")

    assert headings(load(tmp_path / "a.epub")) == ["a", "b"]


@pytest.mark.parametrize(
    "written",
    ["A line of ``\\`\\`\\```` .", "\\# rm", ".. note:: One.\n\n   ```\n   ~~~", "::\n\n  ```\n  # x"],
)
def test_no_words_of_restructured_text_make_or_swallow_a_heading(tmp_path: Path, written: str) -> None:
    document = saved(tmp_path / "a.rst", f"Guide\n=====\n\n{written}\n\nPrices\n======\n\nTea costs 3.\n")

    assert [label for label in headings(document) if label != "```"] == ["Guide", "Prices"]


def test_a_bar_in_a_cell_is_no_column() -> None:
    page = "<table><tr><th>Command<th>Use<tr><td>ls | wc<td><code>a|b</code></table>"

    assert parse_html("a.html", page).text.splitlines()[2] == "| ls \\| wc | `a\\|b` |"
