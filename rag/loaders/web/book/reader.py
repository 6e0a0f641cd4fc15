"""EPUB: a zip of web pages in the order that its package names."""

import io
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kit.problem import Problem
from rag.document import Document
from rag.loaders.encodings.decode import decode
from rag.loaders.text import parse_markdown
from rag.loaders.web.book.package import Package, elements
from rag.loaders.web.page import to_markdown
from rag.loaders.web.soup import parsed

CONTAINER = "META-INF/container.xml"
LARGEST_TEXT_BYTES = 50_000_000


def load_epub(path: Path, source: str, _: str | None = None) -> Document:
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            return _read(archive, source)
    except (zipfile.BadZipFile, KeyError, TypeError) as error:
        raise Problem(
            f"{source} is not a readable EPUB ({error}). It may be broken or protected.",
            f"{source} 不是可读取的 EPUB（{error}），可能已损坏或受版权保护。",
        ) from error


def _read(archive: zipfile.ZipFile, source: str) -> Document:
    # Systems that make no difference between large and small letters make books whose names do not agree.
    listed = archive.namelist()
    names = {name.lower(): name for name in listed} | {name: name for name in listed}
    left = LARGEST_TEXT_BYTES

    def read(name: str) -> bytes:
        nonlocal left
        name = names[name if name in names else name.lower()]
        left -= archive.getinfo(name).file_size
        if left < 0:
            raise Problem(
                f"{source} holds too much text. Split it.", f"{source} 的文字太多，请拆分后再导入。"
            )
        return archive.read(name)

    package = Package.read(_package_name(listed, read), read)
    pages, lost = list[str](), list[str]()
    for name in package.order:
        try:
            page = read(name)
        except (KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
            lost.append(name)
            continue
        try:
            pages.append(to_markdown(decode(page, source)[0])[1])
        except Problem:
            lost.append(name)
    if lost and not any(pages):
        raise zipfile.BadZipFile(f"no page can be read, such as {lost[0]}")
    markdown = "\n\n".join(filter(None, pages))
    document = parse_markdown(source, markdown + "\n" if markdown else "", package.title)
    return replace(document, warnings=[*_without(source, lost), *_beside(source, package.beside)])


def _package_name(listed: list[str], read: Callable[[str], bytes]) -> str:
    """As the container says; of a book without one, the package that is there."""
    with suppress(KeyError):
        for root in elements(parsed(read(CONTAINER)), "rootfile"):
            return str(root["full-path"]).lstrip("/")
    for name in listed:
        if name.lower().endswith(".opf"):
            return name
    raise zipfile.BadZipFile("nothing in it says what its pages are")


def _without(source: str, lost: list[str]) -> list[Problem]:
    if not lost:
        return []
    return [
        Problem(
            f"{source}: {len(lost)} of its pages cannot be read and were left out: {_listed(lost)}. Get the book again"
            " if they matter.",
            f"{source}：有 {len(lost)} 页无法读取，已略去：{_listed(lost)}。如需其内容，请重新获取该书。",
        )
    ]


def _beside(source: str, pages: list[str]) -> list[Problem]:
    if not pages:
        return []
    return [
        Problem(
            f"{source}: {len(pages)} of its pages have no place in the book's order and were left out:"
            f" {_listed(pages)}. Save them as HTML if they matter.",
            f"{source}：有 {len(pages)} 页不在书的阅读顺序中，已略去：{_listed(pages)}。如需其内容，请另存为 HTML。",
        )
    ]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:10]) + ("…" if len(names) > 10 else "")
