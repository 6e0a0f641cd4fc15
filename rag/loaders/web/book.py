"""EPUB: a zip of web pages in the order that its package names."""

import io
import posixpath
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from kit.problem import Problem
from rag.document import Document
from rag.loaders.encodings.decode import decode
from rag.loaders.text import parse_markdown
from rag.loaders.web.page import to_markdown
from rag.loaders.web.soup import parsed

CONTAINER = "META-INF/container.xml"
WITHOUT_TEXT = ("image/", "audio/", "video/", "font/")
LARGEST_TEXT_BYTES = 50_000_000


def load_epub(path: Path, source: str, _: str | None = None) -> Document:
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            title, pages, lost = _pages(archive, source)
    except (zipfile.BadZipFile, KeyError, StopIteration, TypeError) as error:
        raise Problem(
            f"{source} is not a readable EPUB ({error}). It may be broken or protected.",
            f"{source} 不是可读取的 EPUB（{error}），可能已损坏或受版权保护。",
        ) from error
    markdown = "\n\n".join(filter(None, pages))
    document = parse_markdown(source, markdown + "\n" if markdown else "", title)
    return replace(document, warnings=[_without(source, lost)] if lost else [])


def _pages(archive: zipfile.ZipFile, source: str) -> tuple[str, list[str], list[str]]:
    """The title, the text of the pages, and the names of those that cannot be read."""
    # Systems that make no difference between large and small letters make books whose names do not agree.
    listed = archive.namelist()
    names = {name.lower(): name for name in listed} | {name: name for name in listed}
    left = LARGEST_TEXT_BYTES

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
    pages, lost = list[str](), list[str]()
    for item in soup.select("spine > itemref"):
        place = items.get(str(item.get("idref")), "")
        name = posixpath.normpath(posixpath.join(posixpath.dirname(package), place))
        if not place:
            continue
        try:
            page = read(names[name if name in names else name.lower()])
        except (KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
            lost.append(name)
            continue
        try:
            pages.append(to_markdown(decode(page, source)[0])[1])
        except Problem:
            lost.append(name)
    if lost and not any(pages):
        raise zipfile.BadZipFile(f"no page can be read, such as {lost[0]}")
    title = soup.find("dc:title")
    return title.get_text(strip=True) if title else "", pages, lost


def _without(source: str, lost: list[str]) -> Problem:
    listed = ", ".join(lost[:10]) + ("…" if len(lost) > 10 else "")
    return Problem(
        f"{source}: {len(lost)} of its pages cannot be read and were left out: {listed}. Get the book again if they"
        " matter.",
        f"{source}：有 {len(lost)} 页无法读取，已略去：{listed}。如需其内容，请重新获取该书。",
    )
