"""Decoding held to a grammar, by llguidance."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from server.chat.constrained.number_end import NumberEnd
from server.chat.constrained.trial import TRIAL, in_plain_words
from server.chat.constrained.trial_process import on_deep_stack
from server.engine.constraint import OutgrownForm
from server.engine.llama.model import Floats, Model

# What special tokens look like: <tool_call>, <|python_tag|>, [TOOL_CALLS].
SPECIAL = re.compile(r"(<[^<>\s]+>|\[[A-Z_]+\])")

# A schema of this length takes about a second to compile.
MAX_CHARACTERS = 2**18

# Agents send the same tools again and again.
KEPT_GRAMMARS = 16

# Tokens that stand inside any JSON string, whose masks llguidance keeps ready; its default keeps three such sets.
INSIDE_STRINGS = [r'[^"\\\x00-\x1F\x7F]+']


class GrammarError(OutgrownForm):
    """A grammar that cannot be compiled, or an answer that outgrew llguidance's limits."""


class GrammarCompiler:
    """Makes constraints for one model's vocabulary.

    Reading the vocabulary takes llguidance more than a second: it begins at once, beside the rest of the start.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        executor = ThreadPoolExecutor(max_workers=1)
        self._tokenizer = executor.submit(model.grammar_tokenizer, INSIDE_STRINGS)
        executor.shutdown(wait=False)
        self._kept: dict[str, GrammarConstraint] = {}

    def compile(self, grammar: str) -> "GrammarConstraint":
        """A constraint that each answer gets a copy of; `grammar` is Lark in llguidance's dialect.

        Takes some seconds at most, and lets other threads run meanwhile. Raises GrammarError or TooManyGrammars.
        """
        if len(grammar) > MAX_CHARACTERS:
            raise GrammarError(f"it has {len(grammar):,} characters; {MAX_CHARACTERS:,} is the most.")
        compiled = self._kept.pop(grammar, None) or self._compile(grammar)
        self._kept[grammar] = compiled  # the latest at the end
        for oldest in list(self._kept)[:-KEPT_GRAMMARS]:
            self._kept.pop(oldest, None)
        return compiled.copy()

    def _compile(self, grammar: str) -> "GrammarConstraint":
        tokenizer = self._tokenizer.result()
        with TRIAL.tried(grammar) as complaints:
            for complaint in complaints:
                raise GrammarError(complaint)
            lark = LLMatcher.grammar_from_lark(grammar)
            return on_deep_stack(
                lambda: GrammarConstraint(tokenizer, LLMatcher(tokenizer, lark, log_level=0))
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

    def __init__(
        self, tokenizer: LLTokenizer, matcher: LLMatcher, number_end: NumberEnd | None = None
    ) -> None:
        self._tokenizer = tokenizer
        self._matcher = matcher
        self._number_end = number_end or NumberEnd(tokenizer)
        self._mask = allocate_token_bitmask(1, tokenizer.vocab_size)
        self.end = tokenizer.eos_token
        self._check()

    def copy(self) -> "GrammarConstraint":
        """The same point of the same grammar, to go on from independently; takes no time."""
        return GrammarConstraint(self._tokenizer, self._matcher.deep_copy(), self._number_end.copy())

    @property
    def complete(self) -> bool:
        """Whether the answer may end here."""
        return self._matcher.is_accepting()

    @property
    def finished(self) -> bool:
        return bool(self._matcher.is_accepting() and self._matcher.is_stopped())

    def fast_forward(self) -> list[int]:
        tokens = self._matcher.compute_ff_tokens()
        self._matcher.consume_tokens(tokens)
        for token in tokens:
            self._number_end.add(token)
        return tokens

    def apply(self, logits: Floats) -> None:
        fill_next_token_bitmask(self._matcher, self._mask)
        self._check()
        allowed = np.unpackbits(self._mask.view(np.uint8), bitorder="little", count=len(logits))
        logits[allowed == 0] = -np.inf
        self._number_end.apply(logits)

    def accept(self, token: int) -> None:
        self._matcher.consume_token(token)
        self._number_end.add(token)

    def _check(self) -> None:
        if self._matcher.is_error():
            raise GrammarError(in_plain_words(self._matcher.get_error()))


def _symbol(text: str, token: int | None) -> str:
    return json.dumps(text, ensure_ascii=False) if token is None else f"<[{token}]>"
