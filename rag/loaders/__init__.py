"""Files into documents: one module a format."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kit.problem import Problem
from rag.document import Document
from rag.files.source import shown, source_of
from rag.loaders.code import GRAMMARS, PLAIN, load_code, load_plain
from rag.loaders.garbage import garbage, is_garbage
from rag.loaders.notebook import load_notebook
from rag.loaders.office.sheets.workbook import load_workbook
from rag.loaders.office.slides import load_slides
from rag.loaders.office.word.reader import load_docx
from rag.loaders.pdf.reader import load_pdf
from rag.loaders.records import load_json, load_json_lines
from rag.loaders.restructured import load_rst
from rag.loaders.signature import other_format
from rag.loaders.table import load_csv
from rag.loaders.text import load_markdown, load_text
from rag.loaders.web.book.reader import load_epub
from rag.loaders.web.page import load_html
from rag.text.halves import HALF, place_in_whole, whole

LOADERS: dict[str, Callable[[Path, str, str | None], Document]] = {
    ".md": load_markdown,
    ".markdown": load_markdown,
    ".txt": load_text,
    ".rst": load_rst,
    ".html": load_html,
    ".htm": load_html,
    ".pdf": load_pdf,
    ".docx": load_docx,
    ".csv": load_csv,
    ".tsv": load_csv,
    ".json": load_json,
    ".jsonl": load_json_lines,
    ".ipynb": load_notebook,
    ".epub": load_epub,
    ".xlsx": load_workbook,
    ".pptx": load_slides,
    **dict.fromkeys(GRAMMARS, load_code),
    **dict.fromkeys(PLAIN, load_plain),
}
# The others are texts.
OF_OWN_FORMAT = (".pdf", ".docx", ".epub", ".xlsx", ".pptx")
# What Office wrote before 2007, and what it writes since.
OLD_OFFICE = {".doc": ".docx", ".ppt": ".pptx", ".xls": ".xlsx"}
# How those files begin, and new ones that have a password.
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LARGEST_FILE_BYTES = 100_000_000


def load(path: Path, encoding: str | None = None, name: str | None = None) -> Document:
    """Read a file; `encoding` is for texts whose own is guessed wrong, `name` for files that are called otherwise.

    Raise `Problem` for a file that is broken, empty, encrypted, too large or of an unknown format."""
    name = name or shown_name(path)
    loader = LOADERS.get(path.suffix.lower())
    if loader is None and (saved_as := OLD_OFFICE.get(path.suffix.lower())):
        raise Problem(
            f"{name} is in the format of Office before 2007. Open it in Office, WPS or LibreOffice and save it as"
            f" {saved_as}.",
            f"{name} 是 Office 2007 之前的格式，请用 Office、WPS 或 LibreOffice 打开后另存为 {saved_as}。",
        )
    if loader is None:
        known = " ".join(LOADERS)
        raise Problem(
            f"{name} has a format that cannot be read. Readable are: {known}",
            f"{name} 的格式无法读取。支持的格式：{known}",
        )
    try:
        size = path.stat().st_size
        if size == 0:
            raise Problem(
                f"{name} is empty: it has no bytes. Save it again, or leave it out.",
                f"{name} 是空文件，没有任何内容。请重新保存，或不导入它。",
            )
        if size > LARGEST_FILE_BYTES:
            limit = LARGEST_FILE_BYTES // 1_000_000
            raise Problem(
                f"{name} is too large: {size / 1e6:.0f} MB, the limit is {limit} MB. Split it.",
                f"{name} 太大：{size / 1e6:.0f} MB，上限为 {limit} MB，请拆分后再导入。",
            )
        if path.suffix.lower() in OLD_OFFICE.values() and _begins(path, COMPOUND_FILE):
            raise Problem(
                f"{name} has a password, or is in the format of Office before 2007. Save a copy without a password as"
                f" {path.suffix.lower()}.",
                f"{name} 有密码保护，或是 Office 2007 之前的格式，请另存一份不带密码的 {path.suffix.lower()}。",
            )
        if path.suffix.lower() not in OF_OWN_FORMAT and (problem := other_format(path, name)):
            raise problem
        document = _whole(loader(path, name, encoding))
    except Problem:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    except RecursionError as error:  # HTML that programs write can be a thousand elements deep
        raise Problem(
            f"{name} is nested too deeply. Save it as plain text or Markdown.",
            f"{name} 嵌套层数太多，请另存为纯文本或 Markdown。",
        ) from error
    except Exception as error:  # whatever a library makes of a broken file must not end the run
        raise broken(name, error) from error
    if not any(_has_text(document.text[block.start : block.end]) for block in document.blocks):
        raise _empty(name)
    if is_garbage(document.text, written=path.suffix.lower() != ".pdf"):
        raise garbage(name)
    return document


def _whole(document: Document) -> Document:
    told = {whole(name): whole(value) for name, value in document.metadata.items()}
    document = replace(document, title=whole(document.title), metadata=told)
    if not HALF.search(document.text):
        return document
    placed = place_in_whole(document.text)
    blocks = [
        replace(each, start=placed(each.start), end=placed(each.end), label=whole(each.label))
        for each in document.blocks
    ]
    pages = list(map(placed, document.page_starts))
    return replace(document, text=whole(document.text), blocks=blocks, page_starts=pages)


def _has_text(words: str) -> bool:
    """Marks of direction and spaces without width are none, nor is a second mark of the encoding."""
    return any(not char.isspace() and unicodedata.category(char) != "Cf" for char in words)


def _begins(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _empty(name: str) -> Problem:
    if name.lower().endswith(".pdf"):
        return Problem(
            f"{name} holds no text. If it is a scan, run text recognition (OCR) over it first.",
            f"{name} 中没有文字。如果是扫描件，请先做文字识别（OCR）。",
        )
    return Problem(
        f"{name} holds no text. If it shows some when it is open, save it as PDF or plain text.",
        f"{name} 中没有文字。如果打开后能看到文字，请另存为 PDF 或纯文本。",
    )


def broken(name: str, error: Exception) -> Problem:
    said = f"{type(error).__name__}: {error}"
    return Problem(
        f"{name} cannot be read ({said}). It may be broken: open it in its own program and save it again.",
        f"{name} 无法读取（{said}）。文件可能已损坏，请用原来的程序打开后重新保存。",
    )


def unreadable(path: Path, error: OSError) -> Problem:
    name = shown_name(path)
    return Problem(
        f"{name} cannot be opened: {error.strerror}. Close the program that has it open, or check its permissions.",
        f"{name} 无法打开：{error.strerror}。请关闭正在使用它的程序，或检查文件权限。",
    )


def shown_name(path: Path) -> str:
    return shown(source_of(path))
