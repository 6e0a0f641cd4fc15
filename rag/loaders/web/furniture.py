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
    _remove(list(_links_beside_main(soup)))


def _remove(elements: list[Tag]) -> None:
    for element in elements:
        if not element.decomposed and element.name not in PAGE:
            element.decompose()


def _links_beside_main(soup: BeautifulSoup) -> Iterator[Tag]:
    """Lists of links that no name calls menus, such as "related", and links into the page, such as "skip to content":
    beside what the page calls its main part."""
    mains = [main for main in soup.select(MAIN) if length(main) > linked(main)]
    around = [each for main in mains for each in (main, *main.parents)]
    kept, blocks = set(map(id, around)), BLOCKS.split()
    for each in around:
        for beside in [*each.find_previous_siblings(blocks), *each.find_next_siblings(blocks)]:
            is_list = linked(beside) >= LEAST_LINKED * length(beside) and len(beside("a")) >= LEAST_LINKS
            if is_list and id(beside) not in kept and not beside.find("h1"):
                yield beside
    for link in soup.select("a[href^='#']") if mains else ():
        is_alone = id(link.parent) in kept or (link.parent and length(link.parent) == length(link))
        if is_alone and not any(parent is main for parent in link.parents for main in mains):
            yield link


def length(element: Tag) -> int:
    return len("".join(element.get_text().split()))


def linked(element: Tag) -> int:
    return sum(length(link) for link in element.find_all("a"))


def _is_furniture(element: Tag) -> bool:
    """Whether it asks for consent, is a menu, or is the footer of the page."""
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
