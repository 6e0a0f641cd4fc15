"""What a request is routed by."""

import json
from typing import Any

import pytest

from deploy.serve.asked import MOST_CHARACTERS, prompt_of

RULES = {"role": "system", "content": "Answer from the handbook. " * 20}
TOOLS = [{"type": "function", "function": {"name": "look_up"}}]


def prompt(**fields: Any) -> str:
    return prompt_of(json.dumps(fields).encode())


def test_a_second_turn_begins_as_the_first() -> None:
    first = [RULES, {"role": "user", "content": "When is lunch?"}]
    second = [*first, {"role": "assistant", "content": "At noon."}, {"role": "user", "content": "Where?"}]

    assert prompt(messages=second, tools=TOOLS).startswith(prompt(messages=first, tools=TOOLS))


def test_short_questions_have_nothing_in_common() -> None:
    """All began with "user: ", half of such a prompt, and a new replica was never asked."""
    texts = ("Hi", "When is lunch?")
    first, second = (prompt(messages=[{"role": "user", "content": text}]) for text in texts)

    assert first[0] != second[0]


def test_other_tools_are_another_prefix() -> None:
    assert not prompt(messages=[RULES], tools=TOOLS).startswith(prompt(messages=[RULES]))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"prompt": "Once upon"}, "Once upon"),
        ({"input": "Hi", "instructions": "Be brief."}, "Be brief.\nHi"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}, '"text": "Hi"'),
    ],
)
def test_every_route_has_its_text(fields: dict[str, Any], text: str) -> None:
    assert text in prompt(**fields)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b"[" * 100_000, b'{"messages": [7, null]}', b'{"messages": 7}']
)
def test_whatever_a_stranger_sends_has_a_text(body: bytes) -> None:
    """Ray's router divides by its length."""
    assert 0 < len(prompt_of(body)) <= MOST_CHARACTERS
