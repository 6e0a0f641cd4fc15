"""What another version of a document says in the place of what an answer rests on."""

from collections.abc import Sequence

from kit.language import Language
from rag.answering.evidence import evidence, statements
from rag.passage import Passage
from rag.retrieval.versions import are_versions
from rag.text.words import content_words, overlap, words

# "The deposit is 180 pounds." and "The deposit is 120 pounds." share two words of three or four.
LEAST_SHARED = 0.5
SAID: dict[Language, str] = {
    "en": " The {age} version of {date} says: “{statement}” [{number}]",
    "zh": "{date} 的{age}版写的是：“{statement}”[{number}]",
}
AGE: dict[Language, tuple[str, str]] = {"en": ("older", "newer"), "zh": ("旧", "新")}


def contradiction(
    cited: Sequence[int], passages: Sequence[Passage], answer: str, question: str, language: Language
) -> tuple[int, str] | None:
    """The number of a passage out of another version that says otherwise, and a sentence that tells it."""
    for first in cited:
        passage = passages[first - 1]
        said = evidence(passage, answer, question)
        for number, other in enumerate(passages, 1):
            if number in cited or not said or not are_versions(passage, other):
                continue
            wanted = content_words(said)
            likest = max(statements(other), key=lambda each: overlap(wanted, set(words(each))), default="")
            shared = overlap(wanted, set(words(likest)))
            if shared >= LEAST_SHARED and set(content_words(likest)) != set(wanted):
                age = AGE[language][other.date > passage.date]
                statement = likest.removeprefix("- ")
                return number, SAID[language].format(
                    age=age, date=other.date, statement=statement, number=number
                )
    return None
