"""The compute thread."""

import threading
from typing import Protocol


class Stepper(Protocol):
    def step(self) -> bool:
        """Do a bounded piece of work; False if there was none."""


class Worker:
    """One thread gives each stepper a turn, so that two models never fight for the cores."""

    def __init__(self) -> None:
        self._steppers: list[Stepper] = []
        self._work = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="compute", daemon=True)

    def start(self, *steppers: Stepper) -> None:
        self._steppers = list(steppers)
        self._thread.start()

    def wake(self) -> None:
        self._work.set()

    def stop(self, timeout: float) -> bool:
        """Let the running step end; False if it has not after `timeout` seconds."""
        self._stopping = True
        self.wake()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping:
            self._work.clear()
            worked = [stepper.step() for stepper in self._steppers]
            if not any(worked):
                self._work.wait()
