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
