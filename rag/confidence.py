"""Whether passages may hold the answer at all, before a model reads them that would rather guess."""

from collections.abc import Sequence

from rag.passage import Passage
from rag.sentences import Language, language_of
from rag.words import question_words, words

# `python -m rag evaluate DATA` prints how many questions this lets through and how many it stops. It is meant to
# let nine in ten pass that have an answer: the model, which has read the passages, declines for itself too. Chinese
# words are pairs of characters, of which an unrelated passage holds more by chance than it does English words.
WEIGHT_OF_WORDS = 0.2
LEAST_CONFIDENCE: dict[Language, float] = {"en": 0.28, "zh": 0.33}
# Across languages no words agree, and even the right passage is not much nearer than others.
LEAST_ACROSS_LANGUAGES = 0.05


def may_answer(question: str, passages: Sequence[Passage]) -> bool:
    if not passages:
        return False
    language = language_of(question)
    in_its_language = any(language_of(passage.text) == language for passage in passages)
    least = LEAST_CONFIDENCE[language] if in_its_language else LEAST_ACROSS_LANGUAGES
    return confidence(question, passages) >= least


def confidence(question: str, passages: Sequence[Passage]) -> float:
    """Of the best passage: its relevance, and a little more the more of the question's words it holds."""
    terms = question_words(question)
    return max(
        (passage.relevance or 0.0) + WEIGHT_OF_WORDS * share_of(terms, passage) for passage in passages
    )


def share_of(terms: Sequence[str], passage: Passage) -> float:
    held = set(words(f"{passage.title} {passage.heading} {passage.text}"))
    return sum(term in held for term in terms) / max(1, len(terms))
