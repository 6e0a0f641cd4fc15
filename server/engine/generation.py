"""A request seen from outside the engine."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Token:
    """A token of an answer; its log-probability and those of the likeliest tokens in its place, if asked for."""

    id: int
    logprob: float | None = None
    top: tuple[tuple[int, float], ...] = ()


class Generation:
    """The tokens of one answer as they are made: `async for token in generation`.

    The model's own end-of-turn token is not among them. Afterwards `finish_reason` says why it ended.
    """

    def __init__(self, prompt_tokens: int, wake: Callable[[], None]) -> None:
        self.prompt_tokens = prompt_tokens
        self.cached_tokens = 0
        self.finish_reason: FinishReason | None = None
        self.cancelled = False
        self._wake = wake
        self._admitted = False
        self._loop = asyncio.get_running_loop()
        self._tokens: asyncio.Queue[Token | Exception | None] = asyncio.Queue()

    def cancel(self) -> None:
        """Give the engine's place back before its next step; harmless when the answer is complete."""
        self.cancelled = True
        self._wake()

    @property
    def waits(self) -> bool:
        """Whether the engine has not begun with it."""
        return not self._admitted

    async def __aiter__(self) -> AsyncIterator[Token]:
        while (item := await self._tokens.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    # The engine's side, called from its thread.

    def admitted(self, cached_tokens: int) -> None:
        """Note what of the prompt the cache spared; a sequence that is preempted and comes back spared nothing more."""
        if not self._admitted:
            # Tokens that a grammar leaves no choice about stand behind the prompt already.
            self._admitted, self.cached_tokens = True, min(cached_tokens, self.prompt_tokens)

    def put(self, token: Token) -> None:
        self._post(token)

    def finish(self, reason: FinishReason | None) -> None:
        self.finish_reason = reason
        self._post(None)

    def fail(self, error: Exception) -> None:
        self._post(error)

    def _post(self, item: Token | Exception | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._tokens.put_nowait, item)
        except RuntimeError:  # the event loop is closed: nobody listens any more
            self.cancelled = True
