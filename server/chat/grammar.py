"""Decoding held to a grammar, by llguidance."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from llama_cpp import llama_cpp as lib
from llguidance import LLMatcher, LLTokenizer
from llguidance.llamacpp import lltokenizer_from_vocab
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from server.engine.llama import Floats, Model

# What special tokens look like: <tool_call>, <|python_tag|>, [TOOL_CALLS].
SPECIAL = re.compile(r"(<[^<>\s]+>|\[[A-Z_]+\])")

# A schema of this length takes about a second to compile.
MAX_CHARACTERS = 2**18

# Tokens that stand inside any JSON string, whose masks llguidance keeps ready; its default keeps three such sets.
INSIDE_STRINGS = [r'[^"\\\x00-\x1F\x7F]+']


class GrammarError(Exception):
    """A grammar that cannot be compiled, or an answer that outgrew llguidance's limits."""


class GrammarCompiler:
    """Makes constraints for one model's vocabulary.

    Reading the vocabulary takes llguidance more than a second: it begins at once, beside the rest of the start.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        executor = ThreadPoolExecutor(max_workers=1)
        vocab = lib.llama_model_get_vocab(model.pointer)
        self._tokenizer = executor.submit(lltokenizer_from_vocab, vocab, slices=INSIDE_STRINGS)
        executor.shutdown(wait=False)

    def compile(self, grammar: str) -> "GrammarConstraint":
        """A constraint that each answer gets a copy of; `grammar` is Lark in llguidance's dialect.

        Takes up to a second, and lets other threads run meanwhile. Raises GrammarError.
        """
        if len(grammar) > MAX_CHARACTERS:
            raise GrammarError(f"it has {len(grammar):,} characters; {MAX_CHARACTERS:,} is the most.")
        tokenizer = self._tokenizer.result()
        return GrammarConstraint(
            tokenizer, LLMatcher(tokenizer, LLMatcher.grammar_from_lark(grammar), log_level=0)
        )

    def literal(self, text: str) -> str:
        """Lark symbols for exactly this text, in which special tokens of the vocabulary stand for themselves."""
        parts = SPECIAL.split(text)
        return " ".join(_symbol(part, self._special_token(part)) for part in parts if part)

    def _special_token(self, text: str) -> int | None:
        if not SPECIAL.fullmatch(text):
            return None
        tokens = self._model.tokenize(text, add_special=False, parse_special=True)
        return tokens[0] if len(tokens) == 1 else None


class GrammarConstraint:
    """Holds one answer to a grammar."""

    def __init__(self, tokenizer: LLTokenizer, matcher: LLMatcher) -> None:
        self._tokenizer = tokenizer
        self._matcher = matcher
        self._mask = allocate_token_bitmask(1, tokenizer.vocab_size)
        self.end = tokenizer.eos_token
        self._check()

    def copy(self) -> "GrammarConstraint":
        """The same point of the same grammar, to go on from independently; takes no time."""
        return GrammarConstraint(self._tokenizer, self._matcher.deep_copy())

    @property
    def complete(self) -> bool:
        """Whether the answer may end here."""
        return self._matcher.is_accepting()

    @property
    def finished(self) -> bool:
        return bool(self._matcher.is_accepting() and self._matcher.is_stopped())

    def forced(self) -> list[int]:
        tokens = self._matcher.compute_ff_tokens()
        self._matcher.consume_tokens(tokens)
        return tokens

    def apply(self, logits: Floats) -> None:
        fill_next_token_bitmask(self._matcher, self._mask)
        self._check()
        allowed = np.unpackbits(self._mask.view(np.uint8), bitorder="little", count=len(logits))
        logits[allowed == 0] = -np.inf

    def accept(self, token: int) -> None:
        self._matcher.consume_token(token)

    def _check(self) -> None:
        if self._matcher.is_error():
            raise GrammarError(self._matcher.get_error().partition("\n")[0])


def _symbol(text: str, token: int | None) -> str:
    return json.dumps(text, ensure_ascii=False) if token is None else f"<[{token}]>"
