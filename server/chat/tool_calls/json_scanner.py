"""Where a JSON value ends."""


class JsonScanner:
    """Follows one object character by character: `take` returns what belongs to it and what comes after."""

    def __init__(self) -> None:
        self.complete = False
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def take(self, text: str) -> tuple[str, str]:
        for i, character in enumerate(text):
            self._step(character)
            if self.complete:
                return text[: i + 1], text[i + 1 :]
        return text, ""

    def _step(self, character: str) -> None:
        if self._in_string:
            if self._escaped:
                self._escaped = False
            elif character == "\\":
                self._escaped = True
            elif character == '"':
                self._in_string = False
        elif character == '"':
            self._in_string = True
        elif character in "{[":
            self._depth += 1
        elif character in "}]":
            self._depth -= 1
            self.complete = self._depth == 0
