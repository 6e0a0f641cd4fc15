"""Styles of paragraphs: which of them are headings."""

import re
import zipfile
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from rag.loaders.office.equation import local_name
from rag.loaders.office.package import parsed, related

NAMED = re.compile(r"heading ([1-9])|title", re.IGNORECASE)
# Word's own number for text in its outline.
NO_HEADING = 10
# Contracts have paragraphs of the outline that are sentences.
LONGEST_HEADING = 200
DEEPEST = 6


class Style(NamedTuple):
    based_on: str
    level: int | None


def heading_levels(archive: zipfile.ZipFile, document: str) -> dict[str, int]:
    """Of each style, by what paragraphs call it: its own level in the outline, or that of the one it is based on."""
    styles = {
        next((value for key, value in style.attrib.items() if key.endswith("}styleId")), ""): _style(style)
        for part in related(archive, document, "styles")
        for style in parsed(archive, part)
        if local_name(style) == "style"
    }
    return {name: level for name in styles if (level := _level(styles, name)) < NO_HEADING}


def mark_headings(root: Element, word: str, levels: dict[str, int]) -> None:
    """Call headings what mammoth knows: it goes by the names of Word's own styles."""
    for paragraph in root.iter(f"{word}p"):
        properties = paragraph.find(f"{word}pPr")
        if properties is None:
            continue
        style = properties.find(f"{word}pStyle")
        level = _outline_level(properties)
        if level is None:
            level = levels.get("" if style is None else style.get(f"{word}val", ""), NO_HEADING)
        said = sum(len(text.text or "") for text in paragraph.iter(f"{word}t"))
        if level < NO_HEADING and said <= LONGEST_HEADING:
            if style is None:
                style = SubElement(properties, f"{word}pStyle")
            style.set(f"{word}val", f"Heading{min(level, DEEPEST)}")


def _style(style: Element) -> Style:
    values = {local_name(each): _value(each) for each in style}
    named = NAMED.fullmatch(values.get("name", ""))
    level = int(named[1] or 1) if named else None
    for properties in style if level is None else ():
        if local_name(properties) == "pPr":
            level = _outline_level(properties)
    return Style(values.get("basedOn", ""), level)


def _level(styles: dict[str, Style], name: str) -> int:
    seen = set[str]()
    while name in styles and name not in seen:
        seen.add(name)
        if (level := styles[name].level) is not None:
            return level
        name = styles[name].based_on
    return NO_HEADING


def _outline_level(properties: Element) -> int | None:
    """From 1; None where nothing is said."""
    said = next((_value(each) for each in properties if local_name(each) == "outlineLvl"), "")
    return int(said) + 1 if said.isdecimal() else None


def _value(element: Element) -> str:
    return next((value for key, value in element.attrib.items() if key.endswith("}val")), "")
