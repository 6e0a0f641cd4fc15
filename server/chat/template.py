"""The chat template that a GGUF file carries."""

import datetime
import json
from typing import Any, NoReturn

from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from server.chat.control_texts import CUT, ControlTexts
from server.engine.llama import Model

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class TemplateRefusal(Exception):
    """The template does not take these messages, for example because roles have to alternate."""


class ChatTemplate:
    """Renders messages to the prompt that the model was trained on.

    The template comes out of a downloaded file, so it runs in Jinja's sandbox. Names and filters are those that
    Hugging Face's transformers offers to chat templates. A file without a template gets ChatML.
    """

    def __init__(self, model: Model) -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
        )
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = _now
        self.source = model.chat_template() or CHATML
        self._template = environment.from_string(self.source)
        self._model = model
        self._control = ControlTexts(model.control_texts())
        self._bos = _text(model, model.bos)
        self._eos = _text(model, model.eos)

    def render(
        self,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]] | None = None,
        variables: dict[str, Any] | None = None,
    ) -> str:
        """The prompt, up to where the assistant begins to speak; `variables` are the template's own switches."""
        try:
            return self._template.render(
                {
                    **(variables or {}),
                    "messages": self._control.cut(messages),
                    "tools": self._control.cut(tools),
                    "add_generation_prompt": True,
                    "bos_token": self._bos,
                    "eos_token": self._eos,
                }
            )
        # A template is a program of somebody else's: it can fail on its input in any way.
        except Exception as error:
            raise TemplateRefusal(str(error)) from error

    def tokenize(self, prompt: str) -> list[int]:
        """Token ids of a rendered prompt. Control tokens are those that the template wrote."""
        # Many templates write the BOS token themselves, and the vocabulary would add a second one.
        add_special = not (self._bos and prompt.startswith(self._bos))
        first, *others = prompt.split(CUT)
        tokens = self._model.tokenize(first, add_special=add_special, parse_special=True)
        for text in others:
            tokens += self._model.tokenize(text, add_special=False, parse_special=True)
        return tokens


def _text(model: Model, token: int | None) -> str:
    return "" if token is None else model.piece(token, special=True).decode()


def _to_json(value: Any, indent: int | None = None, **_: Any) -> str:
    # Jinja's own filter escapes <, > and & for HTML.
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refuse(message: str) -> NoReturn:
    raise TemplateRefusal(message)


def _now(pattern: str) -> str:
    return datetime.datetime.now().strftime(pattern)
