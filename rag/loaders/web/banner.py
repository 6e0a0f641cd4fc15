"""Banners that ask for consent to cookies: they say that there are some, and offer to accept or refuse them."""

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

from rag.loaders.web.contents import Contents

CONSENT = re.compile(r"cookie|consent|gdpr|onetrust", re.IGNORECASE)
# A recipe for cookies is none of these.
BANNER = re.compile(
    r"banner|notice|pop-?up|modal|dialog|overlay|bar\b|consent|alert|message|onetrust|window|toast",
    re.IGNORECASE,
)
ABOUT_COOKIES = re.compile(r"cookie|gdpr|onetrust", re.IGNORECASE)
# How a site speaks of its cookies, which a baker's shop does not.
TRACKING = re.compile(
    r"\b(?:us(?:es?|ing)|set|store|accept|verwende[nt]|nutz(?:en|t)|utilis\w+|utili[zc]\w+|usa(?:mos)?|gebruik\w*)"
    r"\W+(?:\w+\W+){0,3}cookies?\b"
    r"|\bcookies? (?:help|are used|allow|policy|preferences|settings)"
    r"|\byour (?:data|privacy|device|consent)\b|\bprivacy\b|\btrack(?:ing|ers?)\b"
    r"|\b(?:web)?site\b|\bbrowser\b|使用.{0,20}cookie|隐私|跟踪|网站|サイト",
    re.IGNORECASE,
)
# Nothing else may be agreed to: a button can allow notifications, too.
AGREE = re.compile(
    r"\W*(?:(?:i |yes,? i )?(?:accept|agree|allow|reject|decline|refuse|got it|ok|okay)"
    r"(?:\W+(?:all|any|only|selected|necessary|essential|optional|recommended|additional|cookies?|tracking|settings"
    r"|and|to|it|the|use|of|our|these|accept|agree|continue|close|i|understand|thanks))*"
    r"|(?:全部|我)?(?:接受|同意|允许|拒绝|知道了|确定)(?:\s?(?:全部|所有|并|继续|关闭|使用|cookies?))*)\W*",
    re.IGNORECASE,
)
LONGEST_LABEL = 100
LONGEST_BANNER = 1000
PAGE = ("[document]", "html", "body", "main")
HOLDERS_OF_TEXT = ["h1", "main", "article"]


def banners(soup: BeautifulSoup, contents: dict[int, Contents]) -> Iterator[Tag]:
    """Around each button that agrees: the least that speaks of cookies beside it, if that is all it does."""
    texts: dict[int, str] = {}
    for button in soup.find_all(_is_button):
        if contents[id(button)].said > LONGEST_LABEL:
            continue
        label = button.get_text() or str(button.get("value") or "")
        if not AGREE.fullmatch(label):
            continue
        before = contents[id(button)].said
        for around in button.parents:
            holds = contents[id(around)]
            if around.name in PAGE or holds.said > LONGEST_BANNER or holds.titles or holds.mains:
                break
            if holds.said == before:
                continue
            before = holds.said
            if id(around) not in texts:
                texts[id(around)] = around.get_text()
            if not ABOUT_COOKIES.search(texts[id(around)]):
                continue
            said = texts[id(around)].replace(label, "")
            if ABOUT_COOKIES.search(said) and TRACKING.search(said):
                yield around
                break


def is_named_banner(element: Tag, named: str) -> bool:
    """Whether its name says that it asks for consent and its text that this is about cookies. The buttons of many
    are made by scripts: of these the name is the offer."""
    is_dialog = element.get("role") in ("dialog", "alertdialog")
    if not is_dialog and not (CONSENT.search(named) and BANNER.search(named)):
        return False
    said = element.get_text()
    speaks = ABOUT_COOKIES.search(f"{named} {said}") and TRACKING.search(said)
    return bool(speaks) and not element.find(HOLDERS_OF_TEXT)


def _is_button(element: Tag) -> bool:
    return element.name in ("button", "a", "input") or element.get("role") == "button"
