"""HTML into a tree, however it is written."""

import warnings
from collections.abc import Iterable
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement, Script, Stylesheet

BLOCKS = (
    "address article aside blockquote center details dialog div dl fieldset figcaption figure footer form h1 h2 h3 h4"
    " h5 h6 header hr main menu nav ol p pre section table ul"
)
PAGE = ("html", "body")
# What stands in these is no text; in a template that browsers show at once it is.
CODE = {"script": Script, "style": Stylesheet}
# Elements whose end need not be written, as the beginning of another says it; and what keeps that inside.
ENDED_BY: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "li": (("li",), ("ul", "ol", "menu")),
    "dt": (("dt", "dd"), ("dl",)),
    "dd": (("dt", "dd"), ("dl",)),
    "tr": (("tr",), ("table",)),
    "td": (("td", "th"), ("tr", "table")),
    "th": (("td", "th"), ("tr", "table")),
    "thead": (("thead", "tbody", "tfoot"), ("table",)),
    "tbody": (("thead", "tbody", "tfoot"), ("table",)),
    "tfoot": (("thead", "tbody", "tfoot"), ("table",)),
    "option": (("option",), ("select", "datalist")),
    **dict.fromkeys(BLOCKS.split(), (("p",), ("table", "td", "th", "caption", "li", "div", "button"))),
}


def parsed(markup: str | bytes) -> BeautifulSoup:
    """Without a word about what is wrong with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return _Soup(markup, "html.parser", string_containers=CODE)


def remove(elements: Iterable[PageElement]) -> None:
    """Take elements out of their page, those of one parent at one go: each alone would be looked for among all of its
    siblings, be they a hundred thousand."""
    removed = {id(element): element for element in elements if not element.decomposed}
    for parent in {id(element.parent): element.parent for element in removed.values()}.values():
        siblings = parent.contents if parent else []
        for number in reversed(range(len(siblings))):
            if id(siblings[number]) in removed:
                siblings[number].extract(_self_index=number)
    for element in removed.values():
        if isinstance(element, Tag):
            element.decompose()


class _Soup(BeautifulSoup):
    """Python's parser puts a list item that follows one without an end into that: a thousand of them are too deep.
    And it ends a page at its first </body>: browsers show what follows, be it another page."""

    def handle_starttag(self, name: str, *where: Any, **more: Any) -> Any:
        if name in PAGE and self.open_tag_counter[name]:
            return None
        ended, kept_in = ENDED_BY.get(name, ((), ()))
        is_open = any(self.open_tag_counter[each] for each in ended)
        for tag in reversed(self.tagStack if is_open else []):
            if tag.name in ended:
                self.handle_endtag(tag.name)
                break
            if tag.name in kept_in:
                break
        return super().handle_starttag(name, *where, **more)

    def handle_endtag(self, name: str, *where: Any) -> None:
        if name not in PAGE:
            super().handle_endtag(name, *where)
