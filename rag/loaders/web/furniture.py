"""What of a web page is not its text: menus, banners, and what nobody sees."""

import re
from collections.abc import Iterator
from contextlib import suppress

from bs4 import BeautifulSoup, Tag

FURNITURE = (
    "script, style, noscript, template, nav, footer, svg, iframe, input, select, dialog:not([open]),"
    " [hidden]:not([hidden=until-found]), [role=navigation], [role=menu], [role=menubar], [role=contentinfo],"
    " [role=search]"
)
INVISIBLE = re.compile(
    r"(?:^|[;{\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d]))",
    re.IGNORECASE,
)
RULE = re.compile(r"([^{}@;]+)\{([^{}]*)\}")
# Media queries and their like: what holds on paper or on a telephone only.
CONDITIONAL_RULES = re.compile(r"/\*.*?\*/|@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})", re.DOTALL)
# Both words: a recipe for cookies is no banner.
CONSENT = re.compile(r"cookie|consent|gdpr|onetrust", re.IGNORECASE)
BANNER = re.compile(
    r"banner|notice|pop-?up|modal|dialog|overlay|bar\b|consent|alert|message|onetrust|window|toast",
    re.IGNORECASE,
)
ABOUT_COOKIES = re.compile(r"cookie", re.IGNORECASE)
AGREE = re.compile(
    r"\s*(?:(?:i )?(?:accept|agree|allow|reject|decline|refuse|got it|ok|okay)\b"
    r"|(?:全部|我)?(?:接受|同意|允许|拒绝|知道了|确定))",
    re.IGNORECASE,
)
LONGEST_BANNER = 1000
PAGE = ("[document]", "html", "body", "main")
HOLDERS_OF_TEXT = ["h1", "main", "article"]
MENU = re.compile(r"side-?bar|menu|bread-?crumb|\btoc\b|nav|pagination|pager", re.IGNORECASE)
# A menu is links and little else.
LEAST_LINKED = 0.6


def remove_furniture(soup: BeautifulSoup) -> None:
    hidden = list(_hidden_by_rules(soup))
    banners = list(_banners(soup))
    for element in [*hidden, *banners, *soup.select(FURNITURE), *filter(_is_furniture, soup.find_all(True))]:
        if not element.decomposed and element.name not in PAGE:
            element.decompose()


def length(element: Tag) -> int:
    return len("".join(element.get_text().split()))


def linked(element: Tag) -> int:
    return sum(length(link) for link in element.find_all("a"))


def _hidden_by_rules(soup: BeautifulSoup) -> Iterator[Tag]:
    """What the page's own style sheet hides, if no script of it could show that again."""
    if soup.find("script"):
        return
    for sheet in soup.find_all("style"):
        for selector, rules in RULE.findall(CONDITIONAL_RULES.sub("", sheet.get_text())):
            if INVISIBLE.search(rules):
                with suppress(Exception):  # selectors that the library does not know
                    yield from soup.select(selector)


def _banners(soup: BeautifulSoup) -> Iterator[Tag]:
    """Around each button that agrees: the least that speaks of cookies beside it, if that is all it does."""
    for button in soup.find_all(["button", "a", "input"]):
        label = button.get_text() or str(button.get("value") or "")
        if not AGREE.match(label):
            continue
        for around in button.parents:
            said = _short_text(around)
            if said is None or around.name in PAGE or around.find(HOLDERS_OF_TEXT):
                break
            if ABOUT_COOKIES.search(said.replace(label, "")):
                yield around
                break


def _short_text(element: Tag) -> str | None:
    """The text of an element that may be a banner; None of a longer one."""
    said = ""
    for text in element.strings:
        said += text
        if len(said) > LONGEST_BANNER:
            return None
    return said


def _is_furniture(element: Tag) -> bool:
    """Whether it is invisible, asks for consent, or is a menu."""
    if INVISIBLE.search(str(element.get("style") or "")):
        return True
    is_dialog = element.get("role") in ("dialog", "alertdialog")
    if is_dialog and ABOUT_COOKIES.search(_short_text(element) or ""):
        return True
    named = " ".join(
        [str(element.get("id") or ""), *(element.get("class") or []), str(element.get("aria-label") or "")]
    ).replace("_", "-")
    if CONSENT.search(named) and (is_dialog or BANNER.search(named)):
        return not element.find(HOLDERS_OF_TEXT)
    is_menu = MENU.search(named) or (element.name in ("aside", "header") and not element.find("h1"))
    return bool(is_menu) and linked(element) >= LEAST_LINKED * length(element)
