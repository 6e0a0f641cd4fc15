"""A Python program that stays and answers: in it, a crash or a minute of work harms nobody."""

import contextlib
import itertools
import os
import queue
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterable

if sys.platform == "win32":
    BELOW_NORMAL_PRIORITY = subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
else:
    BELOW_NORMAL_PRIORITY = 0

# Python and its libraries are there in one; a busy machine takes its time.
START_SECONDS = 60
# The last line of an answer, with the question's number: nothing else ends one, nor does the end of another.
END = "end {}\n"


class Ended(Exception):
    """The program has ended instead of an answer, or had to be."""


class Child:
    """Answers a line with lines, one question at a time.

    It starts with the first question, or the next after it has ended, and ends with this object at the latest.
    """

    def __init__(self, module: str) -> None:
        self._command = [sys.executable, "-m", module]
        self._process: subprocess.Popen[str] | None = None
        self._number = 0
        self._end: Callable[[], object] = lambda: None

    def ask(self, question: str, seconds: float) -> list[str]:
        """Raises `Ended` where the answer takes longer."""
        process = self._running()
        self._number += 1
        try:
            return _answer(process, question + "\n", self._number, seconds)
        except Ended:
            if process is self._process:
                self.end()
            raise

    def end(self) -> None:
        self._end()
        self._process = None

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None or self._process.poll() is not None:
            self.end()
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                creationflags=BELOW_NORMAL_PRIORITY,
            )
            self._process, self._end = process, weakref.finalize(self, _kill, process)
            self._number = 0
            _answer(process, "", 0, START_SECONDS)  # that it has begun, which is no question's time
        return self._process


def answer_lines(answer: Callable[[str], Iterable[str]], bytes_at_most: int) -> None:
    """Be that program: answer every line on stdin, with so much memory where the system can bound it."""
    if sys.platform != "win32":
        import resource

        os.nice(10)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
            resource.setrlimit(resource.RLIMIT_AS, (bytes_at_most, bytes_at_most))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing that a library prints may be taken for an answer
    questions: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(questions,), daemon=True).start()
    for number in itertools.count():
        for line in answer(questions.get()) if number else ():
            print(line, file=answers)
        print(end=END.format(number), file=answers, flush=True)


def _listen(questions: "queue.SimpleQueue[str]") -> None:
    for line in sys.stdin:
        questions.put(line)
    os._exit(0)  # whoever asked is gone, and waits for no answer


def _answer(process: "subprocess.Popen[str]", question: str, number: int, seconds: float) -> list[str]:
    assert process.stdin and process.stdout
    clock = threading.Timer(seconds, process.kill)
    clock.start()
    lines: list[str] = []
    try:
        process.stdin.write(question)
        process.stdin.flush()
        for line in process.stdout:
            if line == END.format(number):
                return lines
            lines.append(line)
    except (OSError, ValueError):  # the pipe is broken, or closed meanwhile
        pass
    finally:
        clock.cancel()
    raise Ended


def _kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    with contextlib.suppress(OSError), process:  # which closes its pipes
        pass
