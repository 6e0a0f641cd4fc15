"""Answers of the Documents tab, over the server's routes, without a server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from server.page.answer import Asked

POINT = {
    "source": "Lunch on Sunday is at 12:15 in the courtyard.",
    "filename": "meals.md",
    "title": "Meals",
    "heading": "Meals",
    "page": None,
    "date": "",
    "score": 0.9,
    "relevance": 0.8,
}
QUESTION = "When is lunch on Sunday?"


class Scripted:
    """The routes, and a model that writes these words and then hangs or ends."""

    def __init__(self, *words: str, hangs: bool = False) -> None:
        self.words, self.hangs = words, hangs
        self.asked: list[tuple[str, Any]] = []
        self.closed = asyncio.Event()

    async def __call__(self, method: str, path: str, json: Any) -> Any:
        self.asked.append((path, json))
        return {"points": [POINT]}

    async def events(self, path: str, json: Any) -> AsyncIterator[dict[str, Any]]:
        self.asked.append((path, json))
        try:
            for word in self.words:
                yield {"choices": [{"delta": {"content": word}}]}
            if self.hangs:
                await asyncio.Event().wait()
        finally:
            self.closed.set()


async def test_an_answer_has_its_sources_with_the_sentence_that_bears_it_out() -> None:
    calls = Scripted("Lunch on Sunday ", "is at 12:15 ", "[1].")
    asked = Asked(calls, QUESTION)  # type: ignore[arg-type]

    text = "".join([piece async for piece in asked])

    assert text == "Lunch on Sunday is at 12:15 [1]."
    assert list(asked.sources()) == [(1, "meals.md · Meals", POINT["source"], POINT["source"])]
    assert [path for path, _ in calls.asked] == ["/v1/retrieve", "/v1/chat/completions"]


async def test_who_stops_an_answer_ends_the_request_for_it() -> None:
    calls = Scripted("Lunch on Sunday is at noon, or so it was said to me. ", hangs=True)
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in Asked(calls, QUESTION):  # type: ignore[arg-type]
            begun.set()

    reading = asyncio.create_task(read())
    await asyncio.wait_for(begun.wait(), 60)
    reading.cancel()

    await asyncio.wait_for(calls.closed.wait(), 60)
    assert list(Asked(calls, QUESTION).sources()) == []  # type: ignore[arg-type]
