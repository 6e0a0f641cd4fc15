"""Text that may be shown."""


class StopStrings:
    """Lets text through up to the first stop string, and holds back what may become one.

    `add` and `flush` return the text that is safe to show; `found` is the stop string that has appeared,
    which is itself never shown.
    """

    def __init__(self, stop: list[str]) -> None:
        self._stop = stop
        self._held = ""
        self.found: str | None = None

    @property
    def stopped(self) -> bool:
        return self.found is not None

    def add(self, text: str) -> str:
        self._held += text
        found = [(at, stop) for stop in self._stop if (at := self._held.find(stop)) >= 0]
        if found:
            first, self.found = min(found)
            text, self._held = self._held[:first], ""
            return text
        keep = max((_overlap(self._held, stop) for stop in self._stop), default=0)
        cut = len(self._held) - keep
        text, self._held = self._held[:cut], self._held[cut:]
        return text

    def flush(self) -> str:
        """The rest, when the answer has ended without a stop string."""
        text, self._held = self._held, ""
        return text


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of `text` begin `stop`."""
    return next((n for n in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:n])), 0)
