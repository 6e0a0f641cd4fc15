"""A bar on stderr while bytes arrive."""

import time
from types import TracebackType
from typing import Protocol, Self

from rich import progress
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

EVERY_SECONDS = 5.0


class Progress(Protocol):
    """Is told of a download, on its thread; what it raises ends it."""

    def begin(self, source: str, total: int, done: int) -> None:
        """Start anew for another source; `done` bytes are there from earlier."""

    def at(self, done: int) -> None: ...


class DownloadBar:
    """Shows the source, the bytes, the speed and the time that remains."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._console = Console(stderr=True)
        self._progress = progress.Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._task: TaskID | None = None
        self._told = time.monotonic()

    def __enter__(self) -> Self:
        self._console.print(f"Downloading {self._name} 正在下载", highlight=False, soft_wrap=True)
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, source: str, total: int, done: int) -> None:
        """Start anew for another source; `done` bytes are there from earlier."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(source, total=total, completed=done)

    def at(self, done: int) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=done)
            # Into a log rich draws the bar only once, at the end.
            if not self._console.is_terminal and time.monotonic() - self._told >= EVERY_SECONDS:
                self._told = time.monotonic()
                total = self._progress.tasks[0].total or 0
                self._console.print(f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB", highlight=False)
