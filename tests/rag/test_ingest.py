import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fakes.embeddings import FakeEmbeddings
from fakes.progress import Counter

from kit.problem import Problem
from rag import Index
from rag.ingest import ingest
from rag.store.documents import DocumentStore


def found(index: Index, question: str) -> list[str]:
    return [passage.source for passage in index.search(question)]


def consistent(index: Index) -> bool:
    """Whether Chroma holds the chunks of the live documents, each once, and no other."""
    stored = sum(len(index.vectors.positions(version)) for version in index.documents.live_versions())
    return stored == index.documents.counts()[1] == index.vectors._chunks.count()


def test_ingested_documents_are_found_in_both_languages(index: Index, folder: Path) -> None:
    report = ingest(index, [folder], Counter())

    assert (report.added, report.problems) == (3, [])
    assert found(index, "When is lunch?")[0] == "docs/meals.md"
    assert found(index, "無線網絡的密碼是什麼？")[0] == "docs/网络.md"


def test_unchanged_files_cost_nothing(index: Index, folder: Path, embeddings: FakeEmbeddings) -> None:
    ingest(index, [folder], Counter())
    embeddings.requests.clear()
    report = ingest(index, [folder], Counter())

    assert (report.added, report.unchanged) == (0, 3)
    assert embeddings.texts == []


def test_a_changed_file_is_replaced_whole(index: Index, folder: Path) -> None:
    ingest(index, [folder], Counter())
    (folder / "meals.md").write_text("# Meals\n\nLunch is a picnic on the roof.\n", encoding="utf-8")
    report = ingest(index, [folder], Counter())

    assert (report.added, report.unchanged) == (1, 2)
    assert "picnic" in index.search("lunch")[0].text
    assert not any("courtyard" in passage.text for passage in index.search("lunch in the courtyard"))
    assert consistent(index)


def test_deleted_files_leave_the_index_only_with_prune(index: Index, folder: Path) -> None:
    ingest(index, [folder], Counter())
    (folder / "prizes.md").unlink()

    assert ingest(index, [folder], Counter()).removed == 0
    assert "docs/prizes.md" in found(index, "first prize")
    assert ingest(index, [folder], Counter(), prune=True).removed == 1
    assert "docs/prizes.md" not in found(index, "first prize")
    assert consistent(index)


def test_prune_leaves_other_folders_alone(index: Index, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "note.txt").write_text("The spare key hangs behind the clock.", encoding="utf-8")
    ingest(index, [folder, other], Counter())

    assert ingest(index, [folder], Counter(), prune=True).removed == 0


