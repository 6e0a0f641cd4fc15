"""The progress bar of an ingest."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

NAME_LENGTH = 32


class IngestBar(Progress):
    """Files and the one it is at, chunks, chunks a second and the time left, measured in bytes of the files."""

    def __init__(self, console: Console) -> None:
        super().__init__(
            TextColumn("{task.fields[files]}/{task.fields[of_files]} files"),
            TextColumn("{task.fields[at]}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[chunks]} chunks, {task.fields[rate]:.1f}/s"),
            TimeRemainingColumn(),
            console=console,
        )

    def begin(self, files: int, size: int) -> None:
        self._task = self.add_task("", total=size, files=0, of_files=files, at="", chunks=0, rate=0.0)

    def at(self, file: str) -> None:
        self.update(self._task, at=file if len(file) <= NAME_LENGTH else f"…{file[-NAME_LENGTH:]}")

    def step(self, files: int, size: float, chunks: int) -> None:
        task = self.tasks[self._task]
        done = task.fields["chunks"] + chunks
        self.update(
            self._task,
            advance=size,
            files=task.fields["files"] + files,
            chunks=done,
            rate=done / max(task.elapsed or 0.0, 0.1),
        )
