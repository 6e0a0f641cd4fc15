"""A chat model: a template and an engine."""

from typing import Any

from server.chat.answer import Answer
from server.chat.messages import normalize
from server.chat.template import ChatTemplate
from server.engine.engine import Engine
from server.engine.sampling import SamplingParams


class ChatModel:
    """Answers messages, or goes on from a plain prompt."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._template = ChatTemplate(engine.model)

    def answer(
        self,
        messages: list[dict[str, Any]],
        params: SamplingParams,
        *,
        tools: list[dict[str, Any]] | None = None,
        max_tokens: int | None = None,
        stop: list[str],
    ) -> Answer:
        """Raises TemplateRefusal, UnsupportedContent or ContextLengthExceeded before anything is computed."""
        prompt = self._template.tokenize(normalize(messages), tools)
        return self._start(prompt, params, max_tokens, stop)

    def complete(self, prompt: str, params: SamplingParams, *, max_tokens: int, stop: list[str]) -> Answer:
        """Raises ContextLengthExceeded before anything is computed."""
        tokens = self.engine.model.tokenize(prompt, add_special=True, parse_special=True)
        return self._start(tokens, params, max_tokens, stop)

    def _start(
        self, prompt: list[int], params: SamplingParams, max_tokens: int | None, stop: list[str]
    ) -> Answer:
        return Answer(self.engine.submit(prompt, params, max_tokens), self.engine.model, stop)
