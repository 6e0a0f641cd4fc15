"""Whatever the document: the chunks joined are its text, none overlap, and nothing exceeds its budget."""

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.document import Block, Document
from rag.loaders.text import paragraphs, parse_markdown
from rag.loaders.web.page import parse_html
from rag.text.chunker import (
    CHUNK_TOKENS,
    HEADER_TOKENS,
    PATH_TOKENS,
    WHOLE_TOKENS,
    WINDOW_TOKENS,
    Chunk,
    chunk,
)
from rag.text.sentences import estimate_tokens
from server.engine.llama.model import Model

ROUNDING = 1e-6
LINE_ENDS = 2  # between path, header and text
KINDS = st.sampled_from(["heading", "text", "table", "code"])
# Newlines, signs and words of every length, so that whatever cuts a text finds something to cut and something not to.
PIECES = st.sampled_from(
    ["词", "word ", "x" * 400, "句子。", "A sentence. ", "\n", "\n\n", "# ", "## ", "| a | b |\n", "|---|---|\n",
     "- ", "```\n", "> ", "[a]: http://b.c\n", "---\n", ": ", "，", "\t", "1. ", "<b>", "Title\n===\n"]
)  # fmt: skip
TEXTS = st.lists(st.tuples(PIECES, st.integers(1, 60)), max_size=25).map(
    lambda runs: "".join(piece * times for piece, times in runs)
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Blocks of any kind that follow each other without a gap, some of them empty, as a PDF's headings are."""
    text = ""
    blocks = []
    for kind in draw(st.lists(KINDS, max_size=12)):
        piece = draw(TEXTS)
        level = draw(st.integers(1, 6)) if kind == "heading" else 0
        label = draw(TEXTS) if kind in ("heading", "table") else ""
        blocks.append(Block(kind, len(text), len(text) + len(piece), level, label))
        text += piece
    return Document("a", draw(TEXTS), text, blocks)


def within_budget(chunks: list[Chunk]) -> bool:
    most_before = PATH_TOKENS + HEADER_TOKENS + LINE_ENDS
    return all(
        estimate_tokens(each.text) <= CHUNK_TOKENS + ROUNDING
        and estimate_tokens(each.heading) <= PATH_TOKENS
        and estimate_tokens(each.context) <= PATH_TOKENS
        and estimate_tokens(each.table_header) <= CHUNK_TOKENS
        and estimate_tokens(each.in_context) <= WHOLE_TOKENS + LINE_ENDS
        and all(estimate_tokens(window) <= WINDOW_TOKENS + most_before for window in each.windows())
        for each in chunks
    )


def is_the_text_once(chunks: list[Chunk], text: str) -> bool:
    begin = chunks[0].start if chunks else len(text)
    return "".join(each.text for each in chunks) == text[begin:] and all(
        text[each.start : each.end] == each.text == "".join(parts(each)) for each in chunks
    )


def parts(each: Chunk) -> list[str]:
    """A chunk's windows without what stands before each."""
    before = each.with_context("x")[:-1]
    return [window.removeprefix(before) for window in each.windows()]


@pytest.mark.real
@settings(max_examples=150)
@given(documents())
def test_any_blocks_keep_to_the_budget(document: Document) -> None:
    chunks = chunk(document)

    assert is_the_text_once(chunks, document.text)
    assert not chunks or chunks[0].start == 0
    assert within_budget(chunks)
    assert [each.position for each in chunks] == list(range(len(chunks)))


@pytest.mark.real
@settings(max_examples=150)
@given(TEXTS)
def test_any_markdown_keeps_to_the_budget(text: str) -> None:
    document = parse_markdown("a.md", text)
    chunks = chunk(document)

    assert is_the_text_once(chunks, document.text)
    assert within_budget(chunks)


@pytest.mark.real
@pytest.mark.parametrize(
    "text",
    [
        "# FAQ\n\n" + "".join(f"### What about part {n} of the machine?\n\n" for n in range(600)),
        "# Links\n\n" + "".join(f"[l{n}]: https://example.org/{n}\n" for n in range(3000)),
        "# " + "A heading without an end " * 60 + "\n\nText. " * 3,
        "# " + "没有尽头的标题" * 200 + "\n\n正文。",
        "| " + " | ".join(f"column {n}" for n in range(200)) + " |\n" + "|---" * 200 + "|\n" + "| 1 " * 200 + "|\n",
        "# Pictures\n\n![](data:image/png;base64," + "iVBORw0KGgo" * 4000 + ")\n",
    ],
    ids=["empty headings", "link definitions", "long heading", "long Chinese heading", "wide table", "picture"],
)  # fmt: skip
def test_what_once_made_chunks_of_thousands_of_tokens(text: str) -> None:
    document = parse_markdown("a.md", text)

    assert is_the_text_once(chunk(document), document.text)
    assert within_budget(chunk(document))


@pytest.mark.parametrize("char", ["|", "-", "x", "词", "\u0e01", "…"])
def test_a_run_of_one_character_keeps_to_the_budget(char: str) -> None:
    """A bar has two tokens: a run of them made chunks of 600."""
    document = parse_markdown("a.md", f"Before.\n\n{char * 3000}\n\nAfter.\n")

    assert is_the_text_once(chunk(document), document.text)
    assert within_budget(chunk(document))


def test_chunks_as_large_as_somebody_asks_for_have_no_room_for_more_before_them() -> None:
    document = parse_markdown("a.md", "# A heading\n\n## Another\n\n" + "A sentence. " * 900)
    [_, *chunks] = chunk(document, budget=1000)

    assert chunks and all(each.in_context == each.text for each in chunks)


def test_a_part_of_empty_headings_is_found_under_its_own_heading() -> None:
    """600 headings without text were one chunk of 7,352 tokens."""
    html = "<h1>FAQ</h1>" + "".join(f"<h3>Question {n}</h3>" for n in range(600)) + "<p>The end.</p>"
    chunks = chunk(parse_html("a.html", html))
    [holding] = [each for each in chunks if "Question 300\n" in each.text]

    assert holding.heading.startswith("FAQ › Question ")
    assert chunks[-1].heading == "FAQ › Question 599" and "The end." in chunks[-1].text


# What takes most tokens for its length: figures, signs, foreign scripts, letters that make no words.
DEAR = st.one_of(
    st.text(),
    st.text("0123456789.,-", min_size=200, max_size=2000),
    st.text("ABCdef0189+/", min_size=200, max_size=2000),
    st.text("{}[]()<>=!&|;#$%^*~@", min_size=200, max_size=2000),
    st.text("абвгдежзий ", min_size=200, max_size=2000),
    st.text("กขคงจฉชซฌ", min_size=200, max_size=2000),
    st.text("😀🎂🚀🐙", min_size=200, max_size=1000),
    st.text("龘靐齉爩鱻麤", min_size=200, max_size=1000),
    st.text("q1 w2 ", min_size=200, max_size=2000),
)
MODEL_TOKENS = 512


@pytest.fixture(scope="module")
def count(embedding_file: Path) -> Callable[[str], int]:
    """How many tokens the default embedding model makes of a text, with its prefix and its normalisation."""
    model = Model(embedding_file)

    def count(text: str) -> int:
        whole = unicodedata.normalize("NFKC", "passage: " + text)
        return len(model.tokenize(whole, add_special=True, parse_special=False))

    return count


@settings(max_examples=100)
@given(
    st.one_of(
        DEAR.map(lambda text: Document("a", "", text, paragraphs(text))),
        DEAR.map(lambda text: parse_markdown("a.md", f"# {text}\n\n{text}")),
        documents(),
    )
)
def test_the_model_reads_every_text_to_its_end(count: Callable[[str], int], document: Document) -> None:
    """Numbers, signs and letters without words are dearer than prose: their end was cut off, or averaged away."""
    longest = max((text for each in chunk(document) for text in each.texts()), key=count, default="")

    assert count(longest) <= MODEL_TOKENS
