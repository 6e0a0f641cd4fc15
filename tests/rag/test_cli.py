import os
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.embeddings import FakeEmbeddings
from fakes.endpoint import FakeEndpoint
from typer.testing import CliRunner

from kit.problem import Problem
from rag.cli import app

posix = pytest.mark.skipif(sys.platform == "win32", reason="links take rights there, and names have one line")


def run(*arguments: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return " ".join(result.output.split())


def test_documents_go_in_are_found_and_go_out_again(embeddings: FakeEmbeddings, folder: Path) -> None:
    assert "3 documents added" in run("ingest", "docs")
    assert "3 unchanged" in run("ingest", "docs")
    assert "docs/网络.md" in run("search", "无线网络的密码", "--top-k", "1")
    assert "telescope" in run("search", "first prize", "--source", "docs/prizes.md")
    status = run("status")
    assert "3 documents" in status and "embedding_model" in status and "docs/meals.md" in status
    assert "索引已清空" in run("reset")
    assert "0 documents" in run("status")


@pytest.mark.parametrize("command", [["search", "lunch"], ["status"], ["remove", "docs"], ["reset"]])
def test_a_collection_that_is_not_there_is_not_made(
    embeddings: FakeEmbeddings, folder: Path, command: list[str]
) -> None:
    """A typo became a collection of its own, which `status` listed from then on."""
    run("ingest", "docs", "--collection", "meals")
    with pytest.raises(
        Problem, match=r"no collection 'meal' in .*; there are: rag, meals\. Correct the name"
    ) as problem:
        run(*command, "--collection", "meal")

    assert "rag、meals" in problem.value.zh
    assert run("status").endswith("Other collections 其他集合: meals")


@posix
def test_a_name_of_two_lines_is_shown_in_one(embeddings: FakeEmbeddings, folder: Path) -> None:
    (folder / "two\nlines.md").write_text("The sauna is open on Mondays.", encoding="utf-8")
    run("ingest", "docs")
    found = CliRunner().invoke(app, ["search", "When is the sauna open?"], catch_exceptions=False).output

    assert "docs/two\\nlines.md" in found


@posix
def test_a_link_to_a_file_that_is_read_is_counted(embeddings: FakeEmbeddings, folder: Path) -> None:
    (folder / "a first.md").symlink_to("meals.md")
    (folder / "z last.md").symlink_to("meals.md")

    assert "2 × linked file" in run("ingest", "docs")


def test_each_collection_is_an_index_of_its_own(embeddings: FakeEmbeddings, folder: Path) -> None:
    run("ingest", "docs/meals.md", "--collection", "meals")
    run("ingest", "docs/prizes.md")

    assert "docs/meals.md" in run("search", "first prize", "--collection", "meals")
    assert "docs/prizes.md" in run("search", "first prize")
    status = run("status", "--collection", "meals")
    assert "docs/meals.md" in status and "docs/prizes.md" not in status
    assert status.endswith("Other collections 其他集合: rag")
    run("reset", "--collection", "meals")
    assert "docs/prizes.md" in run("status")


@pytest.mark.parametrize("command", ["ingest", "remove", "watch"])
def test_an_empty_name_is_not_the_working_folder(embeddings: FakeEmbeddings, command: str) -> None:
    with pytest.raises(Problem, match="a name is empty"):
        run(command, "docs", "")


@posix
def test_a_linked_folder_is_said_for(embeddings: FakeEmbeddings, folder: Path) -> None:
    (folder / "more").symlink_to(folder.parent, target_is_directory=True)

    assert "1 × linked folder" in run("ingest", "docs")


def test_documents_are_removed_by_name(embeddings: FakeEmbeddings, folder: Path) -> None:
    run("ingest", "docs")
    assert "2 documents removed" in run("remove", "docs/meals.md", "./docs/prizes.md")
    assert "docs/meals.md" not in run("status")


def test_what_was_skipped_is_told_with_the_cure(embeddings: FakeEmbeddings, folder: Path) -> None:
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4 nothing more")
    (folder / "song.mp3").write_bytes(b"ID3")
    (folder / "photo.PNG").write_bytes(b"x")
    output = run("ingest", "docs", exit_code=1)

    assert "installed: 1 × .png, 1 × .mp3" in output
    assert "1 skipped" in output and "scan.pdf is not a readable PDF" in output


def test_every_file_is_said_for(embeddings: FakeEmbeddings, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing more")
    (folder / ".hidden.md").write_text("x", encoding="utf-8")
    first = run("ingest", "docs", exit_code=1)
    (folder / "meals.md").write_text("# Meals\n\nLunch is a picnic.\n", encoding="utf-8")
    second = run("ingest", "docs", exit_code=1)

    assert (
        "added 已导入 docs/meals.md (2 chunks)" in first and "added 已导入 docs/网络.md (1 chunks)" in first
    )
    assert ".md: 3 added 导入 3 .pdf: 1 skipped 跳过 1" in first and "1 × hidden" in first
    assert "added 已导入 docs/meals.md (1 chunks)" in second and "docs/prizes.md" not in second
    assert ".md: 1 added, 2 unchanged 导入 1，未变 2" in second
    (folder / "broken.pdf").unlink()
    run("ingest", "docs")


def test_of_hundreds_of_files_the_sum_is_told(embeddings: FakeEmbeddings, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for number in range(45):
        (tmp_path / "docs" / f"{number:02}.txt").write_text(f"Fact {number}.", encoding="utf-8")
    output = run("ingest", "docs")

    assert "docs/39.txt" in output and "docs/40.txt" not in output and "… and 5 more" in output


def test_an_answer_comes_with_its_sources(
    embeddings: FakeEmbeddings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("ingest", "docs")
    with FakeEndpoint("The first prize is a telescope [1]. Dogs get nothing at all [1].") as chat:
        monkeypatch.setenv("CHAT_MODEL_BASE_URL", chat.base_url)
        output = run("ask", "What is the first prize?")

    assert "The first prize is a telescope [1]. Dogs get nothing at all [1?]." in output
    assert output.endswith("[1] docs/prizes.md · Prizes “The first prize is a telescope.”")


def test_an_empty_index_is_a_problem_with_the_cure(embeddings: FakeEmbeddings) -> None:
    with pytest.raises(Problem, match="python -m rag ingest"):
        run("search", "lunch")


def test_without_its_packages_the_cure_is_told_and_no_traceback() -> None:
    """`python -m rag` outside the environment ended in ModuleNotFoundError."""
    ended = subprocess.run(
        [sys.executable, "-S", "-m", "rag", "status"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )

    assert ended.returncode == 2
    assert "is not installed" in ended.stderr and "没有安装" in ended.stderr
    assert "pip install" in ended.stderr and "Traceback" not in ended.stderr
