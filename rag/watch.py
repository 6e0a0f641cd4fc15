"""Folders whose index follows them: read again when something in them changes."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event

from watchfiles import Change, watch

from kit.problem import Problem
from rag.files.source import resolved
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
    stop = stop or Event()
    index, roots = resolved(settings.chroma_path), [resolved(folder) for folder in folders]

    def matters(_: Change, path: str) -> bool:
        changed = Path(path)
        inside = [changed.relative_to(root) for root in roots if changed.is_relative_to(root)]
        hidden = all(any(part.startswith((".", "~$")) for part in each.parts) for each in inside)
        return not hidden and not changed.is_relative_to(index)

    outcome: Report | Problem = _run(settings, folders, progress)
    yield outcome
    while not stop.is_set():
        watched, is_first = _identities(roots), True
        for changes in _changes(watched, matters, stop):
            # One that was deleted and made again, as git does, is another folder, in which nothing is seen any more,
            # even if it has the number of the first.
            is_another = _identities(roots) != watched or any(Path(path) in roots for _, path in changes)
            # The first time also for what happened between the run before and the watching.
            if changes or is_another or is_first or isinstance(outcome, Problem):
                outcome = _run(settings, folders, progress)
                yield outcome
            if is_another:
                break
            is_first = False


def _changes(
    watched: Collection[Path], matters: Callable[[Change, str], bool], stop: Event
) -> Iterator[set[tuple[Change, str]]]:
    """What changed, again and again; an empty set when nothing did for a while."""
    try:
        yield from watch(
            *watched,
            watch_filter=matters,
            stop_event=stop,
            rust_timeout=RETRY_MILLISECONDS,
            yield_on_timeout=True,
            raise_interrupt=True,
            ignore_permission_denied=True,
        )
    except (OSError, RuntimeError):
        # One has gone in this moment, or the system lets no program watch so many: then they are read now and again.
        yield set()
        stop.wait(RETRY_MILLISECONDS / 1000)


def _identities(roots: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """Of those that are there."""
    found = {}
    for root in roots:
        with suppress(FileNotFoundError):
            status = root.stat()
            found[root] = (status.st_dev, status.st_ino)
    return found


def _run(settings: Settings, folders: Sequence[Path], progress: Callable[[], Progress]) -> Report | Problem:
    try:
        with Index.open(settings, patience=PATIENCE_SECONDS) as index:
            return ingest(index, folders, progress(), prune=True)
    except Problem as problem:
        return problem
