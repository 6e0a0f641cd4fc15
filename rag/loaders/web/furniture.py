"""What of a web page is not its text: menus, footers, and what nobody sees."""

import re
from collections.abc import Iterable, Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, Declaration, Doctype, ProcessingInstruction

from rag.loaders.web.banner import PAGE, banners, is_named_banner
from rag.loaders.web.contents import HEADINGS, Contents
from rag.loaders.web.facts import facts
from rag.loaders.web.soup import BLOCKS, remove
from rag.loaders.web.style import has_script, hidden_by_rules, hides

UNSEEN_ELEMENTS = (
    "title, script, style, noscript, template:not([shadowrootmode]), svg, iframe, input, select, dialog:not([open]),"
    # Signs that say how others are pronounced would stand inside their words.
    " rt, rp, rtc, [hidden]:not([hidden=until-found])"
)
FURNITURE = ("navigation", "contentinfo")
# Programs in the page, which tell nothing.
MENUS = ("menu", "menubar", "search")
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
# Beside it: a book's help for its keys and its title on every page, and what leads past the menu.
WAY = re.compile(
    r"(?<![a-z])(?:help-(?:popup|container)|(?:keyboard-)?shortcuts|menu-title|site-title|sr-only|visually-hidden"
    r"|screen-reader-text|skip-(?:link|to-content|nav))(?![a-z])"
)


# For screen readers only; how pages call that.
SPOKEN = re.compile(
    r"(?:[\w-]+-)?(?:visually-?hidden|sr-only|screen-?reader(?:-(?:text|only))?|show-for-sr)", re.IGNORECASE
)
# What the most used style sheets hide, and what they call it where they show it all the same on some screens.
HIDDEN = frozenset(("hidden", "d-none", "is-hidden"))
SHOWN_SOMEWHERE = re.compile(r"\w+:\S+|d-\w+-\w+|show|shown|active|open")
# They belong to a table or a list.
PARTS = frozenset(("tr", "td", "th", "li"))
# They name what follows, for whomever.
NAMING = frozenset((*HEADINGS, "caption", "legend", "th"))


def remove_furniture(soup: BeautifulSoup) -> None:
    remove(soup.find_all(string=lambda text: isinstance(text, UNSEEN)))
    _remove([*hidden_by_rules(soup), *soup.select(UNSEEN_ELEMENTS), *_hidden(soup)])
    contents = Contents.of(soup)
    if asking := [*banners(soup, contents), *filter(_is_banner, soup.find_all(True))]:
        _remove(asking)
        contents = Contents.of(soup)
    titles = soup.find_all("h1")
    menus = [each for each in soup.find_all(True) if each.get("role") in MENUS]
    furniture = [each for each in soup.find_all(True) if _is_furniture(each, contents)]
    ids = set(map(id, (*menus, *furniture)))
    for title in titles if len(titles) == 1 else ():
        # Whatever it stands in, what the page is about is no menu.
        if around := [element for element in title.parents if id(element) in ids]:
            around[-1].insert_before(title.extract())
    _remove(menus)
    _remove(element for element in list(_outermost(soup, ids)) if not _leave_facts(element))
    _remove(_beside_main(soup))


def _remove(elements: Iterable[Tag]) -> None:
    remove(element for element in elements if element.name not in PAGE)


def _outermost(soup: BeautifulSoup, ids: set[int]) -> Iterator[Tag]:
    inside = set[int]()
    for element in soup.find_all(True):
        if id(element.parent) in inside:
            inside.add(id(element))
        elif id(element) in ids and element.name not in PAGE:
            inside.add(id(element))
            yield element


def _leave_facts(element: Tag) -> bool:
    """Whether it holds any, which are then all that it holds."""
    said = list(facts(element))
    if said:
        element.clear(decompose=True)
        element.name = element.name if element.name in PARTS else "div"
        element.attrs.clear()
    for fact in said:
        paragraph = Tag(name="p")
        paragraph.string = fact
        element.append(paragraph)
    return bool(said)


def _hidden(soup: BeautifulSoup) -> Iterator[Tag]:
    may_show = has_script(soup)
    for element in soup.find_all(True):
        names = [str(name) for name in element.get("class") or []]
        is_off = (
            not may_show and not HIDDEN.isdisjoint(names) and not any(map(SHOWN_SOMEWHERE.fullmatch, names))
        )
        is_spoken = any(map(SPOKEN.fullmatch, names)) and element.name not in NAMING
        if is_off or (is_spoken and not element.find(NAMING)) or hides(element):
            yield element


def _beside_main(soup: BeautifulSoup) -> Iterator[Tag]:
    """What is no text beside the part that the page calls its main one: lists of links that no name calls menus, such
    as "related", links into the page, such as "skip to content", and what its name says is for finding one's way."""
    named = [each for each in soup.find_all(True) if each.name == "main" or each.get("role") == "main"]
    contents = Contents.of(soup) if named else {}
    mains = [main for main in named if contents[id(main)].said > contents[id(main)].linked]
    if not mains:
        return
    parents = {id(parent): parent for main in mains for parent in main.parents}
    kept = set(map(id, mains)) | set(parents)
    # Elements in a main part, which are none beside it; of parts in parts, of the outermost.
    inside = {id(each) for main in mains if id(main) not in parents for each in main.find_all(True)}
    for parent in parents.values():
        for beside in parent.find_all(BLOCKS.split(), recursive=False):
            holds = contents[id(beside)]
            is_list = holds.is_links(LEAST_LINKED) and holds.links >= LEAST_LINKS
            if is_list and id(beside) not in kept and not holds.titles:
                yield beside
    for element in soup.find_all(True):
        if id(element) in kept or id(element) in inside:
            continue
        if _helps_to_find(element) or (_leads_into_page(element) and _is_alone(element, contents, kept)):
            yield element


def _leads_into_page(element: Tag) -> bool:
    return element.name == "a" and str(element.get("href")).startswith("#")


def _is_alone(link: Tag, contents: dict[int, Contents], kept: set[int]) -> bool:
    around = id(link.parent)
    return around in kept or contents[around].said == contents[id(link)].said


def _names(element: Tag) -> str:
    return " ".join(
        [str(element.get("id") or ""), *(element.get("class") or []), str(element.get("aria-label") or "")]
    ).replace("_", "-")


def _helps_to_find(element: Tag) -> bool:
    return bool(WAY.search(_names(element)))


def _is_banner(element: Tag) -> bool:
    return is_named_banner(element, _names(element))


def _is_furniture(element: Tag, contents: dict[int, Contents]) -> bool:
    """Whether it is a menu, or the footer of the page."""
    holds = contents[id(element)]
    if element.name == "nav" or element.get("role") in FURNITURE:
        return True
    if element.name == "footer" and not (holds.said and _belongs_to_text(element)):
        return True
    is_menu = MENU.search(CAMEL_CASE.sub("-", _names(element))) or (
        element.name in ("aside", "header", "footer") and not holds.titles
    )
    return bool(is_menu) and holds.is_links(LEAST_LINKED)


def _belongs_to_text(footer: Tag) -> bool:
    """Whether it is that of an article, a quotation, or a section with text: it says who wrote that, and when."""
    around = footer.find_parent(["article", "blockquote", "section"])
    first = next((text for text in around.strings if text.strip()), None) if around else None
    return first is not None and not any(parent is footer for parent in first.parents)
