"""The chat template that a GGUF file carries."""

import datetime
import json
from collections.abc import Collection
from typing import Any, NoReturn

from kit.problem import Problem
from server.chat.prompt.limits.weight import MAX_CHARACTERS, TooMuch
from server.chat.prompt.sandbox import MAX_SOURCE, BoundedSandbox
from server.chat.prompt.special_tokens import CUT, SpecialTokens
from server.engine.llama.model import Model

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class TemplateRefusal(Exception):
    """The template does not take these messages, for example because roles have to alternate."""


class ChatTemplate:
    """Renders messages to the prompt that the model was trained on.

    The template comes out of a downloaded file, so it runs in a sandbox. Names and filters are those that
    Hugging Face's transformers offers to chat templates. A file without a template gets ChatML. Raises `Problem` for
    a template that does not parse, or that no bounds of the sandbox suffice for.
    """

    def __init__(self, model: Model) -> None:
        self._environment = environment = BoundedSandbox({"tojson": _to_json})
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = _now
        try:
            self.source = model.chat_template() or CHATML
            if len(self.source) > MAX_SOURCE:
                raise TooMuch(f"it has {len(self.source):,} characters; {MAX_SOURCE:,} is the most.")
            self._template = environment.from_string(self.source)
        # A template is a program of somebody else's: it can be wrong in any way.
        except Exception as error:
            raise _unusable(model, error) from None
        self._model = model
        self._special_tokens = SpecialTokens(model.special_token_texts())
        self._bos = _text(model, model.bos)
        self._eos = _text(model, model.eos)
        try:
            self.render([{"role": "user", "content": "Hello."}])
        except TemplateRefusal as refusal:
            if isinstance(refusal.__cause__, TooMuch):
                raise _unusable(model, refusal) from None

    def render(
        self,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]] | None = None,
        variables: dict[str, Any] | None = None,
        *,
        opens: bool = True,
    ) -> str:
        """The prompt, up to where the assistant begins to speak, or, unless it `opens` an answer, to the end of what
        has been said; `variables` are the template's own switches."""
        try:
            return self._render(messages, tools, variables or {}, opens)
        except TemplateRefusal as refusal:
            if tools is not None or isinstance(refusal.__cause__, TooMuch):
                raise
            # Some walk through the tools without a look at whether there are any.
            return self._render(messages, [], variables or {}, opens)

    def shows(
        self,
        texts: Collection[str],
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]] | None = None,
    ) -> bool:
        """Whether the prompt of these messages holds all these texts."""
        try:
            prompt = self.render(messages, tools)
        except TemplateRefusal:
            return False
        return all(text in prompt for text in texts)

    def tokenize(self, prompt: str) -> list[int]:
        """Token ids of a rendered prompt. Special tokens are those that the template wrote."""
        # Many templates write the BOS token themselves, and the vocabulary would add a second one.
        add_special = not (self._bos and prompt.startswith(self._bos))
        first, *others = prompt.split(CUT)
        tokens = self._model.tokenize(first, add_special=add_special, parse_special=True)
        for text in others:
            tokens += self._model.tokenize(text, add_special=False, parse_special=True)
        return tokens

    def _render(
        self,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]] | None,
        variables: dict[str, Any],
        opens: bool,
    ) -> str:
        try:
            if _characters(messages) > MAX_CHARACTERS:
                raise TooMuch(f"they hold more than {MAX_CHARACTERS:,} characters.")
            return self._environment.bounded(
                self._template,
                {
                    **variables,
                    "messages": self._special_tokens.cut(messages),
                    "tools": self._special_tokens.cut(tools),
                    "add_generation_prompt": opens,
                    "bos_token": self._bos,
                    "eos_token": self._eos,
                },
            )
        # A template is a program of somebody else's: it can fail on its input in any way.
        except Exception as error:
            raise TemplateRefusal(str(error) or type(error).__name__) from error


def _unusable(model: Model, error: Exception) -> Problem:
    said = " ".join(f"{error or type(error).__name__}".split())[:300]
    return Problem(
        f"The chat template in {model.path} cannot be used: {said} Choose another model, or another file of this one.",
        f"{model.path} 中的聊天模板无法使用：{said} 请换一个模型，或换这个模型的其他文件。",
    )


def _characters(value: Any) -> int:
    """How long all texts inside are together."""
    if isinstance(value, str):
        return len(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(_characters, inside))


def _text(model: Model, token: int | None) -> str:
    return "" if token is None else model.piece(token, special=True).decode(errors="replace")


def _to_json(value: Any, indent: int | None = None, **_: Any) -> str:
    # Jinja's own filter escapes <, > and & for HTML.
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refuse(message: str) -> NoReturn:
    raise TemplateRefusal(message)


def _now(pattern: str) -> str:
    return datetime.datetime.now().strftime(pattern)
