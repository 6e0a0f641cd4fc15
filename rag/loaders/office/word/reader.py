"""Word documents, by way of HTML."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import mammoth

from kit.problem import Problem
from rag.document import Document
from rag.loaders.office.package import related
from rag.loaders.office.word.markup import document_for_mammoth, for_mammoth
from rag.loaders.web.page import parse_html
from rag.loaders.web.soup import parsed

NOTES = ("footnotes", "endnotes")
PICTURES = ("word/media/", "word/embeddings/", "word/fonts/")
LARGEST_TEXT_BYTES = 50_000_000
CHART = re.compile(rb"<\w+:chart\b")
INSERTED_FILE = re.compile(rb"<\w+:altChunk\b")


def load_docx(path: Path, source: str, _: str | None = None) -> Document:
    """The text as it stands after every tracked change, notes where they are referred to; without pictures."""
    try:
        rewritten, warnings = _for_mammoth(path, source)
        html = mammoth.convert_to_html(rewritten, convert_image=lambda _: []).value
    except Problem:
        raise
    except OSError as error:
        # mammoth raises one of a file that it has opened, too.
        if error.errno is not None:
            raise
        raise _unreadable(source, error) from error
    except Exception as error:  # mammoth lets through whatever zipfile and its XML parser raise
        raise _unreadable(source, error) from error
    return replace(parse_html(source, _with_notes(html)), warnings=warnings)


def _unreadable(source: str, error: Exception) -> Problem:
    return Problem(
        f"{source} is not a readable .docx file ({error}). It may be broken or encrypted.",
        f"{source} 不是可读取的 .docx 文件（{error}），可能已损坏或有密码保护。",
    )


def _for_mammoth(path: Path, source: str) -> tuple[io.BytesIO, list[Problem]]:
    """The document without pictures and with what mammoth leaves out as text, and what stays unread of it."""
    rewritten = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(rewritten, "w") as copy:
        parts = [part for part in archive.infolist() if not part.filename.startswith(PICTURES)]
        if sum(part.file_size for part in parts) > LARGEST_TEXT_BYTES:
            raise Problem(
                f"{source} holds too much text. Split it.", f"{source} 的文字太多，请拆分后再导入。"
            )
        document, notes = _document(archive), _notes(archive)
        charts = inserted = 0
        for part in parts:
            content = archive.read(part)
            if part.filename in (document, *notes):
                charts += len(CHART.findall(content))
                inserted += len(INSERTED_FILE.findall(content))
                rewrite = document_for_mammoth if part.filename == document else for_mammoth
                content = rewrite(archive, part.filename)
            copy.writestr(part.filename, content)
    rewritten.seek(0)
    return rewritten, _lost(source, charts, inserted)


def _document(archive: zipfile.ZipFile) -> str:
    """The part that is the text, whatever its name."""
    return next(iter(related(archive, "", "officeDocument")), "word/document.xml")


def _notes(archive: zipfile.ZipFile) -> set[str]:
    named = {part for kind in NOTES for part in related(archive, _document(archive), kind)}
    # Where mammoth looks if nothing says where they are.
    return named | {f"word/{kind}.xml" for kind in NOTES}


def _lost(source: str, charts: int, inserted: int) -> list[Problem]:
    """Charts hold figures, and what another program inserted a file of its own."""
    lost = [(charts, "charts", "图表"), (inserted, "inserted files", "嵌入的文件")]
    if not charts and not inserted:
        return []
    english = " and ".join(f"{name} ({number})" for number, name, _ in lost if number)
    chinese = "、".join(f"{number} 个{name}" for number, _, name in lost if number)
    return [
        Problem(
            f"{source}: {english} were left out. Write what they say into the text; inserted files become text when"
            " Word saves the document.",
            f"{source}：{chinese}无法读取，已略去。请把图表的内容写进正文；嵌入的文件用 Word 另存一次即成为正文。",
        )
    ]


def _with_notes(html: str) -> str:
    """Each note in brackets where it is referred to: at the end it would belong to the last heading."""
    if "note-ref-" not in html:
        return html
    soup = parsed(html)
    notes = {}
    # One that is referred to twice is in the list twice.
    for note in soup.select("li[id*=note-]"):
        notes[f"#{note['id']}"] = note.extract()
        for back in note.select("a[href*=note-ref-]"):
            back.decompose()
    said = set[str]()
    for mark in soup.select("a[id*=note-ref-]"):
        name = str(mark.get("href"))
        if name in notes:
            text = "" if name in said else f" ({notes[name].get_text(' ', strip=True)})"
            (mark.find_parent("sup") or mark).replace_with(text)
            said.add(name)
    return str(soup)
