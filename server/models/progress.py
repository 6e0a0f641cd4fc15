"""A bar on stderr while bytes arrive."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


class DownloadBar:
    """Shows the source, the bytes, the speed and the time that remains."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._task: TaskID | None = None

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