def test_a_broken_file_is_reported_and_the_rest_goes_on(index: Index, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing more")
    progress = Counter()
    report = ingest(index, [folder], progress)

    assert report.added == 3
    assert ["broken.pdf" in problem.en for problem in report.problems] == [True]
    assert progress.files == progress.of_files == 4


def test_a_file_that_another_program_holds_is_reported_and_the_rest_goes_on(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows does not open what Word has open; here the file system plays that."""
    really_open = Path.open

    def open_others(path: Path, *args: Any, **options: Any) -> Any:
        if path.name == "meals.md":
            raise PermissionError(errno.EACCES, "Permission denied")
        return really_open(path, *args, **options)

    monkeypatch.setattr(Path, "open", open_others)
    report = ingest(index, [folder], Counter())

    assert report.added == 2
    [problem] = report.problems
    assert "docs/meals.md cannot be opened: Permission denied" in problem.en


def test_a_folder_that_may_not_be_looked_into_is_reported_and_its_documents_stay(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may look everywhere, so the file system plays that too."""
    (folder / "closed").mkdir()
    (folder / "closed/secret.md").write_text("# Secret\n\nThe word is heron.", encoding="utf-8")
    ingest(index, [folder], Counter())
    really = {"scandir": os.scandir, "stat": os.stat, "listdir": os.listdir}

    def refuse(name: str) -> Any:
        def call(path: Any = ".", *args: Any, **options: Any) -> Any:
            if "closed" in str(path) and (name != "stat" or not str(path).endswith("closed")):
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return really[name](path, *args, **options)

        return call

    for name in really:
        monkeypatch.setattr(os, name, refuse(name))
    report = ingest(index, [folder], Counter(), prune=True)

    assert report.removed == 0
    [problem] = report.problems
    assert "docs/closed cannot be opened: Permission denied" in problem.en


def test_what_was_known_of_a_file_that_broke_stays(index: Index, folder: Path) -> None:
    ingest(index, [folder], Counter())
    (folder / "prizes.md").write_bytes(b"\0" * 100)

    assert len(ingest(index, [folder], Counter()).problems) == 1
    assert "telescope" in index.search("first prize")[0].text


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL; terminate() is as hard there")
@pytest.mark.parametrize("after", [1, 6])
def test_a_kill_at_any_moment_loses_nothing_and_doubles_nothing(
    embeddings: FakeEmbeddings, tmp_path: Path, after: int
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(8):
        text = "\n\n".join(
            f"## Part {part}\n\nFact {number}-{part} is about topic{number}x{part}." for part in range(40)
        )
        (folder / f"{number}.md").write_text(text, encoding="utf-8")
    with Index.open() as index:
        ingest(index, [folder], Counter())
        (folder / "0.md").write_text(
            "# New\n\nThe old facts were wrong.\n\n" + "More of it. " * 400, encoding="utf-8"
        )
    (folder / "late.md").write_text(
        "\n\n".join(f"## P{n}\n\nLate fact {n}." for n in range(200)), encoding="utf-8"
    )

    embeddings.requests.clear()
    embeddings.silent_after = 32 * after
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, "-m", "rag", "ingest", str(folder)], env=environment, stdout=subprocess.DEVNULL
    )
    while len(embeddings.texts) <= 32 * after and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it had ended before it was killed"

    embeddings.silent_after = None
    with Index.open() as index:
        assert found(index, "topic5x17")[0] == "many/5.md"
        assert str(folder / "late.md") not in index.documents.live_sources()
        ingest(index, [folder], Counter())
        assert consistent(index)
        assert index.documents.counts()[0] == 9
        assert found(index, "Late fact 123")[0] == "many/late.md"
        assert not any("topic0x3" in passage.text for passage in index.search("topic0x3", top_k=9))


def test_the_next_run_embeds_only_what_the_killed_one_did_not(
    index: Index, tmp_path: Path, embeddings: FakeEmbeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "long.md").write_text(
        "\n\n".join(f"## P{n}\n\nFact {n}." for n in range(300)), encoding="utf-8"
    )

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(DocumentStore, "publish", killed)
    with pytest.raises(KeyboardInterrupt):
        ingest(index, [tmp_path / "long.md"], Counter())
    monkeypatch.undo()
    monkeypatch.setenv("EMBEDDING_MODEL_BASE_URL", embeddings.base_url)
    monkeypatch.chdir(tmp_path)
    embeddings.requests.clear()
    ingest(index, [tmp_path / "long.md"], Counter())

    assert embeddings.texts == []
    assert index.documents.counts() == (1, 300)
    assert consistent(index)


def test_a_second_process_is_told_who_holds_the_index(index: Index, folder: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(
        [sys.executable, "-m", "rag", "status"],
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )

    assert ended.returncode == 2
    assert "another process has the index" in ended.stderr and "chroma run" in ended.stderr


def test_without_a_server_the_problem_says_how_to_start_it(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDDING_MODEL_BASE_URL", "http://127.0.0.1:9/v1")

    with pytest.raises(Problem, match="python -m server"):
        ingest(index, [folder], Counter())


def test_a_named_encoding_reads_unchanged_files_again_and_stays(index: Index, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Größe, Süße und naïve Köche".encode("cp1252"))
    ingest(index, [tmp_path / "a.txt"], Counter())
    named = ingest(index, [tmp_path / "a.txt"], Counter(), encoding="cp1252")
    again = ingest(index, [tmp_path / "a.txt"], Counter(), encoding="cp1252")
    plain = ingest(index, [tmp_path / "a.txt"], Counter())

    assert (named.added, again.unchanged, plain.unchanged) == (1, 1, 1)
    assert index.search("naïve Köche")[0].text == "Größe, Süße und naïve Köche"
    with pytest.raises(Problem, match="--encoding=klingon is no text encoding"):
        ingest(index, [tmp_path / "a.txt"], Counter(), encoding="klingon")


def test_workers_need_a_chroma_server(index: Index, folder: Path) -> None:
    """Two processes on one folder of Chroma's hang for minutes."""
    with pytest.raises(Problem, match="--workers=2 needs a Chroma server"):
        ingest(index, [folder], Counter(), workers=2)
