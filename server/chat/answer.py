"""An answer's text as it is written."""

from collections.abc import AsyncIterator
from typing import Literal

from server.chat.text import TextStream
from server.engine.generation import Generation
from server.engine.llama import Model

FinishReason = Literal["stop", "length"]


class Answer:
    """Turns a generation into pieces of text: `async for text in answer`.

    Leaving the loop early, for whatever reason, gives the engine's place back. `completion_tokens` counts on
    while the answer grows; `finish_reason` is set at its end.
    """

    def __init__(self, generation: Generation, model: Model, stop: list[str]) -> None:
        self.prompt_tokens = generation.prompt_tokens
        self.completion_tokens = 0
        self.finish_reason: FinishReason | None = None
        self._generation = generation
        self._model = model
        self._text = TextStream(stop)

    async def __aiter__(self) -> AsyncIterator[str]:
        try:
            async for token in self._generation:
                self.completion_tokens += 1
                if text := self._text.add(self._model.piece(token.id)):
                    yield text
                if self._text.stopped:
                    self.finish_reason = "stop"
                    return
            if rest := self._text.flush():
                yield rest
            self.finish_reason = "stop" if self._text.stopped else self._generation.finish_reason
        finally:
            self._generation.cancel()
