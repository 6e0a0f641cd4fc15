"""Word documents, by way of HTML."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

import mammoth

from kit.problem import Problem
from rag.document import Document
from rag.loaders.office.equation import in_line, local_name
from rag.loaders.web.page import parse_html
from rag.loaders.web.soup import parsed

WRITTEN = re.compile(r"word/(?:document|footnotes|endnotes)\d*\.xml")
PICTURES = ("word/media/", "word/embeddings/", "word/fonts/")
LARGEST_TEXT_BYTES = 50_000_000
VML = "{urn:schemas-microsoft-com:vml}"


def load_docx(path: Path, source: str, _: str | None = None) -> Document:
    """The text as it stands after every tracked change, notes where they are referred to; without pictures."""
    try:
        html = mammoth.convert_to_html(_for_mammoth(path, source), convert_image=lambda _: []).value
    except (OSError, Problem):
        raise
    except Exception as error:  # mammoth lets through whatever zipfile and its XML parser raise
        raise Problem(
            f"{source} is not a readable .docx file ({error}). It may be broken or encrypted.",
            f"{source} 不是可读取的 .docx 文件（{error}），可能已损坏或有密码保护。",
        ) from error
    return parse_html(source, _with_notes(html))


def _for_mammoth(path: Path, source: str) -> io.BytesIO:
    """The document without pictures, and with what mammoth leaves out as plain text: equations and text boxes."""
    rewritten = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(rewritten, "w") as copy:
        parts = [part for part in archive.infolist() if not part.filename.startswith(PICTURES)]
        if sum(part.file_size for part in parts) > LARGEST_TEXT_BYTES:
            raise Problem(
                f"{source} holds too much text. Split it.", f"{source} 的文字太多，请拆分后再导入。"
            )
        for part in parts:
            content = archive.read(part)
            if WRITTEN.fullmatch(part.filename) and (b"oMath" in content or b"txbxContent" in content):
                content = _in_plain(content)
            copy.writestr(part.filename, content)
    rewritten.seek(0)
    return rewritten


def _in_plain(part: bytes) -> bytes:
    root = fromstring(part)
    word = root.tag.partition("}")[0] + "}"
    for parent in list(root.iter()):
        for place, child in enumerate(parent):
            if local_name(child) in ("oMath", "oMathPara"):
                parent[place] = run = Element(f"{word}r")
                SubElement(run, f"{word}t").text = in_line(child)
            elif local_name(child) in ("AlternateContent", "drawing") and (boxes := list(_boxes(child))):
                parent[place] = picture = Element(f"{word}pict")
                SubElement(picture, f"{VML}textbox").extend(boxes)
    return tostring(root)


def _boxes(element: Element) -> Iterator[Element]:
    """The contents of the text boxes in a drawing; of its versions for newer and older programs, the newest."""
    if local_name(element) == "txbxContent":
        yield element
    else:
        for child in element:
            yield from _boxes(child)
            if local_name(element) == "AlternateContent":
                break


def _with_notes(html: str) -> str:
    """Each note in brackets where it is referred to: at the end it would belong to the last heading."""
    if "note-ref-" not in html:
        return html
    soup = parsed(html)
    notes = {f"#{item['id']}": item for item in soup.select("li[id*=note-]")}
    for note in notes.values():
        note.extract()
        for back in note.select("a[href*=note-ref-]"):
            back.decompose()
    for mark in soup.select("a[id*=note-ref-]"):
        if said := notes.get(str(mark.get("href"))):
            (mark.find_parent("sup") or mark).replace_with(f" ({said.get_text(' ', strip=True)})")
    return str(soup)
