"""A template thinks, or does not, by whichever of its makers' names it is told so."""

from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from fakes.scripted_engine import ScriptedEngine, taught

from server.chat import chat_model
from server.chat.chat_model import ChatModel
from server.chat.deltas import ContentDelta, ReasoningDelta
from server.chat.output.thought_marks import KNOWN, ThoughtMarks
from server.chat.prompt.template import ChatTemplate
from server.chat.prompt.thinking import Thinking
from server.engine.llama.model import Model
from server.engine.sampling import SamplingParams

QUESTION = [{"role": "user", "content": "Hello."}]
OPEN, SHUT = "<think>", "<think></think>"
TEMPLATES = {
    "Qwen3": "{% if enable_thinking %}<think>{% else %}<think></think>{% endif %}",
    "Granite 3.3": "{% if thinking %}<think>{% else %}<think></think>{% endif %}",
    "MiniMax M3": "{% if thinking_mode == 'disabled' %}<think></think>{% else %}<think>{% endif %}",
    "Seed-OSS": "{% if thinking_budget is defined and thinking_budget == 0 %}<think></think>"
    "{% else %}<think>{% endif %}",
    "Cohere": "{% if reasoning_effort == 'none' %}<think></think>{% else %}<think>{% endif %}",
}


def prompt(template: str, asked: dict[str, Any], *, without: bool = False) -> str:
    model: Any = SimpleNamespace(
        path=Path("model.gguf"),
        bos=None,
        eos=None,
        chat_template=lambda: template,
        special_token_texts=list,
    )
    chat_template = ChatTemplate(model)
    thinking = Thinking(chat_template)
    variables = thinking.switched(asked)
    return chat_template.render(QUESTION, None, thinking.without(variables) if without else variables)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, SHUT),
        ({"enable_thinking": False}, SHUT),
        ({"enable_thinking": True, "reasoning_effort": "low"}, OPEN),
        ({"thinking": True, "reasoning_effort": "low"}, OPEN),
    ],
)
def test_all_names_are_one_switch(template: str, asked: dict[str, Any], told: str) -> None:
    assert prompt(template, asked) == told


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_an_answer_with_a_form_of_its_own_thinks_nothing(template: str) -> None:
    asked = {"enable_thinking": True, "reasoning_effort": "high"}

    assert prompt(template, asked, without=True) == SHUT


def test_a_template_that_knows_efforts_by_name_is_told_none_that_it_may_not_know() -> None:
    """gpt-oss would read of an effort `none`."""
    shown = "<think></think>{{ reasoning_effort|default('medium') }}"

    assert prompt(shown, {}).endswith("medium")
    assert prompt(shown, {"reasoning_effort": "high"}).endswith("high")


@pytest.fixture(scope="module")
def model(chat_file: Path) -> Model:
    return Model(chat_file)


@pytest.mark.parametrize("marks", KNOWN[:-1])
async def test_thoughts_between_a_makers_marks_are_no_content(model: Model, marks: ThoughtMarks) -> None:
    said = f"{marks.open}\nSix times seven.{marks.close}\n\nIt is 42."
    template = f"{{{{ messages[0].content }}}}{{# {marks.open} #}}"
    engine: Any = ScriptedEngine(taught(model, template), said)
    with mock.patch.object(chat_model, "GrammarCompiler"):
        chat = ChatModel(engine)
    plan = chat.plan(QUESTION, SamplingParams(), stop=[], variables={"enable_thinking": True})

    told: dict[type, str] = defaultdict(str)
    async for delta in chat.answer(plan):
        assert isinstance(delta, ContentDelta | ReasoningDelta)
        told[type(delta)] += delta.text

    assert told == {ReasoningDelta: "Six times seven.", ContentDelta: "It is 42."}
