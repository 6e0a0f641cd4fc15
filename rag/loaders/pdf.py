"""PDF."""

import logging
from itertools import accumulate
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError

from kit.problem import Problem
from rag.document import Block, Document
from rag.loaders.text import paragraphs

SENTENCE_ENDS = tuple('.!?:。！？：…”"」)）')

# pypdf tells of every oddity that it got over.
logging.getLogger("pypdf").setLevel(logging.ERROR)


def load_pdf(path: Path, source: str) -> Document:
    """The text of the pages in reading order; the outline's entries become headings."""
    try:
        with path.open("rb") as file:
            reader = PdfReader(file)
            pages = [page.extract_text() for page in reader.pages]
            title = (reader.metadata.title if reader.metadata else None) or ""
            outline = _entries(reader, reader.outline)
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
    parts = [_until_next_page(page.strip()) for page in pages]
    page_starts = [0, *accumulate(len(part) for part in parts)][:-1]
    text = "".join(parts)
    if not text.strip():
        return Document(source, title, "", [])
    headings = [Block("heading", page_starts[n], page_starts[n], level, label) for n, level, label in outline]
    blocks = sorted([*headings, *paragraphs(text)], key=lambda block: (block.start, block.end))
    return Document(source, title, text, blocks, page_starts)


def _until_next_page(page: str) -> str:
    """A page's text and the break after it: only a line's where a sentence runs on over the page."""
    return page + ("\n\n" if page.endswith(SENTENCE_ENDS) or not page else "\n")


def _entries(reader: PdfReader, outline: list[Any], level: int = 1) -> list[tuple[int, int, str]]:
    """Page index, depth and title of each entry of a nested outline."""
    entries: list[tuple[int, int, str]] = []
    for item in outline:
        if isinstance(item, list):
            entries += _entries(reader, item, level + 1)
        elif (page := reader.get_destination_page_number(item)) is not None and page >= 0:
            entries.append((page, level, str(item.title)))
    return entries
