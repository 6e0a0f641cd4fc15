"""A folder as people have them: one file, one disk, one endpoint that is not as it should be."""

import errno
import os
import shutil
import sqlite3
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from chromadb.errors import InternalError
from fakes.embeddings import FakeEmbeddings
from fakes.progress import Counter
from typer.testing import CliRunner

from kit.endpoint import require_server
from kit.problem import Problem
from rag import Index
from rag.cli import app
from rag.ingest import ingest
from rag.loaders import LOADERS, load
from rag.store.vectors import VectorStore


class SignInPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = b"<html>Please sign in</html>"
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def sign_in_page() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SignInPage)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    return " ".join(result.output.split())


@pytest.mark.parametrize("suffix", LOADERS)
def test_whatever_a_library_raises_names_the_file_and_the_folder_goes_on(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """An HTML file with a marked section ended the run in a traceback without its name."""

    def fail(*_: object) -> Any:
        raise AssertionError("expected [/x] here")

    monkeypatch.setitem(LOADERS, suffix, fail)
    (folder / f"odd{suffix}").write_text("x", encoding="utf-8")
    (folder / "fine.markdown").write_text("Fine.", encoding="utf-8")
    report = ingest(index, [folder], Counter())

    assert any(f"odd{suffix} cannot be read (AssertionError" in problem.en for problem in report.problems)
    assert report.added >= 1


@pytest.mark.parametrize(
    "section", ["<![n[ bogus ]]>", "<![if !IE]>", "<![endif]>", "<![x", "<!ENTITY a [ b>"]
)
def test_html_with_marked_sections_keeps_its_text(tmp_path: Path, section: str) -> None:
    (tmp_path / "a.html").write_text(f"<p>Before.</p>{section}<p>After.</p>", encoding="utf-8")

    assert "Before." in load(tmp_path / "a.html").text
    assert "After." in load(tmp_path / "a.html").text or section == "<![x"


def test_brackets_in_headings_names_and_problems_are_shown_as_written(
    embeddings: FakeEmbeddings, tmp_path: Path
) -> None:
    """rich read them as markup: `search` and `ingest` ended in MarkupError."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "api.md").write_text(
        "# GET [/users]\n\n:smile: The list of [bold]users[/red].\n", encoding="utf-8"
    )
    (folder / "[red]x[dim].pdf").write_bytes(b"no PDF [/b]")

    assert "docs/[red]x[dim].pdf is not a readable PDF" in run("ingest", "docs")
    assert "[1] docs/api.md · GET [/users]" in run("search", "list of users")
    assert ":smile: The list of [bold]users[/red]." in run("search", "list of users")
    assert "docs/api.md" in run("status")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes any bytes for a name")
def test_a_file_name_that_is_not_utf_8_is_a_source_like_any_other(index: Index, folder: Path) -> None:
    name = os.fsdecode(b"menu\xff.md")
    (folder / name).write_text("# Canteen\n\nRice with ginger.\n", encoding="utf-8")
    report = ingest(index, [folder], Counter())

    assert (report.added, report.problems) == (4, [])
    assert index.search("ginger rice")[0].source == r"docs/menu\udcff.md"
    assert ingest(index, [folder], Counter(), prune=True).unchanged == 4


def test_an_embedding_endpoint_that_answers_with_a_web_page_is_a_problem(
    embeddings: FakeEmbeddings, folder: Path, monkeypatch: pytest.MonkeyPatch, sign_in_page: str
) -> None:
    """AttributeError: 'str' object has no attribute 'data'."""
    monkeypatch.setenv("EMBEDDING_MODEL_BASE_URL", sign_in_page)

    with Index.open() as index, pytest.raises(Problem, match=r"web page.*EMBEDDING_MODEL_BASE_URL"):
        ingest(index, [folder], Counter())


def test_a_chat_endpoint_that_answers_with_a_web_page_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, sign_in_page: str
) -> None:
    monkeypatch.setenv("CHAT_MODEL_BASE_URL", sign_in_page)

    with pytest.raises(Problem, match=r"web page.*CHAT_MODEL_BASE_URL"):
        require_server()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite3.OperationalError("database or disk is full"), "Free some space"),
        (OSError(errno.ENOSPC, "No space left on device"), "Free some space"),
        (
            InternalError("error returned from database: (code: 13) database or disk is full"),
            "Free some space",
        ),
        (sqlite3.OperationalError("attempt to write a readonly database"), "cannot be written"),
        (InternalError("attempt to write a readonly database"), "cannot be written"),
        (sqlite3.DatabaseError("database disk image is malformed"), "Rename that folder"),
        (sqlite3.OperationalError("disk I/O error"), "Run the command again"),
    ],
)
def test_a_disk_that_fails_is_a_problem_and_no_advice_destroys_data(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    """A full disk ended in a traceback; then `status` advised to delete a folder that was whole."""

    def fail(*_: object) -> Any:
        raise error

    monkeypatch.setattr(VectorStore, "put_chunks", fail)
    with pytest.raises(Problem, match=said) as problem:
        ingest(index, [folder], Counter())
    assert "elete" not in problem.value.en and "删除" not in problem.value.zh


def test_a_full_disk_is_seen_where_chroma_does_not_name_it(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Any:
        raise InternalError("Error in compaction: Failed to apply logs to the metadata segment")

    monkeypatch.setattr(VectorStore, "put_chunks", fail)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10_000))
    with pytest.raises(Problem, match="Free some space"):
        ingest(index, [folder], Counter())
