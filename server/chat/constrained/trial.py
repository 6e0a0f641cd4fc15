"""Grammars are compiled in a process of their own first, where a crash or a minute of work harms nobody."""

import atexit
import contextlib
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar

from server.chat.constrained import trial_process
from server.chat.constrained.cost import costly_keywords, harmless
from server.chat.constrained.trial_process import MAX_BYTES, complaints_of, on_deep_stack

if sys.platform == "win32":
    BELOW_NORMAL_PRIORITY = subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
else:
    BELOW_NORMAL_PRIORITY = 0

SECONDS = 5
# Python and llguidance are there in one; a busy machine takes its time.
START_SECONDS = 60
# Of all grammars that one request has tried: each of its tools may have hundreds.
ALL_SECONDS = 20
# A request whose grammars take longer than this is a costly one, however plain they are.
BRIEF_SECONDS = 2
# Whoever waits holds one of the few threads that every route shares.
MAX_WAITING = 3

# Where llguidance goes on to speak of itself.
INTERNALS = re.compile(r"\s*(\n|<state>|\((And|Or|Not|Concat|Repeat) |::|=>).*", re.DOTALL)
# Which repeats the pattern, and points at a place in it.
PATTERN = re.compile(r"regex parse error:.*\nerror: ", re.DOTALL)
MEANINGS = (
    (re.compile("NoExtension(Bias)?"), "nothing can satisfy it."),
    (re.compile("Parser Error: .*"), "too much may come next at one place; offer fewer alternatives."),
    (re.compile("(lexer error|fuel exhausted).*"), "its patterns or numbers are too complex together."),
)


class TooManyGrammars(Exception):
    """As many costly grammars wait to be compiled as may."""


class TriedTooLong(Exception):
    """All grammars of one request take too long to try."""


class _OutOfStep(Exception):
    """The process says something that is no answer to what it was asked."""


_began: ContextVar[float | None] = ContextVar("began", default=None)


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Give all grammars that are tried meanwhile ALL_SECONDS."""
    token = _began.set(time.monotonic())
    try:
        yield
    finally:
        _began.reset(token)


def _spent() -> float:
    """Seconds since the request's first grammar."""
    began = _began.get()
    return 0.0 if began is None else time.monotonic() - began


def in_plain_words(complaint: str) -> str:
    """What llguidance says, as far as it is about the grammar."""
    said = INTERNALS.sub("", PATTERN.sub("pattern: ", complaint))
    return next((meaning for pattern, meaning in MEANINGS if pattern.fullmatch(said)), said[:300])


class Trial:
    """The process in which grammars are tried; it starts with the first that needs it, and ends with this one."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(MAX_WAITING)
        self._process: subprocess.Popen[str] | None = None
        self._number = 0

    def complaints(self, grammar: str) -> list[str]:
        """What there is against a grammar. Raises TooManyGrammars, and TriedTooLong."""
        with self.tried(grammar) as complaints:
            return complaints

    @contextlib.contextmanager
    def tried(self, grammar: str) -> Iterator[list[str]]:
        """What there is against a grammar; while something is done with a costly one, it is nobody else's turn.

        Raises TooManyGrammars, and TriedTooLong.
        """
        if _spent() > ALL_SECONDS:
            raise TriedTooLong(f"all of it takes more than {ALL_SECONDS} s to compile. Make it smaller.")
        plain = harmless(grammar)
        with contextlib.nullcontext() if plain and _spent() < BRIEF_SECONDS else self._place():
            found = on_deep_stack(lambda: complaints_of(grammar)) if plain else self._answer(grammar)
            yield [in_plain_words(each) for each in found]

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise TooManyGrammars
        try:
            with self._turn:
                yield
        finally:
            self._places.release()

    def _answer(self, grammar: str) -> list[str]:
        """What the process says of a grammar, or what its end says."""
        for _ in range(2):
            try:
                answer = self._ask(grammar)
            except _OutOfStep:
                self.close()
                continue
            if answer is None:
                self.close()
                cure = (
                    f"Simplify {', '.join(keywords)}."
                    if (keywords := costly_keywords(grammar))
                    else "Make it smaller."
                )
                answer = [f"it takes more than {SECONDS} s or {MAX_BYTES >> 20:,} MB to compile. {cure}"]
            return answer
        return ["it cannot be tried before the server is started again."]

    def _ask(self, grammar: str) -> list[str] | None:
        """The answer of the process; None if it has ended, or had to be."""
        process = self._running()
        self._number += 1
        assert process.stdin
        try:
            process.stdin.write(json.dumps([self._number, grammar]) + "\n")
            process.stdin.flush()
        except OSError:
            return None
        return _answer(process, self._number, SECONDS)

    def close(self) -> None:
        """End the process, if there is one; the next grammar starts another."""
        process, self._process = self._process, None
        if process:
            process.kill()
            with contextlib.suppress(OSError), process:  # which closes its pipes
                pass

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                # -P: the files beside this one are not the modules of the same name.
                [sys.executable, "-P", trial_process.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                errors="replace",
                creationflags=BELOW_NORMAL_PRIORITY,
            )
            _answer(self._process, 0, START_SECONDS)  # that it has begun, which is no grammar's time
        return self._process


def _answer(process: "subprocess.Popen[str]", number: int, seconds: float) -> list[str] | None:
    """What the process answers to a question; nothing if it ends before, or takes longer and is ended for that."""
    assert process.stdout
    clock = threading.Timer(seconds, process.kill)
    clock.start()
    try:
        line = process.stdout.readline()
    finally:
        clock.cancel()
    if not line.endswith("\n"):
        return None
    try:
        answer = json.loads(line)
    except ValueError:
        raise _OutOfStep from None
    match answer:
        case {"number": answered, "complaints": list(complaints)} if answered == number:
            return complaints
    raise _OutOfStep


TRIAL = Trial()
atexit.register(TRIAL.close)
