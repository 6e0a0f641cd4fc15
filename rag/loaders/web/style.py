"""What style hides: a page's own style sheet, or the style of an element."""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress

from bs4 import BeautifulSoup, Tag

from rag.loaders.web.declarations import declared, hiding

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Media queries and their like: what holds on paper or on a telephone only.
CONDITIONAL_RULES = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})", re.DOTALL)
CLASS_OR_ID = re.compile(r"[.#][\w-]+")


def hides(element: Tag) -> bool:
    return bool(hiding(declared(str(element.get("style") or ""))))


def hidden_by_rules(soup: BeautifulSoup) -> Iterator[Tag]:
    """What the page's own style sheets hide, if neither a script nor another rule could show that again."""
    if has_script(soup):
        return
    sheet = COMMENT.sub("", "\n".join(style.get_text() for style in soup.find_all("style")))
    shown: defaultdict[str, set[str]] = defaultdict(set)
    for selector, rules in _rules(sheet):
        # Of a link that leads past the menu: whoever reaches it by its keys sees it.
        if not hiding(said := declared(rules)) and ":focus" not in selector:
            for name in _subject(selector):
                shown[name].update(said)
    hidden = {
        selector: None
        for selector, rules in _rules(CONDITIONAL_RULES.sub("", sheet))
        if (by := hiding(declared(rules))) and all(by.isdisjoint(shown[name]) for name in _subject(selector))
    }
    there = {name for element in soup.find_all(True) for name in _names(element)}
    for selector in hidden:
        names = CLASS_OR_ID.findall(_last(selector))
        # To look for a thousand rules that a page has no use for would take minutes.
        if not names or not there.isdisjoint(names):
            with suppress(Exception):  # selectors that the library does not know
                yield from soup.select(selector)


def has_script(soup: BeautifulSoup) -> bool:
    """Whether anything can change the page once it is there; data for search engines cannot."""
    return any("json" not in str(script.get("type")) for script in soup.find_all("script"))


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    for rule in sheet.split("}"):
        before, _, rules = rule.rpartition("{")
        for selector in re.split("[{;]", before)[-1].split(","):
            if selector.strip():
                yield selector.strip(), rules


def _subject(selector: str) -> list[str]:
    """The classes and the id of what a selector is about; without any, the element's name."""
    return CLASS_OR_ID.findall(_last(selector)) or [_last(selector)]


def _last(selector: str) -> str:
    return re.split(r"[\s>+~]+", selector)[-1]


def _names(element: Tag) -> Iterator[str]:
    yield from (f".{name}" for name in element.get("class") or [])
    yield f"#{element.get('id')}"
