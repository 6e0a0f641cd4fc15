"""What a sheet's own XML says and the library for workbooks does not: how far its cells reach, how they show numbers,
notes and text boxes."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element
from xml.parsers.expat import ParserCreate

from rag.loaders.office import diagram
from rag.loaders.office.equation import local_name
from rag.loaders.office.package import parsed, related, relationships
from rag.loaders.office.sheets.number_format import BUILT_IN, NumberFormat

CELL = re.compile(r"([A-Z]+)([0-9]+)")
Place = tuple[int, int]


@dataclass
class Sheet:
    """Places are row and column, from 0."""

    archive: zipfile.ZipFile
    part: str
    formats: dict[str, NumberFormat]
    rows: int = 0
    columns: int = 0
    formatted: dict[Place, NumberFormat] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look through the cells one by one: a sheet of a few bytes can name one that is a million rows away."""
        row, column, format_ = -1, -1, None

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal row, column, format_
            match name.rpartition(":")[2]:
                case "row":
                    row, column = int(attributes.get("r") or row + 2) - 1, -1
                case "c":
                    row, column = _place(attributes.get("r", "")) or (row, column + 1)
                    is_number = attributes.get("t", "n") == "n"
                    format_ = self.formats.get(attributes.get("s", "")) if is_number else None
                case "v" | "is":
                    self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)
                    if format_:
                        self.formatted[row, column] = format_

        parser = ParserCreate()
        parser.StartElementHandler = start
        with self.archive.open(self.part) as xml:
            parser.ParseFile(xml)

    def notes(self) -> dict[Place, str]:
        """The notes on cells; of comments that were answered, all."""
        old = self._noted("comments", "comment", "t", "")
        # Beside each, Excel keeps an old one that says that newer programs show more.
        return old | self._noted("threadedComment", "threadedComment", "text", "; ")

    def _noted(self, kind: str, name: str, text: str, between: str) -> dict[Place, str]:
        said: dict[Place, list[str]] = {}
        for part in related(self.archive, self.part, kind):
            for note in (each for each in parsed(self.archive, part).iter() if local_name(each) == name):
                if place := _place(note.get("ref", "")):
                    pieces = [each.text or "" for each in note.iter() if local_name(each) == text]
                    said.setdefault(place, []).append("".join(pieces))
        return {place: between.join(pieces) for place, pieces in said.items()}

    def drawn(self) -> Iterator[str]:
        """What text boxes and other shapes say."""
        for drawing in related(self.archive, self.part, "drawing"):
            yield from _shapes(parsed(self.archive, drawing))
            for data in related(self.archive, drawing, "diagramData"):
                yield from diagram.lines(self.archive.read(data))


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where each sheet lies, by its name."""
    [book] = related(archive, "", "officeDocument")
    targets = {each.name: each.target for each in relationships(archive, book)}
    sheets = [each for each in parsed(archive, book).iter() if local_name(each) == "sheet"]
    ids = {
        sheet.get("name", ""): next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        for sheet in sheets
    }
    return {name: targets[each] for name, each in ids.items() if each in targets}


def number_formats(archive: zipfile.ZipFile) -> dict[str, NumberFormat]:
    """Those of cells that show a number as more than its digits, by what cells call them."""
    [book] = related(archive, "", "officeDocument")
    found: dict[str, NumberFormat] = {}
    for part in related(archive, book, "styles"):
        styles = parsed(archive, part)
        codes = {str(number): code for number, code in BUILT_IN.items()} | {
            each.get("numFmtId", ""): each.get("formatCode", "")
            for each in styles.iter()
            if local_name(each) == "numFmt"
        }
        used = [each for cells in styles if local_name(cells) == "cellXfs" for each in cells]
        for number, style in enumerate(used):
            if shown_as := NumberFormat.of(codes.get(style.get("numFmtId", ""), "")):
                found[str(number)] = shown_as
    return found


def _place(name: str) -> Place | None:
    cell = CELL.fullmatch(name)
    if not cell:
        return None
    column = 0
    for letter in cell[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(cell[2]) - 1, column - 1


def _shapes(element: Element) -> Iterator[str]:
    """A line a paragraph; of a shape's versions for newer and older programs, the newest."""
    for child in element:
        if local_name(child) == "p":
            said = "".join(each.text or "" for each in child.iter() if local_name(each) == "t")
            yield from filter(str.strip, [said])
        else:
            yield from _shapes(child)
        if local_name(element) == "AlternateContent":
            break
