"""What of a web page is not its text: menus, footers, and what nobody sees."""

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, Declaration, Doctype, ProcessingInstruction

from rag.loaders.web.banner import PAGE, banners, is_named_banner
from rag.loaders.web.soup import BLOCKS
from rag.loaders.web.style import INVISIBLE, hidden_by_rules

UNSEEN_ELEMENTS = (
    "title, script, style, noscript, template:not([shadowrootmode]), svg, iframe, input, select, dialog:not([open]),"
    # Signs that say how others are pronounced would stand inside their words.
    " rt, rp, rtc, [hidden]:not([hidden=until-found])"
)
FURNITURE = "nav, [role=navigation], [role=menu], [role=menubar], [role=contentinfo], [role=search]"
UNSEEN = (Comment, Declaration, Doctype, ProcessingInstruction)
CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Whole words of a name: neither "unavailable" nor "navy" is a menu.
MENU = re.compile(
    r"(?<![a-z])(?:(?:top|side|sub|main|site|page|left|right|head|header|foot|footer|bottom|mobile)?"
    r"(?:nav|navigation|menus?)(?:bar|list|items?|links?|menu)?"
    r"|side-?bars?|bread-?crumbs?|toc|pagination|pager)(?![a-z])",
    re.IGNORECASE,
)
# A menu is links and little else; where nothing calls it one, several.
LEAST_LINKED = 0.6
LEAST_LINKS = 3
MAIN = "main, [role=main]"
# Beside it: a book's help for its keys and its title on every page, and what only screen readers say.
WAY = re.compile(
    r"(?<![a-z])(?:help-(?:popup|container)|(?:keyboard-)?shortcuts|menu-title|site-title|sr-only|visually-hidden"
    r"|screen-reader-text|skip-(?:link|to-content|nav))(?![a-z])"
)


def remove_furniture(soup: BeautifulSoup) -> None:
    for text in soup.find_all(string=lambda text: isinstance(text, UNSEEN)):
        text.extract()
    invisible = [
        element for element in soup.find_all(True) if INVISIBLE.search(str(element.get("style") or ""))
    ]
    unseen = [*hidden_by_rules(soup), *invisible, *soup.select(UNSEEN_ELEMENTS), *banners(soup)]
    _remove(unseen)
    titles = soup.find_all("h1")
    furniture = [*soup.select(FURNITURE), *filter(_is_furniture, soup.find_all(True))]
    for title in titles if len(titles) == 1 else ():
        # Whatever it stands in, what the page is about is no menu.
        if around := [element for element in title.parents if any(element is each for each in furniture)]:
            around[-1].insert_before(title.extract())
    _remove(furniture)
    _remove(list(_beside_main(soup)))


def _remove(elements: list[Tag]) -> None:
    for element in elements:
        if not element.decomposed and element.name not in PAGE:
            element.decompose()


def _beside_main(soup: BeautifulSoup) -> Iterator[Tag]:
    """What is no text beside the part that the page calls its main one: lists of links that no name calls menus, such
    as "related", links into the page, such as "skip to content", and what its name says is for finding one's way."""
    mains = [main for main in soup.select(MAIN) if length(main) > linked(main)]
    parents = {id(parent): parent for main in mains for parent in main.parents}
    main_ids = set(map(id, mains))
    kept = main_ids | set(parents)

    def is_in_main(element: Tag) -> bool:
        return any(id(parent) in main_ids for parent in element.parents)

    for parent in parents.values():
        for beside in parent.find_all(BLOCKS.split(), recursive=False):
            is_list = linked(beside) >= LEAST_LINKED * length(beside) and len(beside("a")) >= LEAST_LINKS
            if is_list and id(beside) not in kept and not beside.find("h1"):
                yield beside
    if not mains:
        return
    for link in soup.select("a[href^='#']"):
        is_alone = id(link.parent) in kept or (link.parent and length(link.parent) == length(link))
        if is_alone and not is_in_main(link):
            yield link
    for element in soup.find_all(_helps_to_find):
        if id(element) not in kept and not is_in_main(element):
            yield element


def length(element: Tag) -> int:
    return len("".join(element.get_text().split()))


def linked(element: Tag) -> int:
    return sum(length(link) for link in element.find_all("a"))


def _names(element: Tag) -> str:
    return " ".join(
        [str(element.get("id") or ""), *(element.get("class") or []), str(element.get("aria-label") or "")]
    ).replace("_", "-")


def _helps_to_find(element: Tag) -> bool:
    return bool(WAY.search(_names(element)))


def _is_furniture(element: Tag) -> bool:
    """Whether it asks for consent, is a menu, or is the footer of the page."""
    named = _names(element)
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
