"""The sentence or table row of a passage that bears an answer out."""

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.answering.orders import ORDERS
from rag.answering.tables import spelt_out
from rag.passage import Passage
from rag.text.sentences import LINE_END, SENTENCE_END
from rag.text.words import content_words, overlap, words

# The number of a sentence stands beside what it is about, or beside what stands for that. A table's cell says row and
# column by name: one in which either is another says something else.
LEAST_OF_BEST, LEAST_OF_BEST_CELL = 0.4, 0.75
CELL = "- "


def statements(passage: Passage) -> list[str]:
    """What a passage says, sentence by sentence and cell by cell."""
    said = []
    for line in spelt_out(passage).split("\n"):
        cuts = [0, *(end.end() for end in SENTENCE_END.finditer(line)), len(line)]
        said += [line] if line.startswith(CELL) else [line[start:end] for start, end in pairwise(cuts)]
    return [each.strip() for each in said if each.strip() and not ORDERS.search(each)]


def stated_words(passage: Passage) -> set[str]:
    """The words of its headings and of what it says, but for orders to the reader."""
    above = [each for each in (passage.title, passage.heading) if not ORDERS.search(each)]
    return set(words("\n".join([*above, *statements(passage)])))


def evidence(passage: Passage, answer: str, question: str = "") -> str:
    """The statement of the passage that holds most of what the answer says, its numbers first; "" if none does."""
    claimed = content_words(answer)
    numbers = [word for word in claimed if word.isdecimal()]
    asked = content_words(question)

    def worth(said: str) -> tuple[float, float, float]:
        held = set(words(said))
        return overlap(numbers, held), overlap(claimed, held), overlap(asked, held)

    best = max(statements(passage), key=worth, default="")
    return best if any(worth(best)) else ""


def holds_numbers(passage: Passage, numbers: Sequence[str], about: Sequence[str]) -> bool:
    """Whether one statement has the numbers and is as much about these words as others of the passage, or nearly so.

    A number that stands elsewhere in the passage, beside something else, bears nothing out.
    """
    said = [(each, set(words(each))) for each in statements(passage)]
    above = set(words(f"{passage.title} {passage.heading}"))
    wanted = [number for number in numbers if number not in above]
    best, is_cell = max(
        ((overlap(about, held), each[:2] == CELL) for each, held in said), default=(0.0, False)
    )
    least = best * (LEAST_OF_BEST_CELL if is_cell else LEAST_OF_BEST)
    return any(overlap(about, held) >= least for _, held in said if all(number in held for number in wanted))


def answered_word_for_word(passages: Sequence[Passage], question: str) -> tuple[int, str] | None:
    """The number, from 1, of the first passage with a statement that repeats the question and adds to it, and that."""
    asked = content_words(question)
    for number, passage in enumerate(passages, 1):
        for said in statements(passage):
            held = words(LINE_END.sub(" ", said))
            if overlap(asked, set(held)) == 1 and set(content_words(said)) - set(words(question)):
                return number, re.sub(r"\s+", " ", said)
    return None
