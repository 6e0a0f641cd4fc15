"""What style hides: a page's own style sheet, or the style of an element."""

import re
from collections.abc import Iterator
from contextlib import suppress

from bs4 import BeautifulSoup, Tag

INVISIBLE = re.compile(
    r"(?:^|[;{\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d]))",
    re.IGNORECASE,
)
VISIBLE = re.compile(r"(?:^|[;{\s])(?:display|visibility|opacity)\s*:", re.IGNORECASE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Media queries and their like: what holds on paper or on a telephone only.
CONDITIONAL_RULES = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})", re.DOTALL)
CLASS_OR_ID = re.compile(r"[.#][\w-]+")


def hidden_by_rules(soup: BeautifulSoup) -> Iterator[Tag]:
    """What the page's own style sheets hide, if neither a script nor another rule could show that again."""
    if soup.find("script"):
        return
    sheet = COMMENT.sub("", "\n".join(style.get_text() for style in soup.find_all("style")))
    shown = {
        name
        for selector, rules in _rules(sheet)
        if VISIBLE.search(rules) and not INVISIBLE.search(rules)
        for name in _subject(selector)
    }
    for selector, rules in _rules(CONDITIONAL_RULES.sub("", sheet)):
        if INVISIBLE.search(rules) and shown.isdisjoint(_subject(selector)):
            with suppress(Exception):  # selectors that the library does not know
                yield from soup.select(selector)


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    for rule in sheet.split("}"):
        before, _, rules = rule.rpartition("{")
        for selector in re.split("[{;]", before)[-1].split(","):
            if selector.strip():
                yield selector.strip(), rules


def _subject(selector: str) -> list[str]:
    """The classes and the id of what a selector is about, which is named last; without any, the element's name."""
    last = re.split(r"[\s>+~]+", selector)[-1]
    return CLASS_OR_ID.findall(last) or [last]
