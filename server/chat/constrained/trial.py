"""Grammars are compiled in a process of their own first, where a crash or a minute of work harms nobody."""

import contextlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar

from kit.child import Child, Ended
from server.chat.constrained.cost import costly_keywords, harmless
from server.chat.constrained.trial_process import MAX_BYTES, complaints_of, on_deep_stack

SECONDS = 5
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
        self._child = Child("server.chat.constrained.trial_process")

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
        try:
            [complaints] = self._child.ask(json.dumps(grammar), SECONDS)
        except Ended:
            keywords = ", ".join(costly_keywords(grammar))
            cure = f"Simplify {keywords}." if keywords else "Make it smaller."
            return [f"it takes more than {SECONDS} s or {MAX_BYTES >> 20:,} MB to compile. {cure}"]
        found: list[str] = json.loads(complaints)
        return found


TRIAL = Trial()
