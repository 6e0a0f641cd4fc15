"""Plain text and Markdown."""

import re
from pathlib import Path

import charset_normalizer
from markdown_it import MarkdownIt

from kit.problem import Problem
from rag.document import Block, Document, Kind

FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
FRONT_MATTER_LINE = re.compile(r"^(\w+):[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE)
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


def load_text(path: Path, source: str) -> Document:
    text = decode(path.read_bytes(), source)
    return Document(source, "", text, paragraphs(text))


def load_markdown(path: Path, source: str) -> Document:
    return parse_markdown(source, decode(path.read_bytes(), source))


def decode(data: bytes, source: str) -> str:
    """The text of a file in whatever encoding it is, with every line end as a single newline."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Windows in China still writes GBK and UTF-16.
        best = charset_normalizer.from_bytes(data).best()
        if best is None:
            raise Problem(
                f"{source} is not text, or in an unknown encoding. Save it as UTF-8.",
                f"{source} 不是文本，或编码无法识别。请另存为 UTF-8。",
            ) from None
        text = str(best).removeprefix("\ufeff")
    if "\0" in text:
        raise Problem(f"{source} is a binary file, not text.", f"{source} 是二进制文件，不是文本。")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def paragraphs(text: str) -> list[Block]:
    """Blocks that end at blank lines."""
    starts = [0, *(gap.end() for gap in re.finditer(r"\n\s*\n", text))]
    return [
        Block("text", start, end)
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True)
        if start < end
    ]


def parse_markdown(source: str, text: str, title: str = "") -> Document:
    """The blocks of Markdown text; the title, unless given, is from the front matter or the first heading."""
    front = FRONT_MATTER.match(text)
    skipped = front.end() if front else 0
    metadata = dict(FRONT_MATTER_LINE.findall(front[0])) if front else {}
    title = title or metadata.get("title", "")
    body = text[skipped:]
    line_starts = [skipped, *(skipped + newline.end() for newline in re.finditer("\n", body)), len(text)]
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    opened: dict[int, tuple[Kind, int, str]] = {}
    for index, token in enumerate(tokens):
        if token.map is None or token.type not in KINDS:
            continue
        kind, level, label = KINDS[token.type], 0, ""
        start = line_starts[token.map[0]]
        if kind == "heading":
            level, label = int(token.tag[1:]), tokens[index + 1].content.strip()
            title = title or label
        elif kind == "table":
            label = text[start : line_starts[token.map[0] + 2]]
        # A list item and its first paragraph begin at the same character: what is inside says more.
        opened[start] = (kind, level, label)
    opened.setdefault(skipped, ("text", 0, ""))
    starts = sorted(opened)
    ends = [*starts[1:], len(text)]
    blocks = [Block(opened[s][0], s, e, *opened[s][1:]) for s, e in zip(starts, ends, strict=True) if s < e]
    return Document(source, title, text, blocks, metadata=metadata)
