"""The runs of a paragraph: stretches of text of one look."""

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from rag.loaders.office.equation import local_name


def runs(element: Element, is_left_out: Callable[[Element], bool] = lambda _: False) -> Iterator[Element]:
    """Without those of paragraphs inside, such as those of a text box, and of what was deleted."""
    for child in element:
        if local_name(child) == "r":
            yield child
        elif local_name(child) not in ("p", "del", "moveFrom") and not is_left_out(child):
            yield from runs(child, is_left_out)
