"""What a template leaves out or refuses is told in a way that it shows."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from server.chat.prompt.messages import normalize
from server.chat.prompt.telling import Telling
from server.chat.prompt.template import ChatTemplate
from server.chat.tool_calls.format import HERMES, LFM2, ToolFormat

CALLS = (
    "{% for c in m.tool_calls or [] %}[{{ c.function.name }} {{ c.function.arguments|tojson }}]{% endfor %}"
)
RULES = {"role": "system", "content": "Be kind."}
QUESTION = {"role": "user", "content": "What do they say?"}
ANSWER = {"role": "assistant", "content": "Woof."}


def calls(*arguments: str) -> list[dict[str, Any]]:
    """Calls in one message, the first with a word before it, and their results."""
    functions = [{"name": "look_up", "arguments": each} for each in arguments]
    made = [{"id": f"call_{i}", "type": "function", "function": each} for i, each in enumerate(functions)]
    results = [{"role": "tool", "tool_call_id": each["id"], "content": f"cry {each['id']}"} for each in made]
    return [{"role": "assistant", "content": "Well.", "tool_calls": made}, *results]


def told(body: str, messages: list[dict[str, Any]], form: ToolFormat = HERMES) -> str:
    """The prompt of a template that does this with each message `m`, on a line."""
    model: Any = SimpleNamespace(
        path=Path("model.gguf"),
        bos=None,
        eos=None,
        chat_template=lambda: f"{{% for m in messages %}}{body}{{{{ '\\n' }}}}{{% endfor %}}",
        special_token_texts=list,
    )
    template = ChatTemplate(model)
    return template.render(Telling(template, form).told(normalize(messages), None))


def test_a_template_that_shows_all_is_given_all_as_it_is() -> None:
    body = f"{{{{ m.role }}}}: {{{{ m.content }}}}{CALLS}"
    prompt = told(body, [RULES, QUESTION, *calls("{}", "{}"), ANSWER, RULES, QUESTION])

    assert prompt.count("system: Be kind.") == 2
    assert "assistant: Well.[look_up {}][look_up {}]\ntool: cry call_0\ntool: cry call_1\n" in prompt


@pytest.mark.parametrize(
    "one_call",
    [
        "{% if m.tool_calls and m.tool_calls|length > 1 %}{{ raise_exception('one at once') }}{% endif %}"
        + CALLS,
        CALLS.replace("m.tool_calls or []", "(m.tool_calls or [])[:1]"),
    ],
)
def test_calls_that_are_refused_or_lost_side_by_side_come_one_after_the_other(one_call: str) -> None:
    prompt = told(
        f"{{{{ m.role }}}}: {{{{ m.content }}}}{one_call}", [QUESTION, *calls('{"a": 1}', '{"a": 2}')]
    )

    assert prompt.splitlines()[1:] == [
        'assistant: Well.[look_up {"a": 1}]',
        "tool: cry call_0",
        'assistant: [look_up {"a": 2}]',
        "tool: cry call_1",
    ]


def test_calls_that_are_lost_are_written_in_the_models_form() -> None:
    prompt = told("{{ m.role }}: {{ m.content }}", [QUESTION, *calls('{"a": 1}')], LFM2)

    assert "assistant: Well.\n<|tool_call_start|>[look_up(a=1)]<|tool_call_end|>\ntool: cry call_0" in prompt


def test_results_that_are_lost_are_the_users_words() -> None:
    body = f"{{% if m.role != 'tool' %}}{{{{ m.role }}}}: {{{{ m.content }}}}{CALLS}{{% endif %}}"
    prompt = told(body, [QUESTION, *calls("{}", "{}")])

    assert prompt.count("user: ") == 2  # no user after a user
    assert "cry call_0" in prompt
    assert "cry call_1" in prompt


@pytest.mark.parametrize("arguments", ['{"word": "bar', '["bark"]', '"bark"', "7" * 5_000])
def test_arguments_that_are_no_object_are_shown_to_a_template_that_takes_nothing_else(arguments: str) -> None:
    items = (
        "{% for c in m.tool_calls or [] %}{{ c.function.name }}{% for k, v in c.function.arguments|items %}"
    )
    shown = told(
        f"{{{{ m.content }}}}{items} {{{{ k }}}}={{{{ v }}}}{{% endfor %}}{{% endfor %}}", calls(arguments)
    )

    assert f"look_up not_an_object={arguments}" in shown


@pytest.mark.parametrize(
    "late",
    [
        "{% if m.role == 'system' and not loop.first %}{{ raise_exception('first') }}{% endif %}",
        "{% if m.role == 'system' and not loop.first %}{% continue %}{% endif %}",
    ],
)
def test_rules_that_come_late_stand_before_the_next_question(late: str) -> None:
    prompt = told(late + "{{ m.role }}: {{ m.content }}", [RULES, QUESTION, ANSWER, RULES, QUESTION])

    assert prompt.startswith("system: Be kind.\nuser: What")
    assert prompt.endswith("assistant: Woof.\nuser: Be kind.\n\nWhat do they say?\n")


def test_rules_at_the_end_are_the_users_last_words() -> None:
    late = "{% if m.role == 'system' %}{{ raise_exception('none') }}{% endif %}"
    prompt = told(late + "{{ m.role }}: {{ m.content }}", [QUESTION, ANSWER, RULES])

    assert prompt.endswith("assistant: Woof.\nuser: Be kind.\n")


def test_rules_behind_a_question_are_a_part_of_it() -> None:
    """Gemma's templates take no user after a user."""
    late = "{% if m.role == 'system' %}{{ raise_exception('none') }}{% endif %}"
    prompt = told(late + "{{ m.role }}: {{ m.content }}", [QUESTION, RULES])

    assert prompt.startswith("user: What")
    assert prompt.count("user:") == 1
    assert prompt.endswith("\n\nBe kind.\n")


