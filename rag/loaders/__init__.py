"""Files into documents: one module a format."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kit.problem import Problem
from rag.document import Document
from rag.loaders.office import load_docx
from rag.loaders.pdf import load_pdf
from rag.loaders.table import load_csv
from rag.loaders.text import load_markdown, load_text
from rag.loaders.web import load_html

LOADERS: dict[str, Callable[[Path, str], Document]] = {
    ".md": load_markdown,
    ".markdown": load_markdown,
    ".txt": load_text,
    ".html": load_html,
    ".htm": load_html,
    ".pdf": load_pdf,
    ".docx": load_docx,
    ".csv": load_csv,
}
LARGEST_FILE_BYTES = 100_000_000


def load(path: Path) -> Document:
    """Raise `Problem` for a file that is broken, empty, encrypted, too large or of an unknown format."""
    name = source_name(path)
    loader = LOADERS.get(path.suffix.lower())
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
        document = loader(path, name)
    except OSError as error:
        raise unreadable(path, error) from error
    except RecursionError as error:  # HTML that programs write can be a thousand elements deep
        raise Problem(
            f"{name} is nested too deeply. Save it as plain text or Markdown.",
            f"{name} 嵌套层数太多，请另存为纯文本或 Markdown。",
        ) from error
    if not any(document.text[block.start : block.end].strip() for block in document.blocks):
        raise Problem(
            f"{name} holds no text. If it is a scan, run text recognition (OCR) over it first.",
            f"{name} 中没有文字。如果是扫描件，请先做文字识别（OCR）。",
        )
    return document


def unreadable(path: Path, error: OSError) -> Problem:
    name = source_name(path)
    return Problem(
        f"{name} cannot be opened: {error.strerror}. Close the program that has it open, or check its permissions.",
        f"{name} 无法打开：{error.strerror}。请关闭正在使用它的程序，或检查文件权限。",
    )


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The readable files among `paths` and in the folders below them; hidden ones are passed over, and what Word
    keeps beside an open document."""
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                hidden = any(part.startswith((".", "~$")) for part in file.relative_to(path).parts)
                if file.is_file() and not hidden and file.suffix.lower() in LOADERS:
                    yield file
        elif path.exists():
            yield path
        else:
            raise Problem(
                f"{path} does not exist. Name a file or a folder of documents.",
                f"{path} 不存在，请给出文档文件或文件夹的路径。",
            )


def source_name(path: Path) -> str:
    """The name that a citation shows: relative to the working folder where the file lies inside it."""
    path = path.resolve()
    here = Path.cwd().resolve()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
