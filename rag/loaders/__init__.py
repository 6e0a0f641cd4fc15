"""Files into documents: one module a format."""

import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kit.problem import Problem
from rag.document import Document
from rag.files.source import Kind, kind_of, path_of, shown, source_of
from rag.loaders.code import GRAMMARS, load_code
from rag.loaders.garbage import garbage, is_garbage
from rag.loaders.notebook import load_notebook
from rag.loaders.office.sheets import load_slides, load_workbook
from rag.loaders.office.word import load_docx
from rag.loaders.pdf.reader import load_pdf
from rag.loaders.records import load_json, load_json_lines
from rag.loaders.restructured import load_rst
from rag.loaders.signature import other_format
from rag.loaders.table import load_csv
from rag.loaders.text import load_markdown, load_text
from rag.loaders.web.book import load_epub
from rag.loaders.web.page import load_html

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
}
# The others are texts.
OF_OWN_FORMAT = (".pdf", ".docx", ".epub", ".xlsx", ".pptx")
# What Office wrote before 2007, and what it writes since.
OLD_OFFICE = {".doc": ".docx", ".ppt": ".pptx", ".xls": ".xlsx"}
# How those files begin, and new ones that have a password.
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LARGEST_FILE_BYTES = 100_000_000
NO_FILES: dict[Kind, str] = {"missing": "broken link", "device": "device or pipe"}
# What other programs put beside a project's own files.
NOT_WRITTEN_HERE = ("node_modules", "site-packages", "__pycache__")


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
        document = loader(path, name, encoding)
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
    if is_garbage(document.text):
        raise garbage(name)
    return document


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


def find_files(paths: Iterable[Path], others: Counter[str] | None = None) -> Iterator[Path]:
    """The readable files among `paths` and in the folders below them; hidden ones are passed over, what Word keeps
    beside an open document, and installed packages. `others` counts all that are not read, by the end of their name or
    the folder that they are in. A folder that cannot be looked into comes as if it were a file."""
    others = Counter() if others is None else others
    for path in map(path_of, paths):
        kind = kind_of(path)
        if kind == "folder":
            closed = list[OSError]()
            tree = list(os.walk(path, onerror=closed.append))
            links = [name for at, below, _ in tree for name in below if Path(at, name).is_symlink()]
            if links:  # which may lead anywhere, and back here
                others["linked folder"] += len(links)
            for file in sorted(Path(folder, name) for folder, _, names in tree for name in names):
                if why := _passed_over(file, file.relative_to(path).parts):
                    others[why] += 1
                else:
                    yield file
            yield from (Path(error.filename) for error in closed)
        elif kind == "missing":
            raise Problem(
                f"{path} does not exist. Name a file or a folder of documents.",
                f"{path} 不存在，请给出文档文件或文件夹的路径。",
            )
        elif kind == "device":
            raise Problem(
                f"{path} is a device or a pipe, which may never end. Name a file or a folder of documents.",
                f"{path} 是设备或管道，可能永远读不完，请给出文档文件或文件夹的路径。",
            )
        else:
            yield path


def _passed_over(file: Path, parts: tuple[str, ...]) -> str:
    """Why a file of a folder is not read, as briefly as one can count it; "" of one that is."""
    if any(part.startswith((".", "~$")) for part in parts):
        return "hidden"
    if installed := [part for part in parts if part in NOT_WRITTEN_HERE]:
        return f"{installed[0]}/"
    if unread := NO_FILES.get(kind_of(file)):
        return unread
    suffix = file.suffix.lower()
    return "" if suffix in (*LOADERS, *OLD_OFFICE) else suffix or file.name


def shown_name(path: Path) -> str:
    return shown(source_of(path))
