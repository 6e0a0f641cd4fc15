"""The tokens of an answer in words to deltas."""

import codecs

from server.chat.deltas import ContentDelta, Delta, ReasoningDelta
from server.chat.output.reasoning import ReasoningSplitter
from server.chat.output.stop_strings import StopStrings
from server.chat.output.thought_marks import THINK, ThoughtMarks
from server.chat.tool_calls.detector import CallDetector
from server.engine.generation import Token


class TextStream:
    """Bytes to text, thoughts apart from content, up to a stop string or the opening of a tool call."""

    def __init__(
        self,
        *,
        in_thought: bool | None,
        stop: list[str],
        detector: CallDetector | None,
        marks: ThoughtMarks = THINK,
    ) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._reasoning = None if in_thought is None else ReasoningSplitter(marks, open_already=in_thought)
        self._detector = detector
        self._stop = StopStrings(stop)
        self._pending: list[Token] = []
        self._text = ""
        self.reasoning_tokens = 0

    @property
    def stopped(self) -> bool:
        return self._stop.stopped

    @property
    def stop_string(self) -> str | None:
        """The one that has appeared."""
        return self._stop.found

    @property
    def call_began(self) -> bool:
        """Whether a call begins; its opening is not part of the content."""
        return bool(self._detector and self._detector.found)

    @property
    def call_is_undeclared(self) -> bool:
        """Whether the call that begins is to a tool that nobody declared."""
        return bool(self._detector and self._detector.undeclared)

    @property
    def before_call(self) -> str:
        """All that was written, thoughts too, before the call that begins."""
        assert self._detector
        return self._text.removesuffix(self._detector.rest).rstrip()

    def add(self, token: Token, piece: bytes) -> list[Delta]:
        self._pending.append(token)
        text = self._decoder.decode(piece)
        self._text += text
        reasoning, content = self._reasoning.add(text) if self._reasoning else ("", text)
        if self._reasoning and self._reasoning.thought:
            self.reasoning_tokens += len(self._pending)
            self._pending.clear()
        if self._detector:
            content = self._detector.add(content)
        content = self._stop.add(content)
        if self.call_began:
            content = content.rstrip() + self._stop.flush()
        return self._deltas(reasoning, content)

    def flush(self) -> list[Delta]:
        """The rest, when the answer has ended by itself."""
        reasoning, content = "", self._decoder.decode(b"", final=True)
        if self._reasoning:
            added, rest = self._reasoning.add(content), self._reasoning.flush()
            reasoning, content = added[0] + rest[0], added[1] + rest[1]
        if self._detector:
            content = self._detector.add(content) + self._detector.flush()
        content = self._stop.add(content)
        return self._deltas(reasoning, content + self._stop.flush())

    def _deltas(self, reasoning: str, content: str) -> list[Delta]:
        deltas: list[Delta] = [ReasoningDelta(reasoning)] if reasoning else []
        if content:
            deltas.append(ContentDelta(content, tuple(self._pending)))
            self._pending.clear()
        return deltas
