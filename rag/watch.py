"""Folders whose index follows them: read again when something in them changes."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event

from watchfiles import Change, watch

from kit.problem import Problem
from rag.index import Index
from rag.ingest import ingest
from rag.report import Progress, Report
from rag.settings import Settings

# Between two runs other programs may use the index; one that does is waited for so long.
PATIENCE_SECONDS = 60
# After a run that failed, for the endpoint was down or the index in use.
RETRY_MILLISECONDS = 10_000


def follow_folders(
    settings: Settings,
    folders: Sequence[Path],
    progress: Callable[[], Progress],
    stop: Event | None = None,
) -> Iterator[Report | Problem]:
    """What each run did, the first one at once; a run that failed is tried again until it succeeds."""
    outcome = _run(settings, folders, progress)
    yield outcome
    index = settings.chroma_path.resolve()

    def matters(_: Change, path: str) -> bool:
        changed = Path(path)
        inside = [changed.relative_to(root) for root in roots if changed.is_relative_to(root)]
        hidden = all(any(part.startswith((".", "~$")) for part in each.parts) for each in inside)
        return not hidden and not changed.is_relative_to(index)

    roots = [folder.resolve() for folder in folders]
    for changes in watch(
        *roots,
        watch_filter=matters,
        stop_event=stop,
        rust_timeout=RETRY_MILLISECONDS,
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        if changes or isinstance(outcome, Problem):
            outcome = _run(settings, folders, progress)
            yield outcome


def _run(settings: Settings, folders: Sequence[Path], progress: Callable[[], Progress]) -> Report | Problem:
    try:
        with Index.open(settings, patience=PATIENCE_SECONDS) as index:
            return ingest(index, folders, progress(), prune=True)
    except Problem as problem:
        return problem
