"""What people name, and what folders hold that is no file like others."""

import errno
import os
import sys
from pathlib import Path

import pytest
from fakes.embeddings import FakeEmbeddings
from fakes.progress import Counter
from typer.testing import CliRunner

from kit.problem import Problem
from rag import Index
from rag.cli import app
from rag.files.source import kind_of, source_of
from rag.ingest import ingest, remove

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has none, or takes rights for them")
TOO_LONG = "x" * 300


def names(index: Index) -> list[str]:
    return sorted(Path(source).name for source in index.documents.live_sources())


def test_what_begins_with_a_tilde_is_a_file_like_others(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ingest .` ended in a traceback, or took ~/home.md for the one in somebody's home."""
    monkeypatch.setenv("HOME", str(tmp_path / "at home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "at home"))
    (tmp_path / "~").mkdir()
    (tmp_path / "~" / "home.md").write_text("The folder of that name.", encoding="utf-8")
    (tmp_path / "~nobody.md").write_text("A draft.", encoding="utf-8")

    assert ingest(index, [Path()], Counter()).added == 2
    assert set(index.documents.live_sources()) == {
        source_of(tmp_path / "~" / "home.md"),
        source_of(tmp_path / "~nobody.md"),
    }
    assert ingest(index, [Path()], Counter(), prune=True).unchanged == 2
    assert remove(index, ["~nobody.md"]) == 1


def test_a_tilde_that_somebody_types_is_the_home_folder(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))

    assert ingest(index, ["~/meals.md"], Counter()).added == 1
    assert index.search("lunch", source="~/meals.md")[0].source == "docs/meals.md"


@posix
def test_a_link_to_itself_leads_nowhere_and_stops_nothing(index: Index, folder: Path) -> None:
    """RuntimeError: Symlink loop."""
    ingest(index, [folder], Counter())
    (folder / "prizes.md").unlink()
    (folder / "prizes.md").symlink_to("prizes.md")
    report = ingest(index, [folder], Counter(), prune=True)

    assert (report.removed, report.others) == (1, {"broken link": 1})
    with pytest.raises(Problem, match="does not exist"):
        ingest(index, [folder / "prizes.md"], Counter())
    with pytest.raises(Problem, match="holds nothing of"):
        remove(index, [folder / "prizes.md"])
    with pytest.raises(Problem, match=r"prizes\.md"):
        index.search("prize", source=folder / "prizes.md")


@posix
def test_a_pipe_is_no_file(index: Index, folder: Path) -> None:
    """The command waited for ever for somebody to write into it."""
    os.mkfifo(folder / "pipe.md")

    assert ingest(index, [folder], Counter()).others == {"device or pipe": 1}
    with pytest.raises(Problem, match="is a device or a pipe"):
        ingest(index, [folder / "pipe.md"], Counter())


@posix
def test_one_of_several_that_is_not_there_costs_no_other(index: Index, folder: Path) -> None:
    """What a shell makes of docs/* may be a dead link, or a pipe: nothing was ingested."""
    (folder / "dead.md").symlink_to("gone.md")
    os.mkfifo(folder / "pipe.md")
    report = ingest(index, sorted(folder.iterdir()), Counter())

    assert names(index) == ["meals.md", "prizes.md", "网络.md"]
    assert ["dead.md does not exist" in each.en for each in report.problems] == [True, False]
    assert "pipe.md is a device or a pipe" in report.problems[1].en
    assert report.types[".md"] == {"added": 3, "skipped": 2}


def test_a_name_without_an_ending_is_counted_as_it_is(index: Index, folder: Path) -> None:
    report = ingest(index, [folder, "nowhere"], Counter())

    assert (report.added, report.types["nowhere"]) == (3, {"skipped": 1})


def test_a_name_that_no_file_can_have_does_not_exist(index: Index, folder: Path) -> None:
    """OSError: File name too long."""
    ingest(index, [folder], Counter())

    for place in (TOO_LONG, folder / TOO_LONG):
        with pytest.raises(Problem, match="does not exist"):
            ingest(index, [place], Counter(), prune=True)
        with pytest.raises(Problem, match="holds nothing of"):
            remove(index, [place])


def test_what_may_not_be_looked_at_is_not_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> os.stat_result:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)

    assert kind_of(tmp_path) == "closed"


@pytest.mark.parametrize("encoding", ["undefined", "hex", "idna", "punycode", "no-such"])
def test_an_encoding_that_is_none_of_texts_is_a_problem(index: Index, folder: Path, encoding: str) -> None:
    """UnicodeError, or every file was called broken."""
    with pytest.raises(Problem, match=f"--encoding={encoding} is no text encoding") as problem:
        ingest(index, [folder], Counter(), encoding=encoding)
    assert f"--encoding={encoding}" in problem.value.zh


@posix
def test_in_a_folder_that_was_deleted_every_command_says_so(
    embeddings: FakeEmbeddings, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FileNotFoundError."""
    with Index.open() as index:
        ingest(index, [folder], Counter())
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    for command in (["status"], ["ingest", "x.md"], ["search", "lunch"]):
        with pytest.raises(Problem, match="the folder you are in was deleted"):
            CliRunner().invoke(app, command, catch_exceptions=False)
    monkeypatch.chdir(tmp_path)


def test_a_folder_in_the_place_of_a_file_is_not_that_document(index: Index, folder: Path) -> None:
    ingest(index, [folder], Counter())
    (folder / "meals.md").unlink()
    (folder / "meals.md").mkdir()

    assert ingest(index, [folder], Counter(), prune=True).removed == 1
    assert names(index) == ["prizes.md", "网络.md"]


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("HTTP://Docs.Example.org/Page?Q=A#top", "http://docs.example.org/Page?Q=A"),
        ("https://Me:Secret@Example.org:8443/A", "https://Me:Secret@example.org:8443/A"),
        ("https://example.org", "https://example.org"),
        ("https://EXAMPLE.org?To=a@B", "https://example.org?To=a@B"),
    ],
)
def test_an_address_is_one_in_any_letters_that_servers_take_for_it(address: str, source: str) -> None:
    assert source_of(address) == source
