"""The compute thread: turns, work handed to it, and what happens when something breaks."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

import pytest

from server.engine.worker import Worker


class Counter:
    """Does a number of steps, then has nothing to do; what it is told goes wrong raises."""

    def __init__(self, steps: int = 0, error: Exception | None = None) -> None:
        self.steps = steps
        self.done = 0
        self.threads: set[int] = set()
        self.most = 0
        self.errors: deque[Exception] = deque()
        self._error = error

    def step(self) -> bool:
        self.threads.add(threading.get_ident())
        if self._error:
            error, self._error = self._error, None
            raise error
        if self.done == self.steps:
            return False
        self.done += 1
        return True

    def fail(self, error: Exception) -> None:
        self.errors.append(error)

    def use_threads(self, most: int) -> None:
        self.most = most


class Broken(Counter):
    """Cannot even give up its requests."""

    def step(self) -> bool:
        raise ValueError("first")

    def fail(self, error: Exception) -> None:
        super().fail(error)
        raise RuntimeError("worse")


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    assert worker.stop(timeout=60)


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_both_steppers_work_on_the_thread_on_which_calls_run(worker: Worker) -> None:
    """Models loaded on another thread left OpenMP with two pools, and half of the speed."""
    thread = worker.call(threading.get_ident)
    chat, embedding = Counter(50), Counter(50)

    worker.start(chat, embedding)
    wait_until(lambda: chat.done == embedding.done == 50)

    assert chat.threads == embedding.threads == {thread}
    assert thread != threading.get_ident()


def test_a_call_raises_what_its_work_raises_and_the_thread_goes_on(worker: Worker) -> None:
    with pytest.raises(ZeroDivisionError):
        worker.call(lambda: 1 / 0)

    assert worker.call(lambda: 2 * 3) == 6


def test_a_step_that_fails_is_told_to_its_stepper_and_both_go_on(worker: Worker) -> None:
    """An unexpected error in the embedder ended the thread, and every client hung until its time limit."""
    error = KeyError("nobody expected this")
    chat, embedding = Counter(20), Counter(20, error)

    worker.start(chat, embedding)
    wait_until(lambda: chat.done == embedding.done == 20)

    assert list(embedding.errors) == [error]
    assert not chat.errors
    assert worker.failure is None


def test_a_thread_that_ended_says_so_and_lets_nobody_wait(worker: Worker) -> None:
    chat, broken = Counter(1), Broken()

    worker.start(chat, broken)
    wait_until(
        lambda: len(broken.errors) >= 2
    )  # by its own step, and as the thread ends, or before `start` returns
    told = len(chat.errors)
    worker.wake()  # a request comes in

    assert str(worker.failure) == "worse"
    assert told
    assert len(chat.errors) > told


def test_before_each_turn_a_stepper_learns_how_many_threads_find_a_core() -> None:
    free = [8]
    worker, counter = Worker(lambda: free[0]), Counter(1)
    worker.start(counter)
    wait_until(lambda: counter.most == 8)

    free[0] = 3
    worker.wake()

    wait_until(lambda: counter.most == 3)
    worker.stop(timeout=60)
