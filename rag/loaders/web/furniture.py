"""What of a web page is not its text: menus, footers, and what nobody sees."""

import re

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, Declaration, Doctype, ProcessingInstruction

from rag.loaders.web.banner import PAGE, banners, is_named_banner
from rag.loaders.web.style import INVISIBLE, hidden_by_rules

FURNITURE = (
    "title, script, style, noscript, template, nav, svg, iframe, input, select, dialog:not([open]),"
    " [hidden]:not([hidden=until-found]), [role=navigation], [role=menu], [role=menubar], [role=contentinfo],"
    " [role=search]"
)
UNSEEN = (Comment, Declaration, Doctype, ProcessingInstruction)
CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Whole words of a name: neither "unavailable" nor "navy" is a menu.
MENU = re.compile(
    r"(?<![a-z])(?:(?:top|side|sub|main|site|page|left|right|head|header|foot|footer|bottom|mobile)?"
    r"(?:nav|navigation|menus?)(?:bar|list|items?|links?|menu)?"
    r"|side-?bars?|bread-?crumbs?|toc|pagination|pager)(?![a-z])",
    re.IGNORECASE,
)
# A menu is links and little else.
LEAST_LINKED = 0.6


def remove_furniture(soup: BeautifulSoup) -> None:
    for text in soup.find_all(string=lambda text: isinstance(text, UNSEEN)):
        text.extract()
    hidden = list(hidden_by_rules(soup))
    asking = list(banners(soup))
    for element in [*hidden, *asking, *soup.select(FURNITURE), *filter(_is_furniture, soup.find_all(True))]:
        if not element.decomposed and element.name not in PAGE:
            element.decompose()


def length(element: Tag) -> int:
    return len("".join(element.get_text().split()))


def linked(element: Tag) -> int:
    return sum(length(link) for link in element.find_all("a"))


def _is_furniture(element: Tag) -> bool:
    """Whether it is invisible, asks for consent, is a menu, or the footer of the page."""
    if INVISIBLE.search(str(element.get("style") or "")):
        return True
    named = " ".join(
        [str(element.get("id") or ""), *(element.get("class") or []), str(element.get("aria-label") or "")]
    ).replace("_", "-")
    if is_named_banner(element, named):
        return True
    if element.name == "footer" and not _belongs_to_text(element):
        return True
    is_menu = MENU.search(CAMEL_CASE.sub("-", named)) or (
        element.name in ("aside", "header", "footer") and not element.find("h1")
    )
    return bool(is_menu) and linked(element) >= LEAST_LINKED * length(element)


def _belongs_to_text(footer: Tag) -> bool:
    """Whether it is that of an article, a quotation, or a section with text: it says who wrote that, and when."""
    around = footer.find_parent(["article", "blockquote", "section"])
    first = next((text for text in around.strings if text.strip()), None) if around else None
    return first is not None and not any(parent is footer for parent in first.parents)
