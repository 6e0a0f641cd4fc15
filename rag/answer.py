"""An answer out of passages, with citations that hold, or none at all."""

from collections.abc import Iterator, Sequence

from kit.api_problems import api_problems
from kit.endpoint import endpoint, openai_client
from rag.citations import CitationFilter, supports
from rag.confidence import may_answer
from rag.passage import Passage
from rag.prompts import NOT_FOUND, messages
from rag.sentences import language_of

MAX_TOKENS = 400
# What a small model on a CPU reads in reasonable time; the answer stands in the first three as good as always.
PASSAGES_TO_READ = 3


class Answer:
    """Iterate over it once to stream the text; then `text`, `cited` and `abstained` hold the outcome.

    `cited` gives the numbers, from 1, of the passages that the text names as its sources; `[2?]` in the text
    marks a sentence that no passage bears out. The chat model is asked only if the passages look as if
    they held the answer.
    """

    def __init__(self, question: str, passages: Sequence[Passage]) -> None:
        self.question = question
        self.passages = list(passages)
        self.text = ""
        self.cited: list[int] = []
        self.abstained = False

    def __iter__(self) -> Iterator[str]:
        for piece in self._pieces():
            self.text += piece
            yield piece

    def _pieces(self) -> Iterator[str]:
        not_found = NOT_FOUND[language_of(self.question)]
        if not may_answer(self.question, self.passages):
            self.abstained = True
            yield not_found
            return
        citations = CitationFilter(self.question, self.passages)
        yield from citations.filter(self._generate())
        self.cited = citations.cited
        self.abstained = not_found.rstrip(".。") in self.text
        if not self.cited and not self.abstained:
            yield from self._attribution()

    def _attribution(self) -> Iterator[str]:
        """The best passage that bears out an answer for which the model named none."""
        for number, passage in enumerate(self.passages, 1):
            if supports(passage, self.text):
                self.cited = [number]
                yield f"[{number}]"
                return

    def _generate(self) -> Iterator[str]:
        with api_problems():
            stream = openai_client().chat.completions.create(
                model=endpoint("CHAT").model,
                messages=messages(self.question, self.passages),
                temperature=0,
                max_tokens=MAX_TOKENS,
                stream=True,
            )
            for event in stream:
                if event.choices and event.choices[0].delta.content:
                    yield event.choices[0].delta.content
