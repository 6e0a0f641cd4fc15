"""All runs under way: how many at once, one a thread."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

from agents.runtime.steps import Agent, Step
from agents.service.run import Run
from agents.service.samples import Samples, memory_of, remember
from agents.service.threads import Thread, Threads, Turn

MOST_RUNS = 8
# How long the next question waits for a cancelled answer, which ends with the model's next token.
CANCEL_SECONDS = 30


class Busy(Exception):
    """As many runs are under way as there may be."""


class Occupied(Exception):
    """The thread is another agent's, or has a run already."""


class Runs:
    """To be used on the event loop alone."""

    def __init__(self, samples: Samples, threads: Threads) -> None:
        self._samples = samples
        self._threads = threads
        self._under_way: dict[str, Run | None] = {}

    async def start(self, agent: str, question: str, thread: str | None = None) -> Run:
        """Ask an agent, in a new thread or one that goes on. Raises `Busy`, `Occupied` and `ThreadsFull`."""
        thread = thread or str(uuid4())
        if (before := self._under_way.get(thread)) and before.cancelled:
            await asyncio.wait([asyncio.create_task(before.done.wait())], timeout=CANCEL_SECONDS)
        if thread in self._under_way:
            raise Occupied("This thread has a run already. Wait for its end, or cancel it.")
        if len(self._under_way) >= MOST_RUNS:
            raise Busy(f"{MOST_RUNS} runs are under way, as many as there may be. Try again in a moment.")
        self._under_way[thread] = None  # while the database is asked
        try:
            known = await asyncio.to_thread(self._known, agent, thread)
            run = self._under_way[thread] = self._run(agent, question, thread, known)
        except BaseException:
            del self._under_way[thread]
            raise
        return run

    def of(self, thread: str) -> Run | None:
        return self._under_way.get(thread)

    def cancel_all(self) -> None:
        for run in self._under_way.values():
            if run:
                run.cancel()

    async def all_done(self, seconds: float) -> None:
        """Wait until what happened in every run is kept, but no longer than so."""
        if waits := [asyncio.create_task(run.done.wait()) for run in self._under_way.values() if run]:
            await asyncio.wait(waits, timeout=seconds)

    def _known(self, agent: str, thread: str) -> Thread | None:
        known = self._threads.get(thread)
        if known and known.agent != agent:
            raise Occupied(f"This thread is {known.agent}'s. Begin a new one for {agent}.")
        self._threads.require_room(known)
        return known

    def _run(self, agent: str, question: str, thread: str, known: Thread | None) -> Run:
        memory = known.memory if known else {}
        made: list[Agent] = []

        def steps() -> Iterator[Step]:
            made.append(self._samples.start(agent, thread))
            remember(made[0], memory)
            yield from made[0].ask(question)

        def keep(turn: Turn) -> None:
            self._threads.add(thread, agent, turn, memory_of(made[0]) if made else memory)

        return Run(thread, question, steps, keep, forget=lambda: self._under_way.pop(thread))
