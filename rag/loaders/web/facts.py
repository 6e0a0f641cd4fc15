"""What a menu or a footer says beside its links: opening hours, an address, a notice."""

import re
from collections.abc import Iterator
from itertools import groupby

from bs4 import Tag
from bs4.element import NavigableString

from rag.loaders.web.contents import SHOWN
from rag.loaders.web.soup import BLOCKS

LINE = frozenset((*BLOCKS.split(), "li", "dt", "dd", "tr"))
LINKED = frozenset(("a", "button", "label", "select", "summary"))
# Of three words, two of them of letters only, with a number or the end of a sentence.
TELLING = re.compile(
    r"(?=(?:.*?\w+\W+){2}\w|.*[\u3040-\u9fff]{4})(?=(?:.*?\b[^\W\d_]{2,}\b){2}|.*[\u3040-\u9fff]{4})"
    r"(?:.*\b\d|.*[.!?。！？]$)",
    re.DOTALL,
)
EVERYWHERE = re.compile(
    r"©|\(c\)|copyright|\brights reserved|版权|权利|ICP|公网安备|\bpowered by\b|\blicen[sc]e"
    r"|\b(?:built|made|generated|created|designed|hosted|published) (?:with|by|using|at|on)\b"
    r"|\b(?:last|page) (?:updated|modified|built)|\bpage \d|\b\d+ of \d+\b|\b(?:imprint|privacy|cookies?|terms of)\b"
    r"|\b(?:subscribe|newsletter|follow us|log ?in|sign (?:in|up|out)|search|toggle|skip to|back to|you are here)\b",
    re.IGNORECASE,
)
LEAST_BESIDE = 0.4


def facts(element: Tag) -> Iterator[str]:
    """A line a block, of those that are more than links and tell more than every page of every site does."""
    strings = [
        text for text in element.descendants if isinstance(text, NavigableString) and type(text) in SHOWN
    ]
    linked = {id(text) for link in element.find_all(LINKED) for text in link.descendants}
    for _, group in groupby(strings, lambda text: id(text.find_parent(LINE))):
        texts = list(group)
        said = " ".join("".join(texts).split())
        beside = " ".join("".join(text for text in texts if id(text) not in linked).split())
        is_more = len(beside) >= LEAST_BESIDE * len(said)
        if is_more and TELLING.match(beside) and not EVERYWHERE.search(said):
            yield said
