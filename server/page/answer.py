"""An answer out of the server's documents: by its routes, and by rag's rules."""

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from server.page.calls import Calls

if TYPE_CHECKING:
    from rag import Answer


class Asked:
    """Iterate over it once to stream the text; then `sources` says what it rests on."""

    def __init__(self, calls: Calls, question: str) -> None:
        self._calls = calls
        self._question = question
        self._loop = asyncio.get_running_loop()
        self._next: Future[Any] | None = None
        self._has_ended = False
        self._answer: Answer | None = None

    async def __aiter__(self) -> AsyncIterator[str]:
        # It takes a second: not for who asks nothing, and not in the server's own thread.
        rag = await asyncio.to_thread(importlib.import_module, "rag")
        asked = {
            "messages": [{"role": "user", "content": self._question}],
            "limit": rag.passage.TOP_K,
        }
        points = (await self._calls("POST", "/v1/retrieve", json=asked))["points"]
        self._answer = self._begun(points)
        pieces = iter(self._answer)
        try:
            while (piece := await asyncio.to_thread(self._piece, pieces)) is not None:
                yield piece
        finally:
            self._has_ended = True
            if self._next:
                self._next.cancel()
            _close(pieces)

    def sources(self) -> Iterator[tuple[int, str, str, str]]:
        """Number, place and text of each passage, and the sentence that bears the answer out where it is cited."""
        if answer := self._answer:
            for number, passage in enumerate(answer.passages, 1):
                evidence = answer.evidence(number) if number in answer.cited else ""
                yield number, passage.citation, passage.text, evidence

    def _begun(self, points: list[dict[str, Any]]) -> "Answer":
        from rag import Answer, Passage
        from rag.store.records import DATED

        passages = [
            Passage(
                text=point["source"],
                source=point["filename"],
                start=0,
                end=len(point["source"]),
                similarity=point["score"],
                metadata={DATED: point["date"]},
                **{name: point[name] for name in ("title", "heading", "page", "relevance")},
            )
            for point in points
        ]
        return Answer(self._question, passages, self._complete)

    def _piece(self, pieces: Iterator[str]) -> str | None:
        piece = next(pieces, None)
        if self._has_ended:  # meanwhile
            _close(pieces)
        return piece

    def _complete(self, messages: list[Any]) -> Iterator[str]:
        """The chat model, in rag's thread."""
        from rag.answering.answer import MAX_TOKENS

        body = {"messages": messages, "temperature": 0, "max_tokens": MAX_TOKENS, "stream": True}
        events = self._calls.events("/v1/chat/completions", json=body)

        async def following() -> Any:
            return await anext(events, None)

        try:
            while True:
                self._next = asyncio.run_coroutine_threadsafe(following(), self._loop)
                if self._has_ended:  # between the chunk before and this one, when there was nothing to cancel
                    self._next.cancel()
                if (chunk := self._next.result()) is None:
                    return
                yield chunk["choices"][0]["delta"].get("content") or ""
        finally:
            if not self._loop.is_closed():  # as when the program ends
                asyncio.run_coroutine_threadsafe(events.aclose(), self._loop)


def _close(pieces: Iterator[str]) -> None:
    with contextlib.suppress(ValueError):  # at work in the other thread, which closes it then
        pieces.close()  # type: ignore[attr-defined]
