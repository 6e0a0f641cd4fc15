"""Every chat template that llama.cpp collects: its prompts hold all that was said, or it is refused with a reason.

They come out of the sources of llama-cpp-python: from the folder that LLAMA_CPP_TEMPLATES names, or by pip.
"""

import os
import subprocess
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from llama_cpp import __version__

from server.api.identifiers import call_id
from server.chat import chat_model
from server.chat.chat_model import ChatModel
from server.chat.prompt.messages import normalize
from server.chat.prompt.template import TemplateRefusal
from server.chat.tool_calls import format as forms
from server.chat.tool_calls.tools import Tool, Toolbox

pytestmark = pytest.mark.real

TOOL = Tool(
    "book_room",
    "Books a room.",
    {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "Where."}, "days": {"type": "integer"}},
        "required": ["city"],
    },
)
RULES = {"role": "system", "content": "Rules come first."}
QUESTION = {"role": "user", "content": "A room in Oslo?"}


def conversation(*arguments: str) -> list[dict[str, Any]]:
    """Calls with these arguments in one message, with identifiers as the server makes them, and their results."""
    functions = [{"name": "book_room", "arguments": each} for each in arguments]
    calls = [{"id": call_id(), "type": "function", "function": function} for function in functions]
    results = [
        {"role": "tool", "content": f"Room {12 + i} is yours.", "tool_call_id": each["id"]}
        for i, each in enumerate(calls)
    ]
    return [RULES, QUESTION, {"role": "assistant", "content": None, "tool_calls": calls}, *results]


OSLO, RIO = '{"city": "Oslo-City", "days": 3}', '{"city": "Rio-City"}'
DONE: list[dict[str, Any]] = [{"role": "assistant", "content": "Done."}, {"role": "user", "content": "Ta"}]
SAID = conversation(OSLO)
SAID[2]["content"] = "Let me see."
TURNS: dict[str, list[dict[str, Any]]] = {
    "question": [QUESTION],
    "rules": [RULES, QUESTION],
    "turns": [RULES, QUESTION, *DONE],
    "late rules": [RULES, QUESTION, DONE[0], {"role": "system", "content": "Be brief now."}, DONE[1]],
    "call": conversation(OSLO),
    "two calls": conversation(OSLO, RIO),
    "call after call": [*conversation(OSLO), *conversation(RIO)[2:]],
    "call and turns": [*conversation(OSLO), *DONE],
    "two calls and turns": [*conversation(OSLO, RIO), *DONE],
    "call that was cut": conversation('{"city": "Oslo-City'),
    "call with a list": conversation('["Oslo-City"]'),
    "words and call": SAID,
    "words, call and turns": [*SAID, *DONE],
    "call without result": conversation(OSLO)[:-1],
    "call that the user broke off": [*conversation(OSLO)[:-1], DONE[1]],
    "result that the user answers": [*conversation(OSLO), DONE[1], *DONE],
    "result without call": [QUESTION, conversation(OSLO)[-1], *DONE],
    "result of another call": [*conversation(OSLO), conversation(OSLO, RIO)[-1]],
    "no calls": [QUESTION, {**DONE[0], "tool_calls": []}, DONE[1]],
    "refusal": [QUESTION, {"role": "assistant", "content": None, "refusal": "Never."}, DONE[1]],
    "rules alone": [RULES],
    "stretches": [QUESTION, DONE[1], DONE[0], DONE[0], DONE[1]],
    "greeting": [DONE[0], QUESTION],
    "nothing said": [QUESTION, {"role": "assistant", "content": None}, DONE[1]],
}
# What these refuse, in their own words or for want of what only their makers' programs give them.
REFUSALS = {
    "fireworks-ai-llama-3-firefunction-v2": "functions",
}
# In these a thought begins or ends otherwise than between the usual marks.
THOUGHTS = {
    "google-gemma-4-31B-it": "<|channel>thought",
    "mistralai-Ministral-3-14B-Reasoning-2512": "[THINK]",
    "ByteDance-Seed-OSS": "<seed:think>",
    "Cohere2MoE": "<|START_THINKING|>",
    "MiniMax-M3": "<mm:think>",
    "Apertus-8B-Instruct": "<|inner_prefix|>",
    "Qwen-Qwen3-0.6B": "<think>",
}
# How the prompt ends for who asks for no thoughts.
UNASKED = {
    "Qwen-Qwen3-0.6B": "<think>\n\n</think>",
    "google-gemma-4-31B-it": "<|channel>thought\n<channel|>",
    "ByteDance-Seed-OSS": "</seed:think>",
    "Cohere2MoE": "<|START_THINKING|><|END_THINKING|>",
    "Kimi-K3": "<|open|>response<|sep|>",
    "MiniMax-M3": "</mm:think>",
    "deepseek-ai-DeepSeek-V3.1": "</think>",
    "ibm-granite-granite-3.3-2B-Instruct": "<|end_of_role|>",
}
# Which form each of the others is read in; all that are not here are told to write that of Hermes.
FORMS = {
    "LFM2-8B-A1B": "LFM2",
    "LFM2.5-8B-A1B": "LFM2",
    "LFM2.5-Instruct": "LFM2",
    "openbmb-MiniCPM5-1B": "MINICPM",
    "google-gemma-4-31B-it": "GEMMA",
    "google-gemma-4-31B-it-interleaved": "GEMMA",
    "ibm-granite-granite-3.3-2B-Instruct": "GRANITE",
    "ibm-granite-granite-4.1": "HERMES",
    "Qwen-Qwen3-0.6B": "HERMES",
    "Qwen3.5-4B": "QWEN_XML",
    "Qwen3-Coder": "QWEN_XML",
    "mistralai-Mistral-Nemo-Instruct-2407": "MISTRAL",
    "mistralai-Ministral-3-14B-Reasoning-2512": "MISTRAL_ARGS",
    "meta-llama-Llama-3.2-3B-Instruct": "LLAMA",
}


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest) -> Path:
    if named := os.environ.get("LLAMA_CPP_TEMPLATES"):
        return Path(named)
    kept = Path(request.config.cache.mkdir("llama_cpp_templates")) / __version__  # type: ignore[union-attr]
    if not kept.exists():
        command = ["download", f"llama-cpp-python=={__version__}", "--no-deps", "--no-binary", ":all:"]
        try:
            subprocess.run(
                [sys.executable, "-m", "pip", *command, "--dest", str(kept.parent)],
                check=True,
                capture_output=True,
                timeout=300,
            )
            [archive] = kept.parent.glob("*.tar.gz")
        except (subprocess.SubprocessError, ValueError) as error:
            pytest.skip(f"no package index gives the sources: {error}")
        kept.mkdir()
        with tarfile.open(archive) as sources:
            for member in sources:
                if "/models/templates/" in member.name and member.name.endswith(".jinja"):
                    data = sources.extractfile(member)
                    assert data
                    (kept / Path(member.name).name).write_bytes(data.read())
        archive.unlink()
    return kept


