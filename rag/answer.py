"""An answer out of passages, with citations that exist."""

from collections.abc import Iterator, Sequence

from kit.api_problems import api_problems
from kit.endpoint import endpoint, openai_client
from rag.citations import CitationFilter
from rag.passage import Passage
from rag.prompts import NOT_FOUND, language_of, messages

MAX_TOKENS = 400


class Answer:
    """Iterate over it once to stream the text; then `text`, `cited` and `abstained` hold the outcome.

    `cited` gives the numbers, from 1, of the passages that the text names as its sources.
    """

    def __init__(self, question: str, passages: Sequence[Passage]) -> None:
        self.question = question
        self.passages = list(passages)
        self.text = ""
        self.cited: list[int] = []
        self.abstained = False

    def __iter__(self) -> Iterator[str]:
        citations = CitationFilter(self.passages)
        for piece in citations.filter(self._generate()):
            self.text += piece
            yield piece
        self.cited = citations.cited
        self.abstained = NOT_FOUND[language_of(self.question)].rstrip(".。") in self.text

    def _generate(self) -> Iterator[str]:
        with api_problems():
            stream = openai_client().chat.completions.create(
                model=endpoint("CHAT").model,
                messages=list(messages(self.question, self.passages)),  # type: ignore[arg-type]
                temperature=0,
                max_tokens=MAX_TOKENS,
                stream=True,
            )
            for event in stream:
                if event.choices and event.choices[0].delta.content:
                    yield event.choices[0].delta.content
