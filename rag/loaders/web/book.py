"""EPUB: a zip of web pages in the order that its package names."""

import io
import posixpath
import zipfile
from pathlib import Path
from urllib.parse import unquote

from kit.problem import Problem
from rag.document import Document
from rag.loaders.encoding import decode
from rag.loaders.text import parse_markdown
from rag.loaders.web.page import to_markdown
from rag.loaders.web.soup import parsed

CONTAINER = "META-INF/container.xml"
WITHOUT_TEXT = ("image/", "audio/", "video/", "font/")
LARGEST_TEXT_BYTES = 50_000_000


def load_epub(path: Path, source: str, _: str | None = None) -> Document:
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            title, pages = _pages(archive, source)
    except (zipfile.BadZipFile, KeyError, StopIteration, TypeError) as error:
        raise Problem(
            f"{source} is not a readable EPUB ({error}). It may be broken or protected.",
            f"{source} 不是可读取的 EPUB（{error}），可能已损坏或受版权保护。",
        ) from error
    markdown = "\n\n".join(filter(None, pages))
    return parse_markdown(source, markdown + "\n" if markdown else "", title)


def _pages(archive: zipfile.ZipFile, source: str) -> tuple[str, list[str]]:
    names, left = set(archive.namelist()), LARGEST_TEXT_BYTES

    def read(name: str) -> bytes:
        nonlocal left
        left -= archive.getinfo(name).file_size
        if left < 0:
            raise Problem(
                f"{source} holds too much text. Split it.", f"{source} 的文字太多，请拆分后再导入。"
            )
        return archive.read(name)

    container = parsed(read(CONTAINER))
    package = str(next(iter(container.select("rootfile")))["full-path"])
    soup = parsed(read(package))
    items = {
        str(item.get("id")): unquote(str(item.get("href")))
        for item in soup.select("manifest > item")
        if not str(item.get("media-type")).startswith(WITHOUT_TEXT)
    }
    pages = []
    for item in soup.select("spine > itemref"):
        place = items.get(str(item.get("idref")), "")
        name = posixpath.normpath(posixpath.join(posixpath.dirname(package), place))
        # A book may name pages that it does not have.
        if name in names:
            pages.append(to_markdown(decode(read(name), source)[0])[1])
    title = soup.find("dc:title")
    return title.get_text(strip=True) if title else "", pages