def chat(path: Path) -> ChatModel:
    """A chat model with this template, and a vocabulary of letters."""
    model = SimpleNamespace(
        path=path,
        bos=1,
        eos=2,
        forgets_by_position=True,
        chat_template=lambda: path.read_text(encoding="utf-8"),
        special_token_texts=list,
        piece=lambda token, special=False: {1: b"<s>", 2: b"</s>"}[token],
        tokenize=lambda text, **_: list(text.encode()),
    )
    engine: Any = SimpleNamespace(model=model, n_ctx=100_000)
    with mock.patch.object(chat_model, "GrammarCompiler"):
        return ChatModel(engine)


def prompts(model: ChatModel, messages: list[dict[str, Any]]) -> list[str]:
    """With tools and without, thinking and not."""
    return [
        model._prompts.text(normalize(messages), tools, variables, may_think=True)
        for tools in (Toolbox((TOOL,), (TOOL,)), None)
        for variables in ({}, {"enable_thinking": True}, {"enable_thinking": False})
    ]


def test_every_prompt_holds_all_that_was_said_or_is_refused_with_a_reason(folder: Path) -> None:
    files = sorted(folder.glob("*.jinja"))
    assert len(files) > 60
    lost: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for path in files:
        model = chat(path)
        for name, messages in TURNS.items():
            try:
                told = prompts(model, messages)
            except TemplateRefusal as refusal:
                refused[path.stem] = str(refusal)
                continue
            wanted = [message.get("refusal") or message["content"] or "" for message in messages]
            wanted += [word for word in ("book_room", "Oslo-City", "Rio-City") if word in str(messages)]
            missing = [text for text in wanted for prompt in told if text not in prompt]
            if missing:
                lost[f"{path.stem}, {name}"] = set(missing)

    assert not lost
    assert refused.keys() == REFUSALS.keys()
    assert all(reason in refused[name] for name, reason in REFUSALS.items())


def test_each_template_has_its_form(folder: Path) -> None:
    for name, form in FORMS.items():
        model = chat(folder / f"{name}.jinja")
        assert model._form is getattr(forms, form), name
        if (
            name == "mistralai-Mistral-Nemo-Instruct-2407"
        ):  # it puts an identifier beside, which the model does not write
            continue
        told = model._prompts.text(normalize(TURNS["call"]), Toolbox((TOOL,), (TOOL,)), {}, may_think=True)
        written = model._form.write([("book_room", {"city": "Oslo-City", "days": 3})])
        assert written in told or written.replace('"', "'") in told, name


def test_thoughts_are_told_by_each_makers_marks(folder: Path) -> None:
    for name, mark in THOUGHTS.items():
        model = chat(folder / f"{name}.jinja")
        assert model.can_think
        assert model._thinking.marks.open == mark, name
    assert not chat(folder / "Qwen-Qwen2.5-7B-Instruct.jinja").can_think


def test_thoughts_come_when_they_are_asked_for_by_whatever_name_a_template_has_for_it(folder: Path) -> None:
    for name, end in UNASKED.items():
        model = chat(folder / f"{name}.jinja")
        off, on = (
            model._prompts.text([QUESTION], None, model._thinking.switched(variables), may_think=True)
            for variables in ({}, {"enable_thinking": True, "reasoning_effort": "high"})
        )
        assert off.rstrip().endswith(end), name
        assert off != on, name


def test_a_parameter_of_several_types_is_shown_by_every_template(folder: Path) -> None:
    """Hermes' templates walked in a circle."""
    note = {"type": "object", "properties": {"note": {"type": ["string", "null"], "description": "Any."}}}
    tool = Tool("leave_note", "Leaves a note.", note)
    for path in folder.glob("*.jinja"):
        if path.stem not in REFUSALS:
            text = chat(path)._prompts.text([QUESTION], Toolbox((tool,), (tool,)), {}, may_think=True)
            assert "leave_note" in text, path.stem
