"""The package of an EPUB: what its pages are, and in which order."""

import posixpath
from collections.abc import Callable
from typing import NamedTuple, Self
from urllib.parse import unquote

from bs4 import Tag

from rag.loaders.web.soup import parsed

WITHOUT_TEXT = ("image/", "audio/", "video/", "font/")
PAGES = (".xhtml", ".html", ".htm")


class Package(NamedTuple):
    """`beside` are the pages that the book has and its order does not name."""

    title: str
    order: list[str]
    beside: list[str]

    @classmethod
    def read(cls, name: str, read: Callable[[str], bytes]) -> Self:
        soup = parsed(read(name))
        items = [
            (item, _place(name, str(item["href"])))
            for item in elements(soup, "item")
            if item.get("href") and not str(item.get("media-type")).startswith(WITHOUT_TEXT)
        ]
        places = {str(item.get("id")): place for item, place in items}
        pages = [place for item, place in items if place.lower().endswith(PAGES) and not _is_contents(item)]
        named = [str(item.get("idref")) for item in elements(soup, "itemref")]
        order = dict.fromkeys(places[each] for each in named if each in places)
        title = next((each.get_text(strip=True) for each in elements(soup, "title")), "")
        return cls(title, list(order) or pages, [page for page in pages if order and page not in order])


def elements(soup: Tag, name: str) -> list[Tag]:
    """With whatever prefix."""
    return soup.find_all(lambda tag: tag.name.rpartition(":")[2] == name)


def _is_contents(item: Tag) -> bool:
    return "nav" in str(item.get("properties")).split()


def _place(package: str, link: str) -> str:
    """Where in the archive a link of the package leads, be it to a part of a page."""
    folder = posixpath.join("/", posixpath.dirname(package))
    return posixpath.normpath(posixpath.join(folder, unquote(link.partition("#")[0]))).lstrip("/")
