"""Headers and footers of Word: what every page says."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from rag.loaders.office.equation import local_name
from rag.loaders.office.word.runs import runs

PAGE_NUMBER = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
# What is around a number that is no longer there.
COUNTING = re.compile(
    r"(?:\W|\b(?:page|p|pg|of|seite|von|página|de|pagina|di|sur|sheet)\b|第|共|页|頁|ページ)*", re.IGNORECASE
)


def lines(margin: Element, word: str) -> Iterator[str]:
    """A line a paragraph, without the numbers of pages."""
    for paragraph in margin.iter(f"{word}p"):
        pieces = "".join(_pieces(paragraph, word)).split("\t")
        said = " ".join(" ".join(piece.split()) for piece in pieces if not COUNTING.fullmatch(piece))
        if said:
            yield said


def _pieces(paragraph: Element, word: str) -> Iterator[str]:
    code, is_number = "", False
    for run in runs(
        paragraph, is_left_out=lambda field: bool(PAGE_NUMBER.match(field.get(f"{word}instr", "")))
    ):
        for child in run:
            match local_name(child):
                case "instrText":
                    code += child.text or ""
                case "fldChar":
                    mark = child.get(f"{word}fldCharType")
                    is_number = mark == "separate" and bool(PAGE_NUMBER.match(code))
                    code = "" if mark != "separate" else code
                case "t" if not is_number:
                    yield child.text or ""
                case "tab" | "ptab" | "br" | "cr":
                    yield "\t"
