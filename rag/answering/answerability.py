"""Whether passages may hold the answer at all, before a model reads them that would rather guess."""

from collections.abc import Sequence

from kit.language import Language, language_of
from rag.passage import Passage
from rag.text.words import content_words, overlap

# `python -m rag evaluate DATA` prints how many questions this lets through and how many it stops. It is meant to
# let nine in ten pass that have an answer: the model, which has read the passages, declines for itself too. Chinese
# words are pairs of characters, of which an unrelated passage holds more by chance than it does English words.
WEIGHT_OF_WORDS = 0.2
# In a row of a table there is little else than the words of the question, and a vector makes little of it.
WEIGHT_OF_ALL_WORDS = 0.1
LEAST_ANSWERABILITY: dict[Language, float] = {"en": 0.28, "zh": 0.33}
# Across languages no words agree, and even the right passage is not much nearer than others; less so where there are
# passages in the language of the question, and one in another is the last of them.
LEAST_ACROSS_LANGUAGES, LEAST_BESIDE_ITS_OWN = 0.05, 0.2


def may_answer(question: str, passages: Sequence[Passage]) -> bool:
    """Each passage has to be as near as those of its language have to be. `python -m benchmarks constants` shows what
    other limits would do."""
    language = language_of(question)
    own = [passage for passage in passages if language_of(passage.text) == language]
    if not own:
        return answerability(question, passages) >= LEAST_ACROSS_LANGUAGES
    others = [passage for passage in passages if passage not in own]
    return (
        answerability(question, own) >= LEAST_ANSWERABILITY[language]
        or answerability(question, others) >= LEAST_BESIDE_ITS_OWN
    )


def answerability(question: str, passages: Sequence[Passage]) -> float:
    """Of the best passage: its relevance, and a little more the more of the question's words it holds."""
    wanted = content_words(question)
    return max((_answerability(wanted, passage) for passage in passages), default=0.0)


def _answerability(wanted: Sequence[str], passage: Passage) -> float:
    share = overlap(wanted, passage.words)
    return (passage.relevance or 0.0) + WEIGHT_OF_WORDS * share + WEIGHT_OF_ALL_WORDS * (share == 1)
