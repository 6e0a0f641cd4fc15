"""What one model needs to call tools."""

from functools import cached_property

import numpy as np

from server.chat.call_opening import CallOpening
from server.chat.call_or_talk import (
    LEAST_AFTER_STRAY,
    LEAST_FOR_ANOTHER,
    LEAST_FOR_CALL,
    CallConstraint,
    CallGate,
    Tokens,
    call_starts,
)
from server.chat.call_reader import CallReader
from server.chat.grammar import GrammarCompiler, GrammarConstraint, GrammarError
from server.chat.tool_format import ToolFormat
from server.chat.tool_grammar import UnsupportedTool, calls_grammar
from server.chat.tools import Toolbox
from server.engine.llama import Model


class ToolCalling:
    """A model's form of tool calls: where they begin, the grammar that holds them, and how they are read."""

    def __init__(self, model: Model, form: ToolFormat, compiler: GrammarCompiler) -> None:
        self._model = model
        self._form = form
        self._compiler = compiler
        # Marks can be control tokens, which otherwise have no text.
        self._marks = {
            token for mark in form.marks if len(tokens := self._tokens(mark)) == 1 for token in tokens
        }

    @cached_property
    def _starts(self) -> Tokens:
        return call_starts(self._model)

    @cached_property
    def _own_starts(self) -> Tokens:
        own = np.zeros(self._model.n_vocab, np.bool_)
        own[[*self._marks, self._tokens(self._form.begin + self._form.before_name)[0]]] = True
        return own

    def piece(self, token: int) -> bytes:
        """A token's bytes, the marks of calls among them."""
        return self._model.piece(token, special=token in self._marks)

    def grammar(self, tools: Toolbox) -> GrammarConstraint:
        """Raises UnsupportedTool."""
        form, literal = self._form, self._compiler.literal
        grammar = calls_grammar(tools.callable, form, literal, parallel=tools.parallel)
        try:
            return self._compiler.compile(grammar)
        except GrammarError as error:
            raise UnsupportedTool([tool.name for tool in tools.callable], str(error)) from error

    def opening(self, tools: Toolbox) -> CallOpening:
        return CallOpening(self._form, [tool.name for tool in tools.callable])

    def gate(self, least: float = LEAST_FOR_CALL, *, shut: bool = False) -> CallGate:
        return CallGate(self._starts, self._own_starts, least, shut=shut)

    def constraint(
        self, calls: GrammarConstraint, probability: float | None = None, *, stray: bool = False
    ) -> CallConstraint:
        """`probability` is what the gate has read, or None if a call is required; `stray`: the model began in
        another form."""
        form = self._form
        opening = self._tokens(form.begin + form.before_name)
        # Without a separator the next call has begun before we could ask; with a closing bracket, models know.
        asks = form.separator and not form.end
        least = LEAST_AFTER_STRAY if stray else LEAST_FOR_ANOTHER
        return CallConstraint(calls.copy(), opening, probability, self._starts if asks else None, least)

    def reader(self, tools: Toolbox, *, stray: bool = False) -> CallReader:
        """`stray`: the model began in another form than its own."""
        # What is required is done, even again.
        answered = tools.answered if tools.mode == "auto" else ()
        return CallReader(self._form, tools.callable, answered, used_up=stray)

    def _tokens(self, text: str) -> list[int]:
        return self._model.tokenize(text, add_special=False, parse_special=True)
