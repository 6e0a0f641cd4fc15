"""A PDF file into a document."""

import logging
from contextlib import suppress
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError

from kit.problem import Problem
from rag.document import Document
from rag.loaders.garbage import garbage
from rag.loaders.pdf import recognition
from rag.loaders.pdf.outline import entries, headings, interrupted
from rag.loaders.pdf.page import Page
from rag.loaders.pdf.title import title_of
from rag.loaders.text import paragraphs

SENTENCE_ENDS = tuple('.!?:。！？：…”"」)）')

# pypdf tells of every oddity that it got over.
logging.getLogger("pypdf").setLevel(logging.ERROR)


def load_pdf(path: Path, source: str, _: str | None = None) -> Document:
    """The pages' text in reading order, then what a form was filled with; the outline's entries become headings.

    Pages that are pictures are read by text recognition where that is installed, and told where it is not.
    """
    try:
        with path.open("rb") as file:
            reader = PdfReader(file)
            pages = [Page.read(page) for page in reader.pages]
            title = title_of(reader.metadata.title if reader.metadata else None)
            outline, filled = [], {}
            # Without them the text is still worth having.
            with suppress(Exception):
                outline = entries(reader, reader.outline)
            with suppress(Exception):
                filled = _filled(reader)
    except (FileNotDecryptedError, DependencyError) as error:
        raise Problem(
            f"{source} is encrypted. Save a copy without a password.",
            f"{source} 已加密，请另存一份不带密码的副本。",
        ) from error
    except OSError:
        raise
    except Exception as error:  # a broken file makes pypdf raise errors of every kind
        raise Problem(
            f"{source} is not a readable PDF ({error}). Open it in a viewer and save it again.",
            f"{source} 不是可读取的 PDF（{error}），请用阅读器打开后重新保存。",
        ) from error
    pages, warnings = _recognised(path, source, pages)
    parts = [_until_next_page(page.text) for page in pages]
    if form := [f"{name}: {value}" for name, value in filled.items()]:
        parts = [*(parts or [""])[:-1], (parts or [""])[-1] + "\n".join(form) + "\n"]
    text = "".join(parts)
    if not text.strip():
        _refuse(source, pages)
        return Document(source, title, "", [])
    page_starts = [0, *accumulate(len(part) for part in parts)][:-1]
    blocks = interrupted(paragraphs(text), headings(outline, pages, page_starts))
    return Document(source, title, text, blocks, page_starts, warnings=warnings)


def _recognised(path: Path, source: str, pages: list[Page]) -> tuple[list[Page], list[Problem]]:
    """The pages with the text of their pictures, and what cannot be read of them."""
    needed = [number for number, page in enumerate(pages) if page.is_picture or page.is_garbage]
    found = recognition.read_pages(path, needed) if needed else {}
    pages = [
        replace(page, text="\n".join(filter(None, [page.text, found[number]]))) if found.get(number) else page
        for number, page in enumerate(pages)
    ]
    # Of a picture with a title, recognition may rightly find no more than that.
    lost = [
        number + 1
        for number in needed
        if not found.get(number) and not (recognition.is_installed() and pages[number].text)
    ]
    return pages, [_lost(source, lost, len(pages))] if lost else []


def _lost(source: str, lost: list[int], pages: int) -> Problem:
    listed = ", ".join(map(str, lost[:20])) + ("…" if len(lost) > 20 else "")
    return Problem(
        f"{source}: no readable text on page {listed} of {pages}, pictures or letters that cannot be known."
        f" {recognition.cure().en}",
        f"{source}：共 {pages} 页，第 {listed} 页读不出文字（是图片，或字符编码未知）。{recognition.cure().zh}",
    )


def _refuse(source: str, pages: list[Page]) -> None:
    if any(page.is_garbage for page in pages):
        raise garbage(source)
    if scanned := sum(page.is_picture for page in pages):
        raise Problem(
            f"{source} is a scan: {scanned} of its {len(pages)} pages are pictures, none has text."
            f" {recognition.cure().en}",
            f"{source} 是扫描件：{len(pages)} 页中有 {scanned} 页是图片，没有文字。{recognition.cure().zh}",
        )


def _filled(reader: PdfReader) -> dict[str, str]:
    """What the fields of a form hold, which is no part of the pages' text; of a tick, its name."""
    values = {name: field.value for name, field in (reader.get_fields() or {}).items()}
    said = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else str(value or "").removeprefix("/")
        for name, value in values.items()
    }
    return {name: value for name, value in said.items() if value.strip() and value != "Off"}


def _until_next_page(page: str) -> str:
    """A page's text and the break after it: only a line's where a sentence runs on over the page."""
    return page + ("\n\n" if page.endswith(SENTENCE_ENDS) or not page else "\n")
