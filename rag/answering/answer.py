"""An answer out of passages, with citations that hold, or none at all."""

import re
from collections.abc import Callable, Iterator, Sequence

from openai.types.chat import ChatCompletionMessageParam

from kit.endpoint import answer_of_a_model, endpoint, openai_client
from kit.language import language_of
from rag.answering.answerability import may_answer
from rag.answering.citations import CitationFilter, last_sentence, supports, without_citations
from rag.answering.contradiction import contradiction
from rag.answering.evidence import answered_word_for_word, evidence
from rag.answering.prompts import NOT_FOUND, messages
from rag.passage import Passage
from rag.text.halves import whole
from rag.text.words import content_words

MAX_TOKENS = 400

Complete = Callable[[list[ChatCompletionMessageParam]], Iterator[str]]


def complete(messages: list[ChatCompletionMessageParam]) -> Iterator[str]:
    """What the chat model that `.env` names writes."""
    with answer_of_a_model("CHAT"):
        stream = openai_client().chat.completions.create(
            model=endpoint("CHAT").model,
            messages=messages,
            temperature=0,
            max_tokens=MAX_TOKENS,
            stream=True,
        )
        has_answered = False
        for event in stream:
            if not event.choices:
                continue
            has_answered = True
            content = event.choices[0].delta.content
            if not isinstance(content, str | None):
                raise TypeError(f"text should come, not {content!r}")
            if content:
                yield content
        # The library passes over every line that is no event, and so over a whole web page.
        if not has_answered:
            raise ValueError("a stream without one event")


class Answer:
    """Iterate over it once to stream the text; then `text`, `cited` and `abstained` hold the outcome.

    `cited` gives the numbers, from 1, of the passages that the text names as its sources; `[2?]` in the text
    marks a sentence that no passage bears out. The chat model is asked only if the passages look as if
    they held the answer.
    """

    def __init__(self, question: str, passages: Sequence[Passage], complete: Complete = complete) -> None:
        self.question = whole(question)
        self.passages = list(passages)
        self._complete = complete
        self.text = ""
        self.cited: list[int] = []
        self.abstained = False

    def __iter__(self) -> Iterator[str]:
        for piece in self._pieces():
            self.text += piece
            yield piece

    def source(self, number: int) -> str:
        """Where passage `number`, from 1, bears out what the answer cites it for: file, page, heading."""
        return self.passages[number - 1].citation_of(self._said_of(number) or self.question)

    def evidence(self, number: int) -> str:
        """The sentence or table cell of passage `number`, from 1, that bears the answer out."""
        return evidence(
            self.passages[number - 1], self._said_of(number) or self.text, self.question
        ).removeprefix("- ")

    def _said_of(self, number: int) -> str:
        mark = f"[{number}]"
        return " ".join(
            last_sentence(self.text[: at.start()]) for at in re.finditer(re.escape(mark), self.text)
        )

    def _pieces(self) -> Iterator[str]:
        self._not_found = NOT_FOUND[language_of(self.question)]
        if may_answer(self.question, self.passages):
            asked = messages(self.question, self.passages)
            citations = CitationFilter(self.question, self.passages)
            yield from self._unless_declined(citations.filter(self._complete(asked)))
            self.cited = citations.cited
            self.abstained = self._not_found.rstrip(".。") in self.text
        else:
            self.abstained = True
        if not self.text:
            yield from self._word_for_word()
        elif not self.abstained:
            if not self.cited:
                yield from self._attribution()
            yield from self._contradiction()

    def _unless_declined(self, pieces: Iterator[str]) -> Iterator[str]:
        """The answer, but nothing of one that only declines."""
        held = ""
        for piece in pieces:
            held += piece
            if not self._not_found.startswith(held.strip()):
                yield held
                held = ""
        if held.strip() and held.strip() != self._not_found:
            yield held

    def _word_for_word(self) -> Iterator[str]:
        """The sentence that repeats the whole question and adds to it, where a model declined in spite of it."""
        found = answered_word_for_word(self.passages, self.question)
        self.abstained = found is None
        if found is None:
            yield self._not_found
        else:
            number, statement = found
            self.cited = [number]
            yield f"{statement.removeprefix('- ')} [{number}]"

    def _attribution(self) -> Iterator[str]:
        """The best passage that bears out an answer for which the model named none."""
        for number, passage in enumerate(self.passages, 1):
            if supports(passage, self.text, set(content_words(self.question))):
                self.cited = [number]
                yield f"[{number}]"
                return

    def _contradiction(self) -> Iterator[str]:
        said = without_citations(self.text)
        language = language_of(self.question)
        if found := contradiction(self.cited, self.passages, said, self.question, language):
            number, sentence = found
            self.cited.append(number)
            yield sentence
