"""Models that think before they answer."""

from server.chat.output.thought_marks import THINK, ThoughtMarks


class ReasoningSplitter:
    """Tells thoughts from the answer: `add` and `flush` return (reasoning, content).

    Thoughts stand between two marks at the start of an answer; some templates write the first mark themselves, and
    then the answer begins as a thought.
    """

    def __init__(self, marks: ThoughtMarks = THINK, *, open_already: bool) -> None:
        self._marks = marks
        self._thinking: bool | None = True if open_already else None  # None: not known yet
        self._held = ""
        self._between = open_already  # leading white space is still to be dropped
        self.thought = open_already
        """Whether what was added last belongs to a thought, its marks included."""

    def add(self, text: str) -> tuple[str, str]:
        self._held += text
        if self._thinking is None:
            self._decide()
        self.thought = bool(self._thinking)
        reasoning = self._thought() if self._thinking else ""
        return reasoning, self._content() if self._thinking is False else ""

    def flush(self) -> tuple[str, str]:
        """The rest, when the answer has ended."""
        held, self._held = self._held, ""
        return (held, "") if self._thinking else ("", held)

    def _decide(self) -> None:
        start = self._held.lstrip()
        if start.startswith(self._marks.open):
            self._thinking, self._between = True, True
            self._held = start.removeprefix(self._marks.open)
        elif not self._marks.open.startswith(start):
            self._thinking = False

    def _thought(self) -> str:
        self._drop_white_space()
        close = self._marks.close
        thought, closed, rest = self._held.partition(close)
        if closed:
            self._thinking, self._between, self._held = False, True, rest
            return thought.rstrip()
        keep = next((n for n in range(len(close) - 1, 0, -1) if thought.endswith(close[:n])), 0)
        # White space before the closing mark belongs to neither side.
        cut = len(thought[: len(thought) - keep].rstrip())
        self._held = thought[cut:]
        return thought[:cut]

    def _content(self) -> str:
        self._drop_white_space()
        text, self._held = self._held, ""
        return text

    def _drop_white_space(self) -> None:
        if self._between:
            self._held = self._held.lstrip()
            self._between = not self._held
