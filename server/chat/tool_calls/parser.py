"""The text of tool calls to deltas."""

from collections.abc import Collection

from server.chat.deltas import CallDelta
from server.chat.tool_calls.format import ToolFormat
from server.chat.tool_calls.grammar import parameters_of
from server.chat.tool_calls.json_scanner import JsonScanner
from server.chat.tool_calls.tools import Tool

# A call's name, and its arguments as text.
Written = tuple[str, str]


class CallParser:
    """Reads what the grammar of `calls_grammar` has let through, piece by piece.

    A call that repeats an earlier one word for word is a small model going round in circles: it is never shown,
    and `repeats` turns true. Earlier are those of this answer, and those `answered` already. The same holds for any
    call of a tool that is `used_up`.
    """

    def __init__(
        self,
        form: ToolFormat,
        tools: tuple[Tool, ...],
        answered: Collection[Written] = (),
        used_up: Collection[str] = (),
    ) -> None:
        self._form = form
        self._parameters = {tool.name: parameters_of(tool) for tool in tools} if form.notation else {}
        self._text = ""  # not read yet
        self._call: _Call | None = None
        self._earlier = list(answered)
        self._used_up = set(used_up)
        self.shown = 0
        self.repeats = False

    def add(self, text: str) -> list[CallDelta]:
        self._text += text
        deltas: list[CallDelta] = []
        while not self.repeats and (self._call or self._begin()):
            assert self._call
            deltas += self._read(self._call)
            if self._call:
                break
        return deltas

    def _begin(self) -> bool:
        form = self._form
        rest, found = self._text, True
        if form.before_name:
            _, before, rest = rest.partition(form.before_name)
            found = bool(before)
        name, complete, rest = rest.partition(form.before_arguments)
        if not found or not complete:
            return False
        if not form.before_name:
            name = name.removeprefix(form.begin).removeprefix(form.separator)
        if name in self._used_up:
            self.repeats = True
            return False
        self._call = _Call(self.shown, name)
        self._text = rest
        return True

    def _read(self, call: "_Call") -> list[CallDelta]:
        if notation := self._form.notation:
            read = notation.read(self._text, self._parameters[call.name], self._form.after_arguments)
            if read is None:
                return []
            call.arguments, self._text = read
        else:
            piece, self._text = call.scanner.take(self._text)
            call.arguments += piece
        complete = bool(notation) or call.scanner.complete
        delta = self._show(call, complete)
        if complete:
            self._earlier.append((call.name, call.arguments))
            self._call = None
        return delta

    def _show(self, call: "_Call", complete: bool) -> list[CallDelta]:
        """What is new of a call, once it differs from all before it."""
        earlier = [arguments for name, arguments in self._earlier if name == call.name]
        if complete and call.arguments in earlier:
            self.repeats = True
            return []
        if not complete and any(arguments.startswith(call.arguments) for arguments in earlier):
            return []
        deltas = [] if call.announced else [CallDelta(call.index, name=call.name)]
        self.shown += not call.announced
        call.announced = True
        if piece := call.arguments[call.shown :]:
            deltas.append(CallDelta(call.index, arguments=piece))
        call.shown = len(call.arguments)
        return deltas


class _Call:
    def __init__(self, index: int, name: str) -> None:
        self.index = index
        self.name = name
        self.arguments = ""
        self.announced = False
        self.shown = 0
        self.scanner = JsonScanner()
