"""HTML, by way of Markdown."""

from pathlib import Path

from bs4 import BeautifulSoup
from markdownify import markdownify

from rag.document import Document
from rag.loaders.text import decode, parse_markdown

FURNITURE = ["script", "style", "noscript", "template", "nav", "footer", "form", "svg", "iframe"]


def load_html(path: Path, source: str) -> Document:
    return parse_html(source, decode(path.read_bytes(), source))


def parse_html(source: str, html: str) -> Document:
    """The document's main text as Markdown, which is the text that offsets count in."""
    soup = BeautifulSoup(html, "html.parser")
    title = soup.title.get_text(strip=True) if soup.title else ""
    for element in soup(FURNITURE):
        element.decompose()
    main = soup.find("main") or soup.find("article") or soup.body or soup
    markdown = markdownify(
        str(main),
        heading_style="ATX",
        bullets="-",
        escape_asterisks=False,
        escape_underscores=False,
        strip=["img"],
    )
    return parse_markdown(source, markdown.strip() + "\n" if markdown.strip() else "", title)