def test_rules_that_are_lost_before_results_stand_in_the_question() -> None:
    """Mistral Nemo's template shows them where the user speaks last of all."""
    lost = "{% if m.role == 'system' and messages[-1].role != 'user' %}{% continue %}{% endif %}"
    prompt = told(f"{lost}{{{{ m.role }}}}: {{{{ m.content }}}}{CALLS}", [RULES, QUESTION, *calls("{}")])

    assert prompt.startswith("user: Be kind.\n\nWhat do they say?\n")


def beside(words: str, shown: str) -> str:
    """A template that shows words or calls of a message, the calls where there are some."""
    return f"{{{{ m.role }}}}: {{% if m.tool_calls %}}{shown}{{% else %}}{words}{{% endif %}}"


def test_words_that_are_lost_beside_a_call_stand_before_it() -> None:
    """Llama 3's template, Hermes' and Mistral's show one or the other."""
    prompt = told(beside("{{ m.content }}", CALLS), [QUESTION, *calls('{"a": 1}')])

    assert prompt.splitlines()[1:] == [
        "assistant: Well.",
        'assistant: [look_up {"a": 1}]',
        "tool: cry call_0",
    ]


def test_words_beside_a_call_are_kept_where_user_and_assistant_have_to_alternate() -> None:
    """Mistral's template does not count calls as turns, but words."""
    counted = (
        "{% set turns = namespace(n=0) %}{% for t in messages[:loop.index] %}"
        "{% if t.role == 'user' or t.role == 'assistant' and not t.tool_calls %}{% set turns.n = turns.n + 1 %}"
        "{% endif %}{% endfor %}"
    )
    in_turn = (
        "{% if m.role != 'tool' and not m.tool_calls and (m.role == 'user') != (turns.n % 2 == 1) %}"
        "{{ raise_exception('in turn') }}{% endif %}"
    )
    body = counted + in_turn + beside("{{ m.content }}", CALLS)
    prompt = told(body, [QUESTION, *calls("{}"), ANSWER, QUESTION])

    assert [word for word in ("Well.", "look_up", "cry call_0", "Woof.") if word not in prompt] == []


@pytest.mark.parametrize(
    "alone",
    [
        "{% if m.role == 'tool' and not (loop.previtem and loop.previtem.tool_calls) %}{% continue %}{% endif %}",
        "{% if m.role == 'tool' and not (loop.previtem and loop.previtem.tool_calls) %}"
        "{{ raise_exception('no call') }}{% endif %}",
    ],
)
def test_results_without_their_call_are_the_users_words(alone: str) -> None:
    [_, result] = calls("{}")
    body = f"{alone}{{{{ m.role }}}}: {{{{ m.content }}}}{CALLS}"

    assert told(body, [QUESTION, result]).count("user: ") == 1
    assert "cry call_0" in told(body, [QUESTION, result, ANSWER, QUESTION])
    assert "tool: cry call_0" in told(body, [QUESTION, *calls("{}")])


def test_a_list_without_calls_is_no_list_of_calls() -> None:
    """Some clients send one with every message; Llama 3's template counts it, Hermes' takes it for calls."""
    one_at_once = (
        "{% if m.tool_calls is defined and m.tool_calls|length != 1 %}{{ raise_exception('one') }}{% endif %}"
    )

    assert "assistant: Woof." in told(
        one_at_once + "{{ m.role }}: {{ m.content }}" + CALLS, [QUESTION, {**ANSWER, "tool_calls": []}]
    )


def test_a_refusal_is_what_the_assistant_said() -> None:
    refused = {"role": "assistant", "content": None, "refusal": "I will not."}

    assert "assistant: I will not." in told("{{ m.role }}: {{ m.content }}", [QUESTION, refused, QUESTION])


IN_TURN = (
    "{% if loop.previtem and loop.previtem.role == m.role or loop.first and m.role == 'assistant' %}"
    "{{ raise_exception('in turn') }}{% endif %}{{ m.role }}: {{ m.content }}"
)


@pytest.mark.parametrize(
    ("messages", "lines"),
    [
        ([QUESTION, QUESTION], ["user: What do they say?", "", "What do they say?"]),
        ([QUESTION, ANSWER, ANSWER], ["user: What do they say?", "assistant: Woof.", "", "Woof."]),
        ([ANSWER, QUESTION], ["user: ", "assistant: Woof.", "user: What do they say?"]),
        (
            [QUESTION, {**ANSWER, "content": ""}, QUESTION],
            ["user: What do they say?", "", "What do they say?"],
        ),
    ],
)
def test_roles_alternate_where_they_have_to(messages: list[dict[str, Any]], lines: list[str]) -> None:
    assert told(IN_TURN, messages).splitlines() == lines
    assert told("{{ m.role }}: {{ m.content }}", messages).count(": ") == len(messages)


def test_rules_alone_are_the_users_words_where_nothing_else_is_taken() -> None:
    body = "{% if messages|rejectattr('role', 'equalto', 'system')|list|length == 0 %}{{ raise_exception('none') }}"

    assert told(body + "{% endif %}{{ m.role }}: {{ m.content }}", [RULES]) == "user: Be kind.\n"
