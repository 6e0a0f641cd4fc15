"""What the elements of a page hold, counted once for all of them."""

from typing import NamedTuple, Self

from bs4 import Tag
from bs4.element import CData, NavigableString

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# Others are comments, scripts and the like.
SHOWN = (NavigableString, CData)


class Contents(NamedTuple):
    """Characters, without spaces, of all that it says, of links, of headings, and of tables inside; then how many
    links and headings that are, and what holds text of its own."""

    said: int = 0
    linked: int = 0
    headed: int = 0
    tabled: int = 0
    links: int = 0
    headings: int = 0
    titles: int = 0
    mains: int = 0

    @classmethod
    def of(cls, soup: Tag) -> dict[int, Self]:
        """Of each element, by its id. Looking into each again would take a page a thousand elements deep minutes."""
        counted: dict[int, Self] = {}
        # What is inside an element comes behind it.
        for element in (*reversed(soup.find_all(True)), soup):
            said = linked = headed = tabled = links = headings = titles = mains = 0
            for child in element.children:
                if isinstance(child, Tag):
                    inside, name = counted[id(child)], child.name
                    said += inside.said
                    linked += inside.said if name == "a" else inside.linked
                    headed += inside.said if name in HEADINGS else inside.headed
                    tabled += inside.said if name == "table" else inside.tabled
                    links += inside.links + (name == "a")
                    headings += inside.headings + (name in HEADINGS)
                    titles += inside.titles + (name == "h1")
                    mains += inside.mains + (name in ("main", "article"))
                elif type(child) in SHOWN:
                    said += len("".join(str(child).split()))
            counted[id(element)] = cls(said, linked, headed, tabled, links, headings, titles, mains)
        return counted

    def is_links(self, least: float) -> bool:
        return self.linked >= least * self.said
