"""Calls as the grammar lets them be written, and as they are read again."""

import json
from collections.abc import Callable

import pytest
from byte_grammar import Grammar, plain

from server.chat.deltas import CallDelta
from server.chat.tool_calls.format import (
    HERMES,
    LLAMA,
    MISTRAL,
    MISTRAL_ARGS,
    QWEN_XML,
    ToolFormat,
    format_of,
)
from server.chat.tool_calls.grammar import UnsupportedTool, calls_grammar
from server.chat.tool_calls.parser import CallParser
from server.chat.tool_calls.tools import Tool

WEATHER = Tool(
    "get_weather",
    "",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city"],
    },
)
CLOCK = Tool("get", "", {"type": "object", "properties": {}})
TOOLS = (WEATHER, CLOCK)

JSON_FORMS = [HERMES, LLAMA, MISTRAL, MISTRAL_ARGS]
Follow = Callable[[str], Grammar]


def calls(form: ToolFormat, *, parallel: bool = True, tools: tuple[Tool, ...] = TOOLS) -> str:
    return calls_grammar(tools, form, plain, parallel=parallel).lark


def written(form: ToolFormat, *each: tuple[str, str]) -> str:
    one = [
        form.before_name + name + form.before_arguments + text + form.after_arguments for name, text in each
    ]
    return form.begin + form.separator.join(one) + form.end


def read(form: ToolFormat, text: str, step: int) -> list[CallDelta]:
    reader = CallParser(form, TOOLS)
    return [delta for at in range(0, len(text), step) for delta in reader.add(text[at : at + step])]


def joined(deltas: list[CallDelta]) -> list[tuple[str, str]]:
    result: list[tuple[str, str]] = []
    for delta in deltas:
        if delta.name is not None:
            assert delta.index == len(result)
            result.append((delta.name, ""))
        name, arguments = result[delta.index]
        result[delta.index] = (name, arguments + delta.arguments)
    return result


@pytest.mark.parametrize("form", JSON_FORMS)
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_what_a_form_writes_is_read_in_pieces_of_any_size(form: ToolFormat, step: int) -> None:
    given = [("get_weather", '{"city": "a \\"{b}\\" 北京"}'), ("get", "{}")]

    assert joined(read(form, written(form, *given), step)) == given


@pytest.mark.parametrize("form", JSON_FORMS)
def test_only_declared_names_and_fitting_arguments_can_be_written(form: ToolFormat, grammar: Follow) -> None:
    text = grammar(calls(form))
    assert (
        text.text == form.begin + form.before_name + "get"
    )  # both names begin like this: there is no choice
    assert text.allows("_")
    assert not text.allows("x")

    text.write("_")
    assert text.text.endswith(f"get_weather{form.before_arguments}" + '{"city": "')
    text.write('Oslo"')
    assert text.allows(",")
    text.write(",")
    assert text.text.endswith(', "days": ')
    assert text.allows("3")
    assert not text.allows('"')


def test_with_one_tool_everything_but_the_arguments_is_fast_forwarded(grammar: Follow) -> None:
    text = grammar(calls(HERMES, tools=(WEATHER,), parallel=False))

    assert text.text == '<tool_call>\n{"name": "get_weather", "arguments": {"city": "'
    text.write('Oslo"}')
    assert text.text.endswith("}}\n</tool_call>")
    assert text.may_end


def test_without_parallel_calls_the_answer_ends_after_one(grammar: Follow) -> None:
    one, several = (grammar(calls(HERMES, tools=(CLOCK,), parallel=parallel)) for parallel in (False, True))

    assert one.text == several.text == written(HERMES, ("get", "{}"))
    assert one.may_end and several.may_end
    assert not one.allows("\n")
    assert several.allows("\n")


def test_arguments_that_no_schema_mentions_cannot_be_written(grammar: Follow) -> None:
    text = grammar(calls(HERMES, tools=(WEATHER,))).write('Oslo",')

    assert text.text.endswith('"days": ')


def test_a_call_that_repeats_an_earlier_one_is_never_shown() -> None:
    """A half-billion-parameter model calls the same function with the same arguments until it is stopped."""
    call = ("get_weather", '{"city": "Oslo"}')
    reader = CallParser(HERMES, TOOLS)

    deltas = reader.add(written(HERMES, call, call, ("get", "{}")))

    assert joined(deltas) == [call]
    assert reader.repeats


def test_a_call_that_has_been_answered_is_not_made_again() -> None:
    call = ("get_weather", '{"city": "Oslo"}')
    reader = CallParser(HERMES, TOOLS, answered=[call])

    assert reader.add(written(HERMES, call)) == []
    assert reader.repeats and not reader.shown


def test_a_tool_that_is_used_up_is_not_called_again() -> None:
    answered = [("get_weather", '{"city": "Oslo"}')]
    reader = CallParser(HERMES, TOOLS, answered, used_up={"get_weather"})

    assert joined(reader.add(written(HERMES, ("get", "{}"), ("get_weather", '{"city": "Rome"}')))) == [
        ("get", "{}")
    ]
    assert reader.repeats


def test_a_second_call_shows_up_as_soon_as_it_differs() -> None:
    reader = CallParser(HERMES, TOOLS)
    reader.add(written(HERMES, ("get_weather", '{"city": "Oslo"}')) + HERMES.separator)

    assert reader.add('<tool_call>\n{"name": "get_weather", "arguments": {"city": "O') == []
    assert joined_second(reader.add("r")) == ("get_weather", '{"city": "Or')


def joined_second(deltas: list[CallDelta]) -> tuple[str | None, str]:
    assert {delta.index for delta in deltas} == {1}
    return deltas[0].name, "".join(delta.arguments for delta in deltas)


def test_xml_elements_become_json(grammar: Follow) -> None:
    text = grammar(calls(QWEN_XML, tools=(WEATHER,), parallel=False))
    text.write('Say "hi"\nto Oslo\n</parameter>\n').write("p").write("3")
    text.write("\n")

    [(name, arguments)] = joined(read(QWEN_XML, text.text, 5))
    assert name == "get_weather"
    assert json.loads(arguments) == {"city": 'Say "hi"\nto Oslo', "days": 3}


def test_parameters_that_cannot_be_enforced_are_refused_with_the_tool_and_the_keyword() -> None:
    parameters = {"type": "object", "properties": {"x": {"not": {"type": "string"}}}}
    tool = Tool("pick", "", parameters, strict=True)

    with pytest.raises(UnsupportedTool, match=r"'pick'.*not"):
        calls(HERMES, tools=(WEATHER, tool))


@pytest.mark.parametrize(
    ("template", "form"),
    [
        ("{% if tools %}<tool_call>{% endif %}", HERMES),
        ("{% if tools %}<tool_call>\n<function=example>{% endif %}", QWEN_XML),
        ("{% if tools %}[TOOL_CALLS] [{% endif %}", MISTRAL),
        ("{% if tools %}[TOOL_CALLS]{{ name }}[ARGS]{% endif %}", MISTRAL_ARGS),
        ("{% if tools %}<|python_tag|>{% endif %}", LLAMA),
        ("{{ messages }}", None),
    ],
)
def test_the_template_tells_the_form(template: str, form: ToolFormat | None) -> None:
    assert format_of(template) is form
