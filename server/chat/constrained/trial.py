"""Grammars are compiled in a process of their own first, where a crash or a minute of work harms nobody.

Run as a program, this file is that process; it knows nothing of the server.
"""

import atexit
import concurrent.futures
import contextlib
import json
import math
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TypeVar

from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper

T = TypeVar("T")

if sys.platform == "win32":
    BELOW_NORMAL_PRIORITY = subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
else:
    BELOW_NORMAL_PRIORITY = 0

SECONDS = 5
# Python and llguidance are there in one; a busy machine takes its time.
START_SECONDS = 60
# Of all grammars that one request has tried: each of its tools may have hundreds.
ALL_SECONDS = 20
MAX_BYTES = 1 << 30
# Whoever waits holds one of the few threads that every route shares.
MAX_WAITING = 3
# Tokens that a first look at a grammar follows it for.
STEPS = 24
# What a schema of the deepest kind needs many times over (bounds.py); some systems give a thread half a megabyte.
STACK_BYTES = 1 << 26

HARMLESS_CHARACTERS = 8_000
# What takes llguidance longer than the text is long; a property of that name does no harm.
COSTLY = re.compile(r'"(pattern|patternProperties|multipleOf|allOf|oneOf)"|[0-9]{7}')
# The byte vocabulary has none of them.
SPECIAL_TOKEN = re.compile(r"<\[\d+\]>")


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


_until: ContextVar[float] = ContextVar("until", default=math.inf)


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Give all grammars that are tried meanwhile ALL_SECONDS."""
    token = _until.set(time.monotonic() + ALL_SECONDS)
    try:
        yield
    finally:
        _until.reset(token)


def harmless(grammar: str) -> bool:
    """Whether this compiles at once for certain, whatever it means."""
    return len(grammar) <= HARMLESS_CHARACTERS and not COSTLY.search(grammar)


def in_plain_words(complaint: str) -> str:
    """What llguidance says, as far as it is about the grammar."""
    said = INTERNALS.sub("", PATTERN.sub("pattern: ", complaint))
    return next((meaning for pattern, meaning in MEANINGS if pattern.fullmatch(said)), said[:300])


def on_deep_stack(work: Callable[[], T]) -> T:
    """What `work` returns or raises on a thread of its own, with room for recursion."""
    future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    usual = threading.stack_size(STACK_BYTES)
    try:
        threading.Thread(target=run, daemon=True).start()
    finally:
        threading.stack_size(usual)
    return future.result()


class Trial:
    """The process in which grammars are tried; it starts with the first that needs it, and ends with this one."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(MAX_WAITING)
        self._process: subprocess.Popen[str] | None = None

    def complaints(self, grammar: str) -> list[str]:
        """What there is against a grammar; a harmless one is looked at here. Raises TooManyGrammars, and
        TriedTooLong."""
        if time.monotonic() > _until.get():
            raise TriedTooLong(f"all of it takes more than {ALL_SECONDS} s to compile. Make it smaller.")
        if harmless(grammar):
            return [in_plain_words(each) for each in on_deep_stack(lambda: _validate(grammar))]
        if not self._places.acquire(blocking=False):
            raise TooManyGrammars
        try:
            with self._turn:
                answer = self._ask(grammar)
        finally:
            self._places.release()
        if answer:
            return [in_plain_words(each) for each in json.loads(answer)]
        costly = sorted({f'"{found[1]}"' for found in COSTLY.finditer(grammar) if found[1]})
        cure = f"Simplify {', '.join(costly)}." if costly else "Make it smaller."
        return [f"it takes more than {SECONDS} s or {MAX_BYTES >> 20:,} MB to compile. {cure}"]

    def _ask(self, grammar: str) -> str:
        """The line that the process answers; nothing if it has ended, or had to be."""
        process = self._running()
        assert process.stdin
        try:
            process.stdin.write(json.dumps(grammar) + "\n")
            process.stdin.flush()
            answer = _line(process, SECONDS)
        except OSError:
            answer = ""
        if not answer:
            self.close()
        return answer

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
                [sys.executable, "-P", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                creationflags=BELOW_NORMAL_PRIORITY,
            )
            _line(self._process, START_SECONDS)  # that it has begun, which is no grammar's time
        return self._process


def _line(process: "subprocess.Popen[str]", seconds: float) -> str:
    """What the process says next; nothing if it ends before, or takes longer and is ended for that."""
    assert process.stdout
    clock = threading.Timer(seconds, process.kill)
    clock.start()
    try:
        return process.stdout.readline()
    finally:
        clock.cancel()


TRIAL = Trial()
atexit.register(TRIAL.close)


class _Bytes:
    """The smallest vocabulary: every byte, and an end."""

    eos_token_id = 256
    bos_token_id = None
    tokens = (*(bytes([byte]) for byte in range(256)), b"<|end|>")
    special_token_ids = (256,)

    def __call__(self, text: bytes) -> list[int]:
        return list(text)


def main() -> None:
    """Say when it has begun, and answer each grammar on stdin, a line of JSON, with a list of complaints."""
    if sys.platform != "win32":
        import resource

        os.nice(10)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
            resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    tokenizer = LLTokenizer(TokenizerWrapper(_Bytes()))
    print(flush=True)
    for line in sys.stdin:
        grammar = json.loads(line)
        print(json.dumps(on_deep_stack(lambda: try_out(grammar, tokenizer))), flush=True)  # noqa: B023


def try_out(grammar: str, tokenizer: LLTokenizer) -> list[str]:
    """What llguidance says against a grammar, or against the first tokens under it."""
    grammar = SPECIAL_TOKEN.sub("/x/", grammar)
    if messages := _validate(grammar):
        return messages
    matcher = LLMatcher(tokenizer, grammar, log_level=0)
    for step in range(STEPS):
        matcher.consume_tokens(matcher.compute_ff_tokens())
        if matcher.is_stopped():
            break
        mask = matcher.compute_bitmask()
        allowed = [byte for byte in range(256) if mask[byte // 8] >> byte % 8 & 1]
        if not allowed:
            break
        matcher.consume_token(allowed[step * 7 % len(allowed)])
    return [matcher.get_error()] if matcher.is_error() else []


def _validate(grammar: str) -> list[str]:
    return LLMatcher.validate_grammar_with_warnings(SPECIAL_TOKEN.sub("/x/", grammar))[1]


if __name__ == "__main__":
    main()
