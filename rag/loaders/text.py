"""Plain text and Markdown."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from markdown_it import MarkdownIt

from rag.document import Block, Document, Kind
from rag.loaders.encodings.decode import decode
from rag.loaders.front_matter import front_matter, is_bookkeeping

# Unicode keeps this character for use inside programs: no text has it.
GUARD = "\ufdd0"
LINE_BEGIN = re.compile(r"^[^\S\n]*(?=\S)", re.MULTILINE)
FENCE = re.compile(r"`{3,}")
KINDS: dict[str, Kind] = {
    "heading_open": "heading",
    "paragraph_open": "text",
    "list_item_open": "text",
    "html_block": "text",
    "hr": "text",
    "fence": "code",
    "code_block": "code",
    "table_open": "table",
}


def load_text(path: Path, source: str, encoding: str | None = None) -> Document:
    text, warnings = decode(path.read_bytes(), source, encoding)
    return Document(source, "", text, paragraphs(text), warnings=warnings)


def load_markdown(path: Path, source: str, encoding: str | None = None) -> Document:
    text, warnings = decode(path.read_bytes(), source, encoding)
    return replace(parse_page(source, text), warnings=warnings)


def paragraphs(text: str) -> list[Block]:
    """Blocks that end at blank lines."""
    starts = [0, *(gap.end() for gap in re.finditer(r"\n\s*\n", text))]
    return [
        Block("text", start, end)
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True)
        if start < end
    ]


def guarded(text: str) -> str:
    """Words that go into Markdown as words: no line of them is read as a heading, a fence or other markup. Backslashes
    would do the same, and stay for whoever reads the text."""
    return LINE_BEGIN.sub(rf"\g<0>{GUARD}", _with_plain_ends(text.replace(GUARD, "")))


def _with_plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def fenced(code: str, language: str = "") -> str:
    fence = max(["``", *FENCE.findall(code)], key=len) + "`"
    return f"{fence}{language}\n{code.rstrip()}\n{fence}"


def parse_page(source: str, text: str) -> Document:
    """Markdown with the front matter that it may have."""
    text = text.replace(GUARD, "")
    metadata, begin = front_matter(text)
    document = parse_markdown(source, text, metadata.get("title", ""), begin)
    head = [] if is_bookkeeping(metadata) else [Block("text", 0, begin)]
    return replace(document, metadata=metadata, blocks=[*head, *document.blocks])


def joined(pages: Sequence[Document]) -> Document:
    """One document of several: what one leaves open does not reach into the next."""
    text, blocks = "", list[Block]()
    for page in pages:
        blocks += [
            replace(each, start=len(text) + each.start, end=len(text) + each.end) for each in page.blocks
        ]
        text += page.text
    title = next((page.title for page in pages if page.title), "")
    return replace(pages[0], title=title, text=text, blocks=blocks)


def parse_markdown(source: str, text: str, title: str = "", begin: int = 0) -> Document:
    """The blocks of Markdown text behind `begin`; the title, unless given, is the first heading."""
    text = _with_plain_ends(text)
    guarded_body, text = text[begin:], text.replace(GUARD, "")
    body = text[begin:]
    line_starts = [begin, *(begin + newline.end() for newline in re.finditer("\n", body)), len(text)]
    # What stands inside a line is not looked at here, and costs a third of the time.
    tokens = MarkdownIt("commonmark").enable("table").disable("inline").parse(guarded_body)
    opened: dict[int, tuple[Kind, int, str]] = {}
    ends_at: dict[int, int] = {}
    for number, token in enumerate(tokens):
        if token.map is None or token.type not in KINDS:
            continue
        kind, level, label = KINDS[token.type], 0, ""
        start = line_starts[token.map[0]]
        if kind == "heading":
            level, label = int(token.tag[1:]), tokens[number + 1].content.replace(GUARD, "").strip()
            title = title or label
        elif kind == "table":
            label = text[start : line_starts[token.map[0] + 2]]
        # A list item and its first paragraph begin at the same character: what is inside says more.
        opened[start] = (kind, level, label)
        ends_at[start] = line_starts[token.map[1]]
    first = min(opened, default=len(text))
    if first < len(text) and not text[begin:first].strip():  # blank lines are no chunk of their own
        opened[begin], ends_at[begin] = opened.pop(first), ends_at.pop(first)
    opened.setdefault(begin, ("text", 0, ""))
    starts = sorted(opened)
    for start, following in zip(starts, [*starts[1:], len(text)], strict=True):
        # Definitions of links come in no token: they are text, however long, not part of a heading.
        end = ends_at.get(start, following)
        if end < following and text[end:following].strip():
            opened[end] = ("text", 0, "")
    starts = sorted(opened)
    ends = [*starts[1:], len(text)]
    blocks = [Block(opened[s][0], s, e, *opened[s][1:]) for s, e in zip(starts, ends, strict=True) if s < e]
    return Document(source, title, text, blocks)
