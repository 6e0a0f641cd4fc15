from pathlib import Path

import pytest
from fake_embeddings import FakeEmbeddings
from fake_endpoint import FakeEndpoint
from typer.testing import CliRunner

from kit.problem import Problem
from rag.cli import app


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
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


def test_what_was_skipped_is_told_with_the_cure(embeddings: FakeEmbeddings, folder: Path) -> None:
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4 nothing more")
    output = run("ingest", "docs")

    assert "1 skipped" in output and "scan.pdf is not a readable PDF" in output


def test_an_answer_comes_with_its_sources(
    embeddings: FakeEmbeddings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("ingest", "docs")
    with FakeEndpoint("The first prize is a telescope [1]. Dogs get nothing at all [1].") as chat:
        monkeypatch.setenv("CHAT_MODEL_BASE_URL", chat.base_url)
        output = run("ask", "What is the first prize?")

    assert "The first prize is a telescope [1]. Dogs get nothing at all [1?]." in output
    assert output.endswith("[1] docs/prizes.md · Prizes")


def test_an_empty_index_is_a_problem_with_the_cure(embeddings: FakeEmbeddings) -> None:
    with pytest.raises(Problem, match="python -m rag ingest"):
        run("search", "lunch")
