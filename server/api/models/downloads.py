"""Models on their way to this machine."""

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import Any, Literal

from server.api.errors import ApiError
from server.models import CatalogueEntry, cache
from server.models.sources.source import HubFile

# A third would only take the line from the first two.
MOST_AT_ONCE = 2


class _Cancelled(Exception):
    """Ends a download from inside its progress."""


class Download:
    """One model on its way, on a thread of its own: `status` says how far it is, `error` why it failed."""

    def __init__(self, model: CatalogueEntry | HubFile, file: Path) -> None:
        self.name = model.id if isinstance(model, CatalogueEntry) else str(model)
        self.file = file
        self.status: Literal["waiting", "downloading", "success", "cancelled", "failed"] = "waiting"
        self.error: Exception | None = None
        self.ended = asyncio.Event()
        self._model = model
        self._loop = asyncio.get_running_loop()
        self._source: str | None = None
        self._total = self._completed = 0
        self._cancelled = False
        # It may hang in a name's look-up for minutes, which the end of the server does not wait for.
        threading.Thread(target=self._run, name=f"download {self.name}", daemon=True).start()

    def progress(self) -> dict[str, Any]:
        return {
            "model": self.name,
            "status": self.status,
            "source": self._source,
            "completed": self._completed,
            "total": self._total,
        }

    def cancel(self) -> None:
        """What has arrived stays, for the next time."""
        self._cancelled = True
        if self.status in ("waiting", "downloading"):
            self.status = "cancelled"
        self.ended.set()

    # Called on its thread.

    def begin(self, source: str, total: int, done: int) -> None:
        self._source, self._total = source, total
        self.at(done)

    def at(self, done: int) -> None:
        if self._cancelled:
            raise _Cancelled
        self._completed = done
        self.status = "downloading"

    def _run(self) -> None:
        # Only a download needs an HTTP client.
        from server.models.download import download

        try:
            download(self._model, self.file, self)
            self._completed = self._total = cache.size_of(self.file)
            self.status = "success"
        except _Cancelled:
            pass
        except Exception as error:
            if not self._cancelled:
                self.error, self.status = error, "failed"
        with contextlib.suppress(RuntimeError):  # the server has stopped
            self._loop.call_soon_threadsafe(self.ended.set)


class Downloads:
    """Those that are under way, by the name that they were asked for."""

    def __init__(self) -> None:
        self._running: dict[str, Download] = {}

    def start(self, model: CatalogueEntry | HubFile) -> Download:
        """Raises ApiError where it is under way already, or too many are."""
        self._running = {name: each for name, each in self._running.items() if not each.ended.is_set()}
        name = model.id if isinstance(model, CatalogueEntry) else str(model)
        if name in self._running:
            raise ApiError(
                409, f"{name} is being downloaded already.", param="model", code="download_running"
            )
        if len(self._running) >= MOST_AT_ONCE:
            raise ApiError(429, f"{' and '.join(self._running)} are being downloaded. Wait, or cancel one.")
        download = Download(model, cache.file_of(model, cache.default_folder()))
        self._running[name] = download
        return download

    def find(self, name: str) -> Download | None:
        found = self._running.get(name)
        return found if found and not found.ended.is_set() else None

    def progress(self) -> list[dict[str, Any]]:
        return [each.progress() for each in self._running.values() if not each.ended.is_set()]
