"""What the page sends for a conversation, and what it keeps of an answer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.page.chat import Chat

USAGE = {"usage": {"prompt_tokens": 1}, "choices": []}


class Scripted:
    """Calls of a server that answers with these deltas, and then hangs or ends."""

    def __init__(self, *deltas: dict[str, Any], hangs: bool = False) -> None:
        self.deltas, self.hangs = deltas, hangs

    async def events(self, path: str, **sent: Any) -> AsyncIterator[dict[str, Any]]:
        for delta in self.deltas:
            yield {"choices": [{"delta": delta}]}
        if self.hangs:
            await asyncio.Event().wait()
        yield USAGE


def call(call_id: str, index: int) -> dict[str, Any]:
    function = {"name": "get_weather", "arguments": ""}
    return {"tool_calls": [{"index": index, "id": call_id, "type": "function", "function": function}]}


async def answer(chat: Chat, calls: Scripted) -> None:
    async for _ in chat.answer(calls, chat.body("", {})):  # type: ignore[arg-type]
        pass


async def test_what_follows_calls_are_their_results_one_by_one() -> None:
    chat = Chat()
    chat.add("How is the weather?")
    arguments = {"tool_calls": [{"index": 1, "function": {"arguments": '{"city": "Paris"}'}}]}
    await answer(chat, Scripted(call("a", 0), call("b", 1), arguments))
    assert [each["function"]["arguments"] for each in chat.last_calls] == ["", '{"city": "Paris"}']

    chat.add("sunny")
    assert chat.open_call
    chat.add("rainy")

    assert chat.open_call is None
    assert [(said["tool_call_id"], said["content"]) for said in chat.messages[-2:]] == [
        ("a", "sunny"),
        ("b", "rainy"),
    ]


@pytest.mark.parametrize(
    ("deltas", "kept"),
    [([], []), ([{"content": "Once"}], ["A story.", "Once"]), ([call("a", 0)], [])],
)
async def test_of_an_answer_that_is_stopped_its_words_stay(
    deltas: list[dict[str, Any]], kept: list[str]
) -> None:
    """A question without an answer went out again with the next one."""
    chat = Chat()
    chat.add("A story.")
    answering = asyncio.create_task(answer(chat, Scripted(*deltas, hangs=True)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    answering.cancel()
    await asyncio.wait([answering])

    assert [said["content"] for said in chat.messages] == kept
    assert chat.open_call is None


def test_the_same_as_code_is_python_that_compiles() -> None:
    chat = Chat()
    body = chat.body("You're brief.", {"temperature": 0})

    python, shell = chat.as_code(body, "http://localhost:8080/v1", "anything")

    compile(python, "snippet", "exec")
    assert "You'\\''re brief." in shell
    assert chat.messages == []
