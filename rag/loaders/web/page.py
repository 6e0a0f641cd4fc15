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
from rag.loaders.web.cells import spread_cells
from rag.loaders.web.furniture import length, linked, remove_furniture
from rag.loaders.web.soup import parsed

# Word and old browsers write sections that Python's parser refuses: conditional ones such as <![if !IE]>, and others.
MARKED_SECTION = re.compile(
    r"<!DOCTYPE[^>\[]{0,500}\[[^\]]{0,5000}\]\s*>|<!\[(?!CDATA\[)[^>]*(?:>|\Z)", re.IGNORECASE
)
CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL | re.IGNORECASE)
# Pages put banners or a line of loading in an empty <main> and the text beside it.
LEAST_OF_MAIN = 0.5


def load_html(path: Path, source: str, encoding: str | None = None) -> Document:
    data = path.read_bytes()
    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    text, warnings = decode(data, source, encoding, declared)
    return replace(parse_html(source, text), warnings=warnings)


def parse_html(source: str, html: str) -> Document:
    """The document's main text as Markdown, which is the text that offsets count in."""
    soup = parsed(MARKED_SECTION.sub("", CDATA.sub(r"\1", html)))
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    remove_furniture(soup)
    for table in soup.find_all("table"):
        spread_cells(table)
    converter = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        escape_asterisks=False,
        escape_underscores=False,
        strip=["img"],
    )
    markdown = "\n\n".join(converter.convert_soup(part).strip() for part in _main(soup))
    markdown = BASE64.sub(r"\1…", markdown.strip())
    return parse_markdown(source, markdown + "\n" if markdown else "", title)


def _main(soup: BeautifulSoup) -> list[Tag]:
    """What the page calls its main part, one or several, if that is most of its text; else all of it."""
    body = soup.body or soup
    mains = [part for part in soup.select("main, [role=main]") if not part.find_parent(["main"])]
    return mains if sum(map(_said, mains)) >= max(1, LEAST_OF_MAIN * _said(body)) else [body]


def _said(element: Tag) -> int:
    """How long its text is without links, which are menus more often than not."""
    return length(element) - linked(element)
