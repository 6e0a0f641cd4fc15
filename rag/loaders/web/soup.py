"""HTML into a tree, however it is written."""

import warnings
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Script, Stylesheet

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


class _Soup(BeautifulSoup):
    """Python's parser puts a list item that follows one without an end into that: a thousand of them are too deep.
    And it ends a page at its first </body>: browsers show what follows, be it another page."""

    def handle_starttag(self, name: str, *where: Any, **more: Any) -> Any:
        if name in PAGE and any(tag.name == name for tag in self.tagStack):
            return None
        ended, kept_in = ENDED_BY.get(name, ((), ()))
        for tag in reversed(self.tagStack if ended else []):
            if tag.name in ended:
                self.handle_endtag(tag.name)
                break
            if tag.name in kept_in:
                break
        return super().handle_starttag(name, *where, **more)

    def handle_endtag(self, name: str, *where: Any) -> None:
        if name not in PAGE:
            super().handle_endtag(name, *where)
