"""The compute thread."""

import concurrent.futures
import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")

log = logging.getLogger("server.engine")


class ModelUnloaded(Exception):
    """The model has left memory while somebody waited for it."""

    def __init__(self) -> None:
        super().__init__("the model was unloaded meanwhile. Ask again.")


class Stepper(Protocol):
    def step(self) -> bool:
        """Do a bounded piece of work; False if there was none."""

    def fail(self, error: Exception) -> None:
        """Give every request up, and be ready for the next."""

    def use_threads(self, most: int) -> None:
        """Compute with no more than so many from now on."""


class Worker:
    """One thread computes everything, and gives each stepper a turn, so that two models never fight for the cores.

    llama.cpp's helpers belong to the thread that computes: a second one would have helpers of its own, and OpenMP,
    with more threads than cores, puts them all to sleep at every barrier. So models are loaded here too, by `call`.
    `threads` says before each turn how many helpers find a core, itself among them.
    `failure` is what has ended the thread, if anything has; then every request fails at once.
    """

    def __init__(self, threads: Callable[[], int] | None = None) -> None:
        self.failure: Exception | None = None
        self._threads = threads
        self._steppers: list[Stepper] = []
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._work = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="compute", daemon=True)

    def call(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises on the compute thread."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)

        self._calls.put(run)
        self._begin()
        while not future.done():
            # Windows lets Ctrl-C through only between two waits.
            concurrent.futures.wait([future], timeout=0.5)
            if not self._thread.is_alive() and not future.done():
                raise RuntimeError("the compute thread has ended")
        return future.result()

    def start(self, *steppers: Stepper) -> None:
        """Give these their turns from now on, and no others."""
        self._steppers = list(steppers)
        self._begin()

    def wake(self) -> None:
        self._work.set()
        if self.failure:
            self._give_up(self.failure)

    def stop(self, timeout: float) -> bool:
        """Let the running step end; False if it has not after `timeout` seconds."""
        self._stopping = True
        self.wake()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _begin(self) -> None:
        if self._thread.ident is None:
            self._thread.start()
        self.wake()

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._work.clear()
                while not self._calls.empty():
                    self._calls.get()()
                if self._threads:
                    most = self._threads()
                    for stepper in self._steppers:
                        stepper.use_threads(most)
                worked = [self._turn(stepper) for stepper in self._steppers]
                if not any(worked):
                    self._work.wait()
        except Exception as error:
            log.exception("the compute thread has ended; restart the server")
            self.failure = error
            self._give_up(error)

    def _turn(self, stepper: Stepper) -> bool:
        try:
            return stepper.step()
        except Exception as error:
            log.exception("a step failed")
            stepper.fail(error)
            return True

    def _give_up(self, error: Exception) -> None:
        for stepper in self._steppers:
            with contextlib.suppress(Exception):
                stepper.fail(error)
