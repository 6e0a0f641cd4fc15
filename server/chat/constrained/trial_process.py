"""The process in which grammars are tried: a program that knows nothing of the server."""

import concurrent.futures
import json
import re
import threading
from collections.abc import Callable
from typing import TypeVar

from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper

from kit.child import answer_lines

T = TypeVar("T")

MAX_BYTES = 1 << 30
# Tokens that a first look at a grammar follows it for.
STEPS = 24
# What a schema of the deepest kind needs many times over (bounds.py); some systems give a thread half a megabyte.
STACK_BYTES = 1 << 26

# The byte vocabulary has none of them.
SPECIAL_TOKEN = re.compile(r"<\[\d+\]>")


class _Bytes:
    """The smallest vocabulary: every byte, and an end."""

    eos_token_id = 256
    bos_token_id = None
    tokens = (*(bytes([byte]) for byte in range(256)), b"<|end|>")
    special_token_ids = (256,)

    def __call__(self, text: bytes) -> list[int]:
        return list(text)


def try_out(grammar: str, tokenizer: LLTokenizer) -> list[str]:
    """What llguidance says against a grammar, or against the first tokens under it."""
    return on_deep_stack(lambda: complaints_of(grammar) or _follow(grammar, tokenizer))


def complaints_of(grammar: str) -> list[str]:
    """What llguidance says against a grammar."""
    return LLMatcher.validate_grammar_with_warnings(SPECIAL_TOKEN.sub("/x/", grammar))[1]


def _follow(grammar: str, tokenizer: LLTokenizer) -> list[str]:
    matcher = LLMatcher(tokenizer, SPECIAL_TOKEN.sub("/x/", grammar), log_level=0)
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


def main() -> None:
    tokenizer = LLTokenizer(TokenizerWrapper(_Bytes()))
    answer_lines(lambda grammar: [json.dumps(try_out(json.loads(grammar), tokenizer))], MAX_BYTES)


if __name__ == "__main__":
    main()
