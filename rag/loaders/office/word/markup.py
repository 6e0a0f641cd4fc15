"""The XML of a Word document, with what mammoth leaves out written as what it reads."""

import re
import zipfile
from collections.abc import Iterator
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from rag.loaders.office import diagram
from rag.loaders.office.equation import in_line, local_name
from rag.loaders.office.package import Relationship, related, relationships
from rag.loaders.office.word.margins import lines
from rag.loaders.office.word.runs import runs
from rag.loaders.office.word.styles import heading_levels, mark_headings

VML = "{urn:schemas-microsoft-com:vml}"
# What has the text of a field, of another direction, or under phonetic signs. A smart tag is read as what is in it.
HOLDERS = ("fldSimple", "bdo", "dir", "ruby", "rubyBase")
SIGNED_NUMBER = re.compile(r"[+\-−–]?\d+(?:[.,]\d+)?")
OFF = ("0", "false", "off")


def for_mammoth(archive: zipfile.ZipFile, name: str) -> bytes:
    """A note, or another part that is text."""
    return tostring(_rewritten(archive, name))


def document_for_mammoth(archive: zipfile.ZipFile, name: str) -> bytes:
    """The document itself, with what is in the margin of every page above the rest."""
    root = _rewritten(archive, name)
    word = _namespace(root)
    mark_headings(root, word, heading_levels(archive, name))
    said = {"".join(paragraph.itertext()).strip() for paragraph in root.iter(f"{word}p")}
    above = dict[str, None]()
    for part in (each for kind in ("header", "footer") for each in related(archive, name, kind)):
        margin = _rewritten(archive, part)
        above |= dict.fromkeys(line for line in lines(margin, _namespace(margin)) if line not in said)
    for body in root.findall(f"{word}body"):
        body[:0] = [_paragraph(line, word) for line in above]
    return tostring(root)


def _namespace(root: Element) -> str:
    return root.tag.partition("}")[0] + "}"


def _rewritten(archive: zipfile.ZipFile, name: str) -> Element:
    root = fromstring(archive.read(name))
    others = relationships(archive, name)
    targets = {each.name: each.target for each in others}
    notes = {f"{kind}Reference": _note_ids(archive, others, kind) for kind in ("footnote", "endnote")}
    word = _namespace(root)
    for element in list(root.iter()):
        _forget_missing(element, targets)
        kind = local_name(element)
        if kind == "r" and element.tag.startswith(word):
            _rewrite_run(element, word)
        elif kind == "sdtPr":
            # The mark itself is text, which mammoth would replace by a field of a form.
            for box in [child for child in element if local_name(child) == "checkbox"]:
                element.remove(box)
        elif kind in notes and element.get(f"{word}id") not in notes[kind]:
            element.tag = f"{word}proofErr"
        elif kind in HOLDERS and element.tag.startswith(word):
            element.tag = f"{word}smartTag"
        for place, child in enumerate(element):
            if local_name(child) in ("oMath", "oMathPara"):
                following = element[place + 1] if place + 1 < len(element) else None
                beside = following is not None and local_name(following) == "oMath"
                element[place] = _run(in_line(child) + " " * beside, word)
            elif said := child.get("string") if child.tag == f"{VML}textpath" else None:
                element[place] = _paragraph(said, word)
            elif local_name(child) in ("AlternateContent", "drawing"):
                boxes = list(_boxes(child)) or [
                    _paragraph(said, word) for said in _smart_art(archive, child, targets)
                ]
                if boxes:
                    element[place] = picture = Element(f"{word}pict")
                    SubElement(picture, f"{VML}textbox").extend(boxes)
    for paragraph in root.iter(f"{word}p"):
        _write_powers(paragraph, word)
    return root


def _run(text: str, word: str) -> Element:
    run = Element(f"{word}r")
    SubElement(run, f"{word}t").text = text
    return run


def _paragraph(text: str, word: str) -> Element:
    paragraph = Element(f"{word}p")
    paragraph.append(_run(text, word))
    return paragraph


