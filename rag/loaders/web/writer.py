"""HTML elements into Markdown whose blocks are those of the page."""

# The stubs of markdownify leave out what a subclass may change.
# mypy: disable-error-code="attr-defined, misc"

import re
from typing import Any

from bs4 import Tag
from markdownify import MarkdownConverter, strip_pre

from rag.loaders.encodings.picture import without_pictures
from rag.loaders.text import GUARD, fenced, guarded

LINE_WITHIN = re.compile(r"(?<=\n)(?=[^\n])")


class Writer(MarkdownConverter):
    """What a page says is words, whatever Markdown would take them for."""

    def __init__(self) -> None:
        super().__init__(
            heading_style="ATX", bullets="-", escape_asterisks=False, escape_underscores=False, strip=["img"]
        )
        self.numbers: dict[int, int] = {}

    def process_text(self, text: str, parent_tags: set[str]) -> str:
        said = without_pictures(super().process_text(text, parent_tags))
        return said if "pre" in parent_tags else guarded(said)

    def convert_code(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        # What Markdown puts around it is a fence where it is long, or stands at the beginning of a line.
        return guarded(super().convert_code(element, text, parent_tags))

    def convert_del(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        return guarded(super().convert_del(element, text, parent_tags))

    convert_kbd = convert_samp = convert_code
    convert_s = convert_del

    def convert_a(self, link: Tag, text: str, parent_tags: set[str]) -> Any:
        plain = text.replace(GUARD, "")
        # An address that is its own label is written once.
        return super().convert_a(link, plain if plain == link.get("href") else text, parent_tags)

    def convert_li(self, item: Tag, text: str, parent_tags: set[str]) -> str:
        before = next((each for each in item.previous_siblings if str(each).strip()), item)
        # Behind words that stand in no list it would go on in their line.
        begin = "" if isinstance(before, Tag) and before.name == "li" else "\n"
        around = item.parent
        mark = f"{self._number(item, around)}. " if around and around.name == "ol" else "- "
        said = LINE_WITHIN.sub(" " * len(mark), text.strip())
        return f"{begin}{mark}{said}\n" if said else f"{begin}\n"

    def _number(self, item: Tag, around: Tag) -> int:
        """Counted once a list: markdownify counts what is before each again."""
        if id(item) not in self.numbers:
            start = str(around.get("start"))
            items = around.find_all("li", recursive=False)
            self.numbers |= {
                id(each): number for number, each in enumerate(items, int(start) if start.isdecimal() else 1)
            }
        return self.numbers[id(item)]

    def convert_pre(self, _: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{fenced(strip_pre(text))}\n\n" if text else ""

    def convert_td(self, cell: Tag, text: str, parent_tags: set[str]) -> Any:
        return super().convert_td(cell, text.replace("|", "\\|"), parent_tags)

    def convert_th(self, cell: Tag, text: str, parent_tags: set[str]) -> Any:
        return super().convert_th(cell, text.replace("|", "\\|"), parent_tags)
