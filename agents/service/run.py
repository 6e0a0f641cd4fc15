"""An answer under way, in a thread of its own."""

import asyncio
import io
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from agents.runtime.program import approver, closed
from agents.runtime.steps import Step
from agents.runtime.trace import Trace
from agents.service.threads import Turn
from kit.api_problems import api_problems
from kit.problem import Problem

log = logging.getLogger("agents.service")

RUN_SECONDS = 900


@dataclass(frozen=True)
class Approval:
    """The agent waits for a yes or no."""

    id: str
    en: str
    zh: str


@dataclass(frozen=True)
class Ended:
    """The last event of every run."""

    outcome: Literal["complete", "cancelled", "failed"]
    problem: Problem | None = None


Event = Step | Approval | Ended


class Run:
    """One question to one agent. To be made on the event loop that reads its events.

    `steps` begins the conversation and asks; it is called on the run's own thread, and so is `keep`, once, with what
    happened. Then `forget` is called on the loop. Whoever stops reading before the end, or before an approval,
    cancels the run.
    """

    def __init__(
        self,
        thread: str,
        question: str,
        steps: Callable[[], Iterator[Step]],
        keep: Callable[[Turn], None],
        forget: Callable[[], object],
    ) -> None:
        self.id = str(uuid4())
        self.thread = thread
        self.approval: Approval | None = None
        self._question, self._steps, self._keep, self._forget = question, steps, keep, forget
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._cancelled = threading.Event()
        self._decided = threading.Event()
        self._approved = False
        self._limit = self._loop.call_later(RUN_SECONDS, self.cancel)
        self.done = asyncio.Event()
        threading.Thread(target=self._work, daemon=True).start()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    async def events(self) -> AsyncIterator[Event]:
        """What happens, up to an approval or the end. After an approval is decided, the rest."""
        read_on = True
        try:
            while read_on:
                event = await self._events.get()
                read_on = not isinstance(event, Approval | Ended)
                yield event
        finally:
            if read_on:
                self.cancel()

    def decide(self, approved: bool) -> None:
        """Answer the approval that the run waits for."""
        self.approval = None
        self._approved = approved
        self._decided.set()

    def cancel(self) -> None:
        """Stop: at once for whoever reads, for the model's server with its next token."""
        if not self._cancelled.is_set() and not self.done.is_set():
            self.approval = None
            self._cancelled.set()
            self._decided.set()
            self._events.put_nowait(Ended("cancelled"))

    def _work(self) -> None:
        approver.set(self._ask_person)
        written = io.StringIO()
        ended = Ended("complete")
        try:
            with api_problems(), closed(Trace(written).record(self._question, self._steps())) as steps:
                for step in steps:
                    if self._cancelled.is_set():
                        break
                    self._emit(step)
        except Problem as problem:
            ended = Ended("failed", problem)
        except Exception as error:
            log.exception("the agent failed")
            ended = Ended("failed", _mistake(error))
        try:
            self._keep([json.loads(line) for line in written.getvalue().splitlines()])
        except Exception as error:
            log.exception("the turn was not kept")
            ended = Ended("failed", _mistake(error))
        self._emit(ended, last=True)

    def _ask_person(self, en: str, zh: str) -> bool:
        if self._cancelled.is_set():
            return False
        self._decided.clear()
        self._approved = False
        self.approval = Approval(str(uuid4()), en, zh)
        self._emit(self.approval)
        self._decided.wait()
        return self._approved and not self._cancelled.is_set()

    def _emit(self, event: Event, last: bool = False) -> None:
        def on_loop() -> None:
            if last:
                self._limit.cancel()
                self.done.set()
                self._forget()
            self._events.put_nowait(event)

        try:
            self._loop.call_soon_threadsafe(on_loop)
        except RuntimeError:  # the service has stopped
            self._cancelled.set()


def _mistake(error: Exception) -> Problem:
    name = type(error).__name__
    return Problem(
        f"The agent failed ({name}). The service's output says where.",
        f"智能体出错（{name}），请查看服务的输出。",
    )
