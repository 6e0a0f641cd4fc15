"""Links and looks that Markdown cannot say: in headings, and around whole blocks."""

import re

from bs4 import BeautifulSoup

from rag.loaders.web.contents import HEADINGS
from rag.loaders.web.soup import BLOCKS

ADDRESSES = {"href", "poster", "src", "title"}
INSIDE_A_LINE = frozenset(
    ["a", "b", "code", "del", "em", "i", "kbd", "s", "samp", "strong", "sub", "sup", "video"]
)
OUTSIDE_A_LINE = frozenset((*BLOCKS.split(), "li"))
# What a heading's link to itself shows: a sign, a picture of a chain from a font, or nothing.
PERMALINK = re.compile("[\\s#¶§🔗⚓\ufe0f\u200b\ue000-\uf8ff]*")


def simplify_links(soup: BeautifulSoup) -> None:
    """A heading is its words, without addresses: it becomes part of the path of all that stands under it."""
    for link in soup.find_all("a"):
        if "#" in str(link.get("href")) and not link.decomposed and PERMALINK.fullmatch(link.get_text()):
            link.decompose()
    for element in soup.find_all(["a", "source", "video"]):
        for name in ADDRESSES.intersection(element.attrs):
            element[name] = " ".join(str(element[name]).split())
    for link in soup.find_all("a"):
        if link.find_parent(HEADINGS):
            link.unwrap()
    for element in soup.find_all("pre"):
        if element.find_parent("pre"):
            element.unwrap()
    around = set[int]()
    # Whatever is inside an element comes behind it.
    for element in reversed(soup.find_all(True)):
        if element.name in OUTSIDE_A_LINE or id(element) in around:
            around.add(id(element.parent))
        if element.name in INSIDE_A_LINE and id(element) in around:
            element.unwrap()
