"""The zip that an Office file is: parts, and what each calls the others."""

import posixpath
import zipfile
from typing import NamedTuple
from xml.etree.ElementTree import Element, fromstring

LARGEST_PART_BYTES = 50_000_000


class Relationship(NamedTuple):
    """What a part calls another, what that is to it, and where it lies."""

    name: str
    kind: str
    target: str


def relationships(archive: zipfile.ZipFile, part: str) -> list[Relationship]:
    """Those of a part; of "", those of the whole document."""
    folder, file = posixpath.split(part)
    listed = posixpath.join(folder, "_rels", f"{file}.rels")
    if listed not in archive.namelist():
        return []
    return [
        Relationship(
            each.get("Id", ""),
            posixpath.basename(each.get("Type", "")),
            posixpath.normpath(posixpath.join("/", folder, each.get("Target", ""))).lstrip("/"),
        )
        for each in fromstring(archive.read(listed))
    ]


def related(archive: zipfile.ZipFile, part: str, kind: str) -> list[str]:
    """The parts of a kind that a part refers to and that are there."""
    there = set(archive.namelist())
    return [
        each.target for each in relationships(archive, part) if each.kind == kind and each.target in there
    ]


def parsed(archive: zipfile.ZipFile, part: str) -> Element:
    """A part that is XML. A zip of kilobytes may unpack to gigabytes."""
    if archive.getinfo(part).file_size > LARGEST_PART_BYTES:
        raise zipfile.BadZipFile(f"{part} is larger than {LARGEST_PART_BYTES // 1_000_000} MB")
    return fromstring(archive.read(part))
