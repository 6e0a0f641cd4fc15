"""An index that follows its folders."""

import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from fakes.embeddings import FakeEmbeddings
from fakes.progress import Counter
from watchfiles import Change, watch

from kit.problem import Problem
from rag import Index
from rag.report import Report
from rag.settings import Settings
from rag.watch import follow_folders

Outcomes = Queue[Report | Problem]


@pytest.fixture
def follow(
    embeddings: FakeEmbeddings, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Path], Outcomes]]:
    """Watches a folder; what every run did, the first of them behind us."""
    monkeypatch.setattr("rag.watch.RETRY_MILLISECONDS", 500)
    stop, outcomes = threading.Event(), Outcomes()
    threads = []

    def begin(watched: Path) -> Outcomes:
        def run() -> None:
            for outcome in follow_folders(Settings(tmp_path / "index"), [watched], Counter, stop):
                outcomes.put(outcome)

        threads.append(threading.Thread(target=run))
        threads[0].start()
        first = outcomes.get(timeout=60)
        assert isinstance(first, Report) and first.added == 3
        return outcomes

    yield begin
    stop.set()
    threads[0].join()


def taken(outcomes: Outcomes, change: Callable[[], object]) -> list[str]:
    """What the next run took that took any. The watcher may begin a moment after a run: change until it is seen."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        change()
        for _ in range(20):
            if not outcomes.empty():
                outcome = outcomes.get()
                if isinstance(outcome, Report) and outcome.taken:
                    return [name for name, _ in outcome.taken]
            time.sleep(0.1)
    raise AssertionError("no change was seen")


def test_a_watched_folder_is_followed(
    follow: Callable[[Path], Outcomes], folder: Path, tmp_path: Path
) -> None:
    """Also when the index lies in it, which changes with every run."""
    outcomes = follow(tmp_path)

    assert taken(outcomes, lambda: (folder / "new.md").write_text("Tea is at five.", encoding="utf-8")) == [
        "docs/new.md"
    ]
    with Index.open(Settings(tmp_path / "index"), patience=60) as index:
        assert "new.md" in {Path(source).name for source in index.documents.live_sources()}


def test_a_watched_folder_that_was_made_again_is_followed_too(
    follow: Callable[[Path], Outcomes], folder: Path
) -> None:
    """As git does between two branches; nothing in it was seen any more."""
    outcomes = follow(folder)
    shutil.rmtree(folder)
    folder.mkdir()

    for name in ("again.md", "later.md"):
        (folder / name).write_text(f"Tea is {name}.", encoding="utf-8")
        assert taken(outcomes, (folder / name).touch) == [f"docs/{name}"]


def test_a_folder_that_comes_and_goes_all_the_time_is_followed(
    follow: Callable[[Path], Outcomes], folder: Path
) -> None:
    """Also when it goes in the moment that it is looked at."""
    outcomes = follow(folder)
    ends = time.monotonic() + 1.5
    while time.monotonic() < ends:
        shutil.rmtree(folder)
        time.sleep(random.random() / 500)
        folder.mkdir()
        time.sleep(random.random() / 500)

    (folder / "again.md").write_text("Tea is at five.", encoding="utf-8")
    assert taken(outcomes, (folder / "again.md").touch) == ["docs/again.md"]


@pytest.mark.parametrize("error", [OSError("watch limit reached"), RuntimeError("too many open files")])
def test_where_the_system_lets_nothing_be_watched_the_folder_is_read_again_and_again(
    follow: Callable[[Path], Outcomes], folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def watch(*_: Path, **__: object) -> Iterator[set[object]]:
        raise error
        yield

    monkeypatch.setattr("rag.watch.watch", watch)
    outcomes = follow(folder)
    assert taken(outcomes, lambda: (folder / "new.md").write_text("Tea is at five.", encoding="utf-8")) == [
        "docs/new.md"
    ]


def test_what_happens_before_the_watching_begins_is_seen(
    follow: Callable[[Path], Outcomes], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*folders: Path, **how: Any) -> Iterator[set[tuple[Change, str]]]:
        (folder / "new.md").write_text("Tea is at five.", encoding="utf-8")
        return watch(*folders, **how)

    monkeypatch.setattr("rag.watch.watch", late)
    assert taken(follow(folder), lambda: None) == ["docs/new.md"]
