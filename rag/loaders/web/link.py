"""Links and looks that Markdown cannot say: in headings, and around whole blocks."""

import re

from bs4 import BeautifulSoup

from rag.loaders.web.soup import BLOCKS

HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
ADDRESSES = {"href", "poster", "src", "title"}
INSIDE_A_LINE = ["a", "b", "code", "del", "em", "i", "kbd", "s", "samp", "strong", "sub", "sup", "video"]
OUTSIDE_A_LINE = [*BLOCKS.split(), "li"]
# What a heading's link to itself shows: a sign, a picture of a chain from a font, or nothing.
PERMALINK = re.compile("[\\s#¶§🔗⚓\ufe0f\u200b\ue000-\uf8ff]*")


def simplify_links(soup: BeautifulSoup) -> None:
    """A heading is its words, without addresses: it becomes part of the path of all that stands under it."""
    for link in soup.select("a[href*='#']"):
        if not link.decomposed and PERMALINK.fullmatch(link.get_text()):
            link.decompose()
    for element in soup.find_all(["a", "source", "video"]):
        for name in ADDRESSES.intersection(element.attrs):
            element[name] = " ".join(str(element[name]).split())
    for link in soup.find_all("a"):
        if link.find_parent(HEADINGS):
            link.unwrap()
    for element in soup.select("pre pre"):
        element.unwrap()
    for element in soup.find_all(INSIDE_A_LINE):
        if element.find(OUTSIDE_A_LINE):
            element.unwrap()
