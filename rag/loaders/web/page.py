"""HTML, by way of Markdown."""

import re
from dataclasses import replace
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from markdownify import MarkdownConverter

from rag.document import Document
from rag.loaders.encoding import BASE64, decode
from rag.loaders.text import parse_markdown
from rag.loaders.web.cells import name_columns, spread_cells
from rag.loaders.web.formula import write_formulas
from rag.loaders.web.furniture import length, linked, remove_furniture
from rag.loaders.web.link import simplify_links
from rag.loaders.web.soup import parsed

# What Python's parser refuses or hides: a DOCTYPE with declarations, CDATA (its text is kept), and sections of Word
# and old browsers such as <![if !IE]>. Comments come first, and stay as they are: a section in one is none.
MARKED_SECTION = re.compile(
    r"(<!--.*?(?:-->|\Z))"
    r"|<!\[CDATA\[(.*?)(?:\]\]>|\Z)"
    r"|<!DOCTYPE[^>\[]{0,500}\[[^\]]{0,5000}\]\s*>"
    r"|<!\[[^>]*(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# Pages put banners or a line of loading in an empty <main> and the text beside it.
LEAST_OF_MAIN = 0.5
# Blocks that markdownify would write on the line of what stands before.
BLOCKS_ON_A_LINE = "address, aside, center, details, fieldset, figure, footer, form, header, legend, summary"


def load_html(path: Path, source: str, encoding: str | None = None) -> Document:
    data = path.read_bytes()
    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    text, warnings = decode(data, source, encoding, declared)
    return replace(parse_html(source, text), warnings=warnings)


def parse_html(source: str, html: str) -> Document:
    """The document's main text as Markdown, which is the text that offsets count in."""
    title, markdown = to_markdown(html)
    return parse_markdown(source, markdown + "\n" if markdown else "", title)


def to_markdown(html: str) -> tuple[str, str]:
    """The title and the main text."""
    soup = parsed(MARKED_SECTION.sub(r"\1\2", html))
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    write_formulas(soup)
    remove_furniture(soup)
    parts = _main(soup)
    simplify_links(soup)
    for block in soup.select(BLOCKS_ON_A_LINE):
        block.name = "div"
    for table in soup.find_all("table"):
        spread_cells(table)
        name_columns(table)
    converter = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        escape_asterisks=False,
        escape_underscores=False,
        strip=["img"],
    )
    markdown = "\n\n".join(converter.convert_soup(part).strip() for part in parts)
    return title, BASE64.sub(r"\1…", markdown.strip())


def _main(soup: BeautifulSoup) -> list[Tag]:
    """What the page calls its main part, one or several, if that is most of its text; else all of it."""
    mains = [part for part in soup.select("main, [role=main]") if not part.find_parent(["main"])]
    return mains if sum(map(_said, mains)) >= max(1, LEAST_OF_MAIN * _said(soup)) else [soup]


def _said(element: Tag) -> int:
    """How long its text is without links, which are menus more often than not."""
    return length(element) - linked(element)
