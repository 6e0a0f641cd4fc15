"""HTML, by way of Markdown."""

import re
from dataclasses import replace
from pathlib import Path

from bs4.dammit import EncodingDetector

from rag.document import Document
from rag.loaders.encodings.decode import decode
from rag.loaders.text import parse_markdown
from rag.loaders.web.cells import name_columns, spread_cells
from rag.loaders.web.formula import write_formulas
from rag.loaders.web.furniture import remove_furniture
from rag.loaders.web.layout import unwrap_layouts
from rag.loaders.web.link import simplify_links
from rag.loaders.web.soup import parsed
from rag.loaders.web.writer import Writer

# What Python's parser refuses or hides: a DOCTYPE with declarations, CDATA (its text is kept), and sections of Word
# and old browsers such as <![if !IE]>. Comments come first, and stay as they are: a section in one is none.
MARKED_SECTION = re.compile(
    r"(<!--.*?(?:-->|\Z))"
    r"|<!\[CDATA\[(.*?)(?:\]\]>|\Z)"
    r"|<!DOCTYPE[^>\[]{0,500}\[[^\]]{0,5000}\]\s*>"
    r"|<!\[[^>]*(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# Blocks that markdownify would write on the line of what stands before.
BLOCKS_ON_A_LINE = [
    *("address", "aside", "caption", "center", "details", "fieldset", "figure", "footer", "form", "header"),
    *("legend", "summary"),
]


def load_html(path: Path, source: str, encoding: str | None = None) -> Document:
    data = path.read_bytes()
    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    text, warnings = decode(data, source, encoding, declared)
    return replace(parse_html(source, text), warnings=warnings)


def parse_html(source: str, html: str) -> Document:
    """The document's text as Markdown, which is the text that offsets count in."""
    title, markdown = to_markdown(html)
    return parse_markdown(source, markdown + "\n" if markdown else "", title)


def to_markdown(html: str) -> tuple[str, str]:
    """The title, and the text with its guards."""
    soup = parsed(MARKED_SECTION.sub(r"\1\2", html))
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    write_formulas(soup)
    unwrap_layouts(soup)
    remove_furniture(soup)
    simplify_links(soup)
    for block in soup.find_all(BLOCKS_ON_A_LINE):
        block.name = "div"
    for table in soup.find_all("table"):
        spread_cells(table)
        name_columns(table)
    return title, Writer().convert_soup(soup).strip()
