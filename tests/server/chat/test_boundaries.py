"""Where a prompt is cut for those that come later, on models that can be taken up at such places only."""

import copy
from pathlib import Path
from typing import Any

import pytest

from server.chat.chat_model import ChatModel
from server.engine.llama.model import Model
from server.engine.sampling import SamplingParams
from tests.fakes.scripted_engine import ScriptedEngine, taught

THINKS = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"
)
RULES = {"role": "system", "content": "You are the assistant of a museum."}


class Hybrid(Model):
    forgets_by_position = False  # type: ignore[assignment]


@pytest.fixture(scope="module")
def chat(chat_file: Path) -> ChatModel:
    model = taught(Model(chat_file), THINKS)
    model.__class__ = Hybrid
    engine: Any = ScriptedEngine(model, "")
    return ChatModel(engine)


def plan(chat: ChatModel, *messages: dict[str, str]) -> tuple[list[int], tuple[int, ...]]:
    plan = chat.plan(list(messages), SamplingParams(), stop=[])
    return plan.prompt, plan.boundaries


def said(chat: ChatModel, tokens: list[int]) -> str:
    return b"".join(chat.engine.model.piece(token, special=True) for token in tokens).decode()


def test_a_prompt_is_cut_after_the_rules_and_before_the_thoughts(chat: ChatModel) -> None:
    prompt, (after_rules, before_thoughts) = plan(
        chat, RULES, {"role": "user", "content": "When is it open?"}
    )

    assert said(chat, prompt[:after_rules]).endswith("museum.<|im_end|>\n<|im_start|>user\n")
    assert said(chat, prompt[:before_thoughts]).endswith("When is it open?<|im_end|>\n")


def test_the_next_turn_which_has_no_thoughts_has_all_before_the_cut(chat: ChatModel) -> None:
    question = {"role": "user", "content": "When is it open?"}
    first, (_, cut) = plan(chat, RULES, question)
    answer = {"role": "assistant", "content": "At nine."}
    second, _ = plan(chat, RULES, question, answer, {"role": "user", "content": "And on Sunday?"})

    assert second[:cut] == first[:cut]
    assert second[: len(first)] != first


def test_a_model_that_can_be_taken_up_anywhere_needs_no_cuts(chat: ChatModel, chat_file: Path) -> None:
    engine: Any = copy.copy(chat.engine)
    engine.model = taught(Model(chat_file), THINKS)

    assert plan(ChatModel(engine), RULES, {"role": "user", "content": "Hi"})[1] == ()
