"""The `[n]` in an answer: none may name a passage that was not shown, or claim what it does not say."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set

from rag.passage import Passage
from rag.sentences import SENTENCE_END, language_of
from rag.words import question_words, words

# As models write them: [1], [1, 2], 【1】; and as they stand in an answer: [1], or [1?] for a doubtful one.
WRITTEN = re.compile(r"[\[【]\s*(\d+(?:\s*[,，、]\s*\d+)*)\s*[\]】]")
BEGUN = re.compile(r"[\[【][\d\s,，、]*$")
CITATION = re.compile(r"\[(\d+)(\??)\]")

# A sentence made from a passage repeats most of its words; one about something else repeats few.
LEAST_SHARE_OF_WORDS = 0.4


class CitationFilter:
    """Passes an answer on as it comes, but holds every bracket back until its number is checked."""

    def __init__(self, question: str, passages: Sequence[Passage]) -> None:
        self._question_words = set(words(question))
        self._passages = passages
        self._said = ""
        self.cited: list[int] = []

    def filter(self, pieces: Iterable[str]) -> Iterator[str]:
        held = ""
        for piece in pieces:
            held = WRITTEN.sub(self._checked, held + piece)
            begun = BEGUN.search(held)
            ready, held = (held[: begun.start()], held[begun.start() :]) if begun else (held, "")
            # A model that begins with a number says nothing with it.
            ready = ready if self._said else ready.lstrip(" .。:：\n")
            if ready:
                self._said += ready
                yield ready
        if held:
            yield held

    def _checked(self, written: re.Match[str]) -> str:
        """The numbers that exist; where a passage does not bear the sentence out, another's that does, or a "?"."""
        sentence = last_sentence(self._said + written.string[: written.start()])
        if not sentence:
            return ""
        marks = []
        for number in (int(digits) for digits in re.findall(r"\d+", written[1])):
            if 1 <= number <= len(self._passages):
                right = self._supporting(sentence, number)
                marks.append(f"[{right}]" if right else f"[{number}?]")
                if (right or number) not in self.cited:
                    self.cited.append(right or number)
        return "".join(dict.fromkeys(marks))

    def _supporting(self, sentence: str, named: int) -> int | None:
        """The named passage if it bears the sentence out, else the first in its language that does."""
        if supports(self._passages[named - 1], sentence, self._question_words):
            return named
        wordless = not any(char.isalpha() for char in sentence)
        for number, passage in enumerate(self._passages, 1):
            in_its_language = wordless or language_of(passage.text) == language_of(sentence)
            if in_its_language and supports(passage, sentence, self._question_words):
                return number
        return None


def supports(passage: Passage, sentence: str, known: Set[str] = frozenset()) -> bool:
    """Whether the passage holds the sentence's numbers and, in one language, enough of its words.

    `known` are words that prove nothing, as those of the question: of the others it must hold one at least.
    """
    terms = question_words(sentence)
    held = set(words(f"{passage.title} {passage.heading} {passage.text}"))
    if any(term not in held | known for term in terms if term.isdecimal()):
        return False
    if language_of(sentence) != language_of(passage.text) or not terms:
        return True
    new = [term for term in terms if term not in known]
    if new and not any(term in held for term in new):
        return False
    return sum(term in held for term in terms) >= LEAST_SHARE_OF_WORDS * len(terms)


def last_sentence(text: str) -> str:
    plain = without_citations(text).rstrip()
    starts = [end.end() for end in SENTENCE_END.finditer(plain) if end.end() < len(plain)]
    return plain[starts[-1] if starts else 0 :]


def without_citations(text: str) -> str:
    return re.sub(r"\s*" + CITATION.pattern, "", text)
