"""Where talk ends and a call begins."""

import pytest

from server.chat.tool_calls.detector import CallDetector
from server.chat.tool_calls.format import HERMES, MINICPM, MISTRAL, ToolFormat

NAMES = ["get_weather", "get"]
STEPS = [1, 3, 1000]


def listen(text: str, step: int, form: ToolFormat = HERMES) -> tuple[str, bool]:
    opening, talk = CallDetector(form, NAMES), ""
    for at in range(0, len(text), step):
        talk += opening.add(text[at : at + step])
        if opening.found:
            return talk, True
    return talk + opening.flush(), False


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("before", "call"),
    [
        ("", '<tool_call>\n{"name": "get"'),
        ("Let me look.", '\n<tool_call>\n{"name": "get"'),
        ("", '```json\n{"name": "get_weather", "arguments": {"city": "Oslo"}}\n```'),
        ("Sure.", '\n\n```json\n{\n  "name": "get_weather",\n  "arguments": {\n    "city": "Oslo"}}'),
        ("", '{"name": "get", "parameters": {}}'),
        ("", '[{"name": "get", "arguments": {}}]'),
        ("", '{{"name": "get", "arguments": {}}}'),
        ("", '```json\n{\n  "name": "get"\n}\n```'),
        ("", '<tools>\n{"name":"get","arguments":{}}\n</tools>'),
        ("", '{"type": "function", "name": "get", "parameters": {}}'),
        ("Well.", '\n{"type": "function", "name": "get"}'),
        ("", '{"name": "get", "arguments": "{\\"city\\": \\"Oslo\\"}"}'),
        ("", '{"name": "get", "parameters": null}'),
        ("", '{"arguments": {"city": "}, {", "at": [{"x": 1}]}, "name": "get"}'),
        ("So:", '\n{"type": "function", "parameters": null, "name": "get"}'),
        ("", '```python\n{"name": "get", "arguments": {}}'),
        ("Look:", '\n```JSON\n{"name": "get", "arguments": {}}'),
        ("", '```tool_code\n[{"name": "get", "arguments": {}}]'),
        ("", '<tool_calls>\n[{"name": "get", "arguments": {}}]'),
        ("", '<TOOLCALL>[{"name": "get", "arguments": {}}]'),
        ("", '```xml\n<tool_call>\n{"name": "get"'),
    ],
)
def test_a_call_is_found_in_every_form_that_models_write(before: str, call: str, step: int) -> None:
    talk, found = listen(before + call, step)

    assert found
    assert talk.rstrip() == before


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "text",
    [
        "Hello, <b>world</b>.\n\n- one\n- two\n",
        '```json\n{"name": "Alice", "age": 30}\n```',
        'Look:\n{"name": "get_weather_of_mars", "arguments": {"city": "Oslo"}}',
        '{"name": "get_weather", "description": "a tool", "parameters": {"type": "object"}}',
        'An object such as {"name": "get", "arguments": {}} is a call.',
        '[{"arguments": {}}]\n```',
        "[1, 2, 3]",
        "a <tool",
        "```python\nprint('{')\n```\n",
        '{"arguments": {"city": "Oslo"}, "name": "get_weather_of_mars"}',
        '{"parameters": {"type": "object"}, "description": "a tool", "name": "get"}',
        '{"arguments": {"city": "Oslo',
        '{"type": "function", "description": "a tool", "name": "get"}',
        '{"arguments": ' + "[" * 9 + "]" * 9 + ', "name": "get"}',
        '{"arguments": {"text": "' + "long " * 500 + '"}, "name": "get"}',
    ],
)
def test_text_that_merely_looks_like_a_call_stays_text(text: str, step: int) -> None:
    assert listen(text, step) == (text, False)


@pytest.mark.parametrize("step", STEPS)
def test_an_answer_that_begins_with_a_declaration_begins_a_call(step: int) -> None:
    """Qwen2.5-Coder-1.5B repeats what the prompt tells of a tool, as a preface to calling it."""
    declaration = (
        '<tools>\n{"type": "function", "function": {"name": "get", "description": "Gets it."}}\n</tools>'
    )

    assert listen(declaration, step) == ("", True)
    assert listen(f"Like this:\n{declaration}", step) == (f"Like this:\n{declaration}", False)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "call",
    [
        '{"name": "get_weather_of_mars", "arguments": {"city": "Oslo"}}',
        '```json\n{\n  "name": "find_weather",\n  "parameters": {\n    "city": "Oslo"}}',
        '<tools>\n{"type": "function", "function": {"name": "find_weather", "description": "Finds it."}}',
    ],
)
def test_an_answer_that_begins_with_a_call_of_a_made_up_tool_is_no_talk(call: str, step: int) -> None:
    opening = CallDetector(HERMES, NAMES)

    assert "".join(opening.add(call[at : at + step]) for at in range(0, len(call), step)) == ""
    assert opening.found
    assert opening.undeclared


def test_marks_are_those_of_the_models_own_form() -> None:
    assert listen("[TOOL_CALLS][{", 1, MISTRAL) == ("", True)
    assert listen("[TOOL_CALLS][{", 1, HERMES) == ("[TOOL_CALLS][{", False)


def test_a_tag_around_a_mark_is_no_talk() -> None:
    assert listen('<tool_call>\n<function name="get">', 1, MINICPM) == ("", True)
    assert listen("<tool_call> is a tag", 1, MINICPM) == ("<tool_call> is a tag", False)


def test_talk_is_shown_as_soon_as_it_cannot_become_a_call() -> None:
    opening = CallDetector(HERMES, NAMES)

    assert opening.add("Hello <") == "Hello "
    assert opening.add("tool") == ""
    assert opening.add("box>") == "<toolbox>"
