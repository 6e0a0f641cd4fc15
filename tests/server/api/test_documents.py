"""Uploaded files: bounded, under names that every system takes, and never run as pages of this server."""

import asyncio
import errno
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import httpx2
import openai
import pytest

from server.api.documents import library
from server.api.documents.reader import SharedReader
from server.api.documents.store import NAME_BYTES, FileStore, safe_name
from server.api.errors import ApiError
from server.api.served import Absent, Served
from server.app import create_app


@pytest.fixture
async def http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx2.AsyncClient]:
    monkeypatch.setenv("MOLY_DOCUMENTS_DIR", str(tmp_path))
    none = Absent("no model")
    transport = httpx2.ASGITransport(create_app(Served(none, none, None, created=0)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\lin\\日程.md", "日程.md"),
        ("CON.md", "_CON.md"),
        ("record.json", "_record.json"),
        ("a\0b:c?.txt", "a_b_c_.txt"),
        ("...", "file"),
        ("", "file"),
    ],
)
def test_names_are_what_every_system_takes(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_long_names_keep_their_ending() -> None:
    name = safe_name("长" * 300 + ".md")

    assert name.endswith(".md")
    assert len(name.encode()) <= NAME_BYTES + 1


async def test_openais_client_keeps_lists_reads_and_deletes_a_file(http: httpx2.AsyncClient) -> None:
    client = openai.AsyncOpenAI(base_url="http://localhost/v1", api_key="any", http_client=http)

    file = await client.files.create(file=("notes.html", b"<script>1</script>"), purpose="assistants")

    assert [each.id async for each in client.files.list()] == [file.id]
    content = await http.get(f"/v1/files/{file.id}/content")
    assert content.content == b"<script>1</script>"
    assert content.headers["content-type"] == "application/octet-stream"
    assert content.headers["content-disposition"].startswith("attachment")
    assert (await http.get(f"/v1/files/download/{file.id}")).content == content.content
    assert (await client.files.delete(file.id)).deleted
    assert (await http.get(f"/v1/files/{file.id}")).status_code == 404


async def test_a_file_is_cut_into_chunks(http: httpx2.AsyncClient) -> None:
    text = "\n\n".join(f"# Part {n}\n\n" + "Paris is the capital of France. " * 8 for n in range(4))
    file = (await http.post("/v1/files", files={"file": ("paris.md", text.encode())})).json()

    answer = await http.post(
        "/v1/chunks", json={"id": file["id"], "filename": "paris.md", "chunk_capacity": 100}
    )

    assert set(answer.json()) == {"id", "filename", "chunks"}
    assert "".join(answer.json()["chunks"]) == text
    assert len(answer.json()["chunks"]) >= 4


async def test_a_table_may_have_more_commas_than_a_request(http: httpx2.AsyncClient) -> None:
    """The bound on what JSON may hold refused every CSV of a megabyte."""
    answer = await http.post("/v1/files", files={"file": ("table.csv", b"1,2,3,4\n" * 100_000)})

    assert answer.status_code == 200


async def test_a_file_that_cannot_be_read_is_refused_by_its_name(http: httpx2.AsyncClient) -> None:
    file = (await http.post("/v1/files", files={"file": ("plan.pdf", b"%PDF-1.4 and no more")})).json()

    answer = await http.post("/v1/chunks", json={"id": file["id"]})

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("plan.pdf is not a readable PDF")


async def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_read(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three megabytes of `> ` were read for minutes on a thread of the server's, and another request's beside it."""
    from rag.files import reader

    hard = (await http.post("/v1/files", files={"file": ("hard.md", b"> a\n" * 100_000)})).json()
    easy = (await http.post("/v1/files", files={"file": ("easy.md", b"Paris.")})).json()
    monkeypatch.setattr(reader, "SECONDS", 1)

    refused = await http.post("/v1/chunks", json={"id": hard["id"]})
    monkeypatch.undo()
    answer = await http.post("/v1/chunks", json={"id": easy["id"]})

    assert refused.status_code == 400
    assert "hard.md takes more than 1 s" in refused.json()["error"]["message"]
    assert answer.json()["chunks"] == ["Paris."]


async def test_who_hangs_up_is_read_to_no_more(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    reader = SharedReader(files)
    hard = files.put(BytesIO(b"> a\n" * 500_000), "hard.md", "assistants")
    easy = files.put(BytesIO(b"Paris."), "easy.md", "assistants")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2):
            await reader.chunks(hard, 100)
    async with asyncio.timeout(60):
        assert await reader.chunks(easy, 100) == ["Paris."]


async def test_more_than_may_wait_are_told_when_to_come_back(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = (await http.post("/v1/files", files={"file": ("a.md", b"Paris.")})).json()
    monkeypatch.setattr(library, "MOST_WAITING", 2)

    answers = await asyncio.gather(*(http.post("/v1/chunks", json={"id": file["id"]}) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 429, 429]
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 429)


async def test_a_body_that_is_too_long_is_refused(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/v1/files", files={"file": ("big.txt", b"x" * (33 << 20))})

    assert answer.status_code == 413
    assert (await http.get("/v1/files")).json()["data"] == []


@pytest.mark.parametrize("path", ["/v1/audio/speech", "/v1/images/generations"])
async def test_sound_and_pictures_are_refused_with_what_to_use(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.post(path, json={})

    assert answer.status_code == 501
    assert "api-server" in answer.json()["error"]["message"]


@pytest.mark.real
def test_what_was_uploaded_is_found(base_url: str) -> None:
    """The whole of LlamaEdge's way on the real embedding model: create/rag, retrieve, delete."""
    with httpx2.Client(base_url=base_url, timeout=100) as http:
        text = "# Meals\n\nLunch on Sunday is at 12:15 in the courtyard."
        made = http.post("/create/rag", files={"file": ("meals.md", text.encode())}).json()
        question = {"messages": [{"role": "user", "content": "When is lunch on Sunday?"}]}
        found = http.post("/retrieve", json=question).json()
        http.delete(f"/files/{made['file']}")
        after = http.post("/retrieve", json=question).json()

    assert len(made["data"][0]["embedding"]) == 384
    assert "12:15" in found["points"][0]["source"]
    assert (found["points"][0]["file_id"], found["limit"]) == (made["file"], 5)
    assert after["points"] == []


def test_a_file_that_a_full_disk_cannot_keep_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)

    with pytest.raises(ApiError, match="No space left") as refused:
        FileStore(tmp_path).put(BytesIO(b"text"), "a.txt", "assistants")

    assert refused.value.status == 507
    assert list(tmp_path.iterdir()) == []
