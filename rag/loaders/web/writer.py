"""HTML elements into Markdown whose blocks are those of the page."""

# The stubs of markdownify leave out what a subclass may change.
# mypy: disable-error-code="attr-defined, misc"

from typing import Any

from bs4 import Tag
from markdownify import MarkdownConverter, strip_pre

from rag.loaders.encodings.decode import BASE64
from rag.loaders.text import GUARD, fenced, guarded


class Writer(MarkdownConverter):
    """What a page says is words, whatever Markdown would take them for."""

    def __init__(self) -> None:
        super().__init__(
            heading_style="ATX", bullets="-", escape_asterisks=False, escape_underscores=False, strip=["img"]
        )

    def process_text(self, text: str, parent_tags: set[str]) -> str:
        said = BASE64.sub(r"\1…", super().process_text(text, parent_tags))
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

    def convert_li(self, item: Tag, text: str, parent_tags: set[str]) -> Any:
        before = next((each for each in item.previous_siblings if str(each).strip()), item)
        # Behind words that stand in no list it would go on in their line.
        begin = "" if isinstance(before, Tag) and before.name == "li" else "\n"
        return begin + super().convert_li(item, text, parent_tags)

    def convert_pre(self, _: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{fenced(strip_pre(text))}\n\n" if text else ""

    def convert_td(self, cell: Tag, text: str, parent_tags: set[str]) -> Any:
        return super().convert_td(cell, text.replace("|", "\\|"), parent_tags)

    def convert_th(self, cell: Tag, text: str, parent_tags: set[str]) -> Any:
        return super().convert_th(cell, text.replace("|", "\\|"), parent_tags)
