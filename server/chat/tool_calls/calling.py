"""What one model needs to call tools."""

from functools import cached_property

import numpy as np

from server.chat.constrained.grammar import GrammarCompiler, GrammarConstraint, GrammarError
from server.chat.output.thought_marks import THINK, ThoughtMarks
from server.chat.tool_calls import policy
from server.chat.tool_calls.detector import CallDetector
from server.chat.tool_calls.format import ToolFormat
from server.chat.tool_calls.gate import CallConstraint, CallGate, Tokens, call_starts
from server.chat.tool_calls.grammar import UnsupportedTool, calls_grammar
from server.chat.tool_calls.parser import CallParser
from server.chat.tool_calls.tools import Toolbox
from server.engine.llama.model import Model


class ToolCalling:
    """A model's form of tool calls: where they begin, the grammar that holds them, and how they are read; beside them
    `thoughts`, which come before."""

    def __init__(
        self,
        model: Model,
        form: ToolFormat,
        compiler: GrammarCompiler,
        thoughts: ThoughtMarks = THINK,
    ) -> None:
        self.thoughts = thoughts
        self._model = model
        self._form = form
        self._compiler = compiler
        self._marks = {
            token for mark in form.marks if len(tokens := self.tokens(mark)) == 1 for token in tokens
        }
        # Marks can be control tokens, which otherwise have no text.
        self._shown = self._marks.union(*map(self.tokens, thoughts))

    @cached_property
    def _starts(self) -> Tokens:
        return call_starts(self._model, self.thoughts)

    @cached_property
    def _thought_starts(self) -> Tokens:
        """The token that begins a thought, where it is one that begins nothing else."""
        starts = np.zeros(self._model.n_vocab, np.bool_)
        first, *others = self.tokens(self.thoughts.open)
        starts[first] = not others or not self._model.piece(first)
        return starts

    @cached_property
    def _own_starts(self) -> Tokens:
        own = np.zeros(self._model.n_vocab, np.bool_)
        own[[*self._marks, self.tokens(self._form.begin + self._form.before_name)[0]]] = True
        return own

    def piece(self, token: int) -> bytes:
        """A token's bytes, the marks of calls and thoughts among them."""
        return self._model.piece(token, special=token in self._shown)

    def written(self, token: int) -> bytes:
        """A token's bytes as the model writes them, control tokens too."""
        return self._model.piece(token, special=True)

    def grammar(self, tools: Toolbox) -> tuple[GrammarConstraint, tuple[str, ...]]:
        """What holds calls, and the keywords that it does not hold; raises UnsupportedTool."""
        form, literal = self._form, self._compiler.literal
        grammar = calls_grammar(tools.callable, form, literal, parallel=tools.parallel)
        try:
            return self._compiler.compile(grammar.lark), grammar.unheld
        except GrammarError as error:
            raise UnsupportedTool([tool.name for tool in tools.callable], str(error)) from error

    def detector(self, tools: Toolbox) -> CallDetector:
        return CallDetector(self._form, [tool.name for tool in tools.callable])

    def gate(self, *, results: bool = False, shut: bool = False) -> CallGate:
        return CallGate(self._starts, self._own_starts, self._thought_starts, results=results, shut=shut)

    def constraint(
        self, calls: GrammarConstraint, probability: float | None, *, off_template: bool
    ) -> CallConstraint:
        """`probability` is what the gate has read, or None if a call is required; `off_template`: the model began in
        another form than its template's."""
        form = self._form
        opening = self.tokens(form.begin + form.before_name)
        # Without a separator the next call has begun before we could ask; with a closing bracket, models know.
        starts = self._starts if form.separator and not form.end else None
        return CallConstraint(calls.copy(), opening, probability, starts, off_template=off_template)

    def parser(self, tools: Toolbox, *, off_template: bool) -> CallParser:
        return CallParser(
            self._form,
            tools.callable,
            policy.answered(tools),
            policy.used_up(tools, off_template=off_template),
        )

    def tokens(self, text: str) -> list[int]:
        return self._model.tokenize(text, add_special=False, parse_special=True)