def _note_ids(archive: zipfile.ZipFile, related: list[Relationship], kind: str) -> set[str]:
    """For mammoth refuses a document that refers to a note that is not there."""
    named = {each.target for each in related if each.kind == f"{kind}s"} or {f"word/{kind}s.xml"}
    parts = named & set(archive.namelist())
    notes = [note for name in parts for note in fromstring(archive.read(name)) if local_name(note) == kind]
    return {value for note in notes for name, value in note.attrib.items() if name.endswith("}id")}


def _forget_missing(element: Element, targets: dict[str, str]) -> None:
    """Pictures and links that lead nowhere: mammoth would refuse the document."""
    for attribute, value in list(element.attrib.items()):
        if "/relationships}" in attribute and value not in targets:
            del element.attrib[attribute]


def _rewrite_run(run: Element, word: str) -> None:
    """Without text that is hidden, and with what the fields of a form are set to."""
    if _is_on(run.find(f"{word}rPr/{word}vanish"), word):
        for child in list(run):
            # Where a field begins and ends must stay.
            if local_name(child) not in ("rPr", "fldChar", "instrText"):
                run.remove(child)
    for field in run.findall(f"{word}fldChar/{word}ffData"):
        SubElement(run, f"{word}t").text = _chosen(field, word)


def _chosen(field: Element, word: str) -> str:
    if (box := field.find(f"{word}checkBox")) is not None:
        checked = box.find(f"{word}checked")
        return "☒" if _is_on(box.find(f"{word}default") if checked is None else checked, word) else "☐"
    listed = field.findall(f"{word}ddList/{word}listEntry")
    entries = {str(number): each.get(f"{word}val", "") for number, each in enumerate(listed)}
    for name in ("result", "default"):
        number = field.find(f"{word}ddList/{word}{name}")
        if number is not None and number.get(f"{word}val") in entries:
            return entries[number.get(f"{word}val", "")]
    return entries.get("0", "")


def _is_on(switch: Element | None, word: str) -> bool:
    return switch is not None and switch.get(f"{word}val") not in OFF


def _boxes(element: Element) -> Iterator[Element]:
    """The contents of the text boxes in a drawing; of its versions for newer and older programs, the newest."""
    if local_name(element) == "txbxContent":
        yield element
    else:
        for child in element:
            yield from _boxes(child)
            if local_name(element) == "AlternateContent":
                break


def _smart_art(archive: zipfile.ZipFile, drawing: Element, targets: dict[str, str]) -> Iterator[str]:
    for part in (each for each in drawing.iter() if local_name(each) == "relIds"):
        data = next((value for name, value in part.attrib.items() if name.endswith("}dm")), "")
        name = targets.get(data, "")
        # Nowhere else: pictures are not counted in what a document may hold.
        if name.startswith("word/diagrams/") and name in archive.namelist():
            yield from diagram.lines(archive.read(name))


def _write_powers(paragraph: Element, word: str) -> None:
    """10 and a raised 6 would be 106."""
    before = ""
    for raised, group in groupby(runs(paragraph), lambda run: _is_raised(run, word)):
        several = list(group)
        said = "".join(_said(run) for run in several)
        if raised and before[-1:].isdecimal() and SIGNED_NUMBER.fullmatch(said):
            first = next(text for run in several for text in run.iter(f"{word}t") if text.text)
            first.text = f"^{first.text}"
        before = said or before


def _is_raised(run: Element, word: str) -> bool:
    place = run.find(f"{word}rPr/{word}vertAlign")
    return place is not None and place.get(f"{word}val") == "superscript"


def _said(run: Element) -> str:
    """Its text; a sign that is no part of a number for whatever else it holds, such as the mark of a note."""
    parts = (child for child in run if local_name(child) not in ("rPr", "lastRenderedPageBreak"))
    return "".join((part.text or "") if local_name(part) == "t" else "\n" for part in parts)
