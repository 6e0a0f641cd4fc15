"""The `[n]` in an answer: none may name a passage that was not shown, or claim what it does not say."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set

from kit.language import language_of
from rag.answering.evidence import holds_numbers, stated_words
from rag.passage import Passage
from rag.text.sentences import SENTENCE_END
from rag.text.words import content_words, share_of

# As models write them: [1], [1, 2], 【1】, ［1］; and as they stand in an answer: [1], or [1?] for a doubtful one.
# Nobody shows a model a hundred passages: [2024] is a year.
WRITTEN = re.compile(r"[\[【［]\s*(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\s*[\]】］]")
BEGUN = re.compile(r"[\[【［][\d\s,，、]*$")
CITATION = re.compile(r"\[(\d{1,2})(\??)\]")

# How many characters behind a bracket tell whether it is a link: ": https:" is the longest.
LOOK_AHEAD = 8
LINK = re.compile(r"\((?:\w+:|[/#.])|:\s*https?:")
# An index has a name before it, as in items[3], in a call before it, as in sum([1, 2]), or is assigned to or from.
INDEXED = re.compile(r"(\w+|\))$", re.ASCII)
IN_CODE = re.compile(r"(?:\w\(|=\s*)$", re.ASCII)
USED_AS_CODE = re.compile(r"\.[a-z_]|\(| ?[-+*/]?=")
FENCE = re.compile(r"^\s*```", re.MULTILINE)

# A sentence made from a passage repeats most of its words; one about something else repeats few.
LEAST_SHARE_TO_SUPPORT = 0.4


class CitationFilter:
    """Passes an answer on as it comes, but holds every bracket back until its number is checked."""

    def __init__(self, question: str, passages: Sequence[Passage]) -> None:
        self._asked = set(content_words(question))
        self._quotable = "\n".join([question, *(passage.text for passage in passages)])
        self._passages = passages
        self._said = ""
        # Where the last bracket ended that was left as it was: in a[0][1] the second is no citation either.
        self._kept_to = 0
        self.cited: list[int] = []

    def filter(self, pieces: Iterable[str]) -> Iterator[str]:
        held = ""
        for piece in pieces:
            held += piece
            settled = self._settled(held)
            ready, held = self._checked(held, settled), held[settled:]
            if ready:
                yield ready
        if ready := self._checked(held, len(held)):
            yield ready

    def _settled(self, text: str) -> int:
        """How much of the text can be told from what has come so far."""
        for written in WRITTEN.finditer(text):
            if len(text) - written.end() < LOOK_AHEAD:
                return written.start()
        begun = BEGUN.search(text)
        return begun.start() if begun else len(text)

    def _checked(self, text: str, end: int) -> str:
        """The text up to `end` with its citations as they should be; what is behind it is looked at only."""
        before, at = len(self._said), 0
        for written in WRITTEN.finditer(text, 0, end):
            self._say(text[at : written.start()])
            at = written.end()
            if self._is_citation(written, text[at : at + LOOK_AHEAD]):
                self._said += self._marks(written)
            else:
                self._said += written[0]
                self._kept_to = len(self._said)
        self._say(text[at:end])
        return self._said[before:]

    def _say(self, text: str) -> None:
        # A model that begins with a number says nothing with it.
        self._said += text if self._said else text.lstrip(" .。:：\n")

    def _is_citation(self, written: re.Match[str], behind: str) -> bool:
        """Whether the bracket is one, and not a link, code, or the index of a list."""
        line = self._said.rpartition("\n")[2]
        if len(FENCE.findall(self._said)) % 2 or line.count("`") % 2:
            return False
        if LINK.match(behind) or IN_CODE.search(line):
            return False
        exist = [1 <= number <= len(self._passages) for number in _numbers(written)]
        if len(exist) > 1 and not any(exist) and written[0] in self._quotable:
            return False
        if line.endswith("]"):
            return self._kept_to != len(self._said)
        indexed = INDEXED.search(line)
        if indexed is None or indexed[1].isdecimal():
            return True
        # So does text[1]: what tells them apart is that the number exists, and that nobody writes text[ elsewhere.
        return (
            all(exist)
            and "_" not in indexed[1]
            and f"{indexed[1]}[" not in self._quotable
            and not USED_AS_CODE.match(behind)
        )

    def _marks(self, written: re.Match[str]) -> str:
        """The numbers that exist; where a passage does not bear the sentence out, another's that does, or a "?"."""
        sentence = last_sentence(self._said)
        if not sentence:
            return ""
        marks = []
        for number in _numbers(written):
            if 1 <= number <= len(self._passages):
                right = self._supporting(sentence, number)
                marks.append(f"[{right}]" if right else f"[{number}?]")
                if (right or number) not in self.cited:
                    self.cited.append(right or number)
        return "".join(dict.fromkeys(marks))

    def _supporting(self, sentence: str, named: int) -> int | None:
        """The named passage if it bears the sentence out, else the first in its language that does."""
        if supports(self._passages[named - 1], sentence, self._asked):
            return named
        wordless = not any(char.isalpha() for char in sentence)
        for number, passage in enumerate(self._passages, 1):
            in_its_language = wordless or language_of(passage.text) == language_of(sentence)
            if in_its_language and supports(passage, sentence, self._asked):
                return number
        return None


def supports(passage: Passage, sentence: str, known: Set[str] = frozenset()) -> bool:
    """Whether the passage holds the sentence's numbers and, in one language, enough of its words.

    `known` are words that prove nothing, as those of the question: of the others it must hold one at least.
    """
    claimed = content_words(sentence)
    held = stated_words(passage)
    numbers = [word for word in claimed if word.isdecimal() and word not in known]
    if any(number not in held for number in numbers):
        return False
    about = [word for word in dict.fromkeys([*claimed, *known]) if not word.isdecimal()]
    if numbers and not holds_numbers(passage, numbers, about):
        return False
    if language_of(sentence) != language_of(passage.text) or not claimed:
        return True
    new = [word for word in claimed if word not in known]
    if new and not share_of(new, held):
        return False
    return share_of(claimed, held) >= LEAST_SHARE_TO_SUPPORT


def last_sentence(text: str) -> str:
    plain = without_citations(text).rstrip()
    starts = [end.end() for end in SENTENCE_END.finditer(plain) if end.end() < len(plain)]
    return plain[starts[-1] if starts else 0 :]


def without_citations(text: str) -> str:
    return re.sub(r"\s*" + CITATION.pattern, "", text)


def _numbers(written: re.Match[str]) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", written[1])]
