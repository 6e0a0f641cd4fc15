"""Models come over HTTP: with progress, broken off and taken up again, and only into the cache."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fakes.origin import Origin

from server.api.served import Absent, Served
from server.app import create_app

DOWNLOAD = "/v1/models/download"


def app() -> Any:
    none = Absent("no model")
    return create_app(Served(none, none, None, created=0))


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app())
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
def address() -> Iterator[str]:
    """A server of its own: only a socket can be hung up."""
    server = uvicorn.Server(uvicorn.Config(app(), port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(60)


def events(answer: httpx2.Response) -> list[dict[str, Any]]:
    *lines, end = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert end == "[DONE]"
    return [json.loads(line) for line in lines]


async def test_a_download_ends_with_the_file_in_the_cache(
    http: httpx2.AsyncClient, origin: Origin, folder: Path, tiny: bytes
) -> None:
    told = events(await http.post(DOWNLOAD, json={"model": "tiny"}))

    assert told[-1]["status"] == "success"
    assert told[-1]["completed"] == told[-1]["total"] == len(tiny)
    assert (folder / told[-1]["file"]).read_bytes() == tiny
    (card,) = (await http.get("/v1/models/catalogue")).json()["data"]
    assert card["on_disk"]
    assert (await http.post("/v1/models/verify", json={"model": "tiny"})).json() == {
        "model": "tiny",
        "sound": True,
    }


async def test_a_download_that_fails_says_why(http: httpx2.AsyncClient, origin: Origin, folder: Path) -> None:
    origin.status = {"hf": 404, "modelscope": 404}

    told = events(await http.post(DOWNLOAD, json={"model": "tiny"}))

    assert told[-1]["status"] == "failed"
    assert "HTTP 404" in told[-1]["error"]["message"]


async def test_a_cancelled_download_keeps_what_came_and_goes_on_from_there(
    http: httpx2.AsyncClient, origin: Origin, folder: Path, tiny: bytes
) -> None:
    origin.seconds_a_chunk = 1
    running = asyncio.create_task(http.post(DOWNLOAD, json={"model": "tiny"}))
    while not (progress := (await http.get("/v1/models/catalogue")).json())["downloading"] or (
        progress["data"][0]["downloaded_bytes"] == 0
    ):
        await asyncio.sleep(0.02)
    again = await http.post(DOWNLOAD, json={"model": "tiny"})
    kept = await http.delete("/v1/models/files/tiny")

    cancelled = (await http.post(f"{DOWNLOAD}/cancel", json={"model": "tiny"})).json()
    told = events(await running)
    origin.seconds_a_chunk = 0
    asked = len(origin.asked("/cdn/"))
    after = events(await http.post(DOWNLOAD, json={"model": "tiny"}))

    assert again.status_code == kept.status_code == 409
    assert cancelled == {"model": "tiny", "cancelled": True}
    assert told[-1]["status"] == "cancelled"
    assert after[-1]["status"] == "success"
    assert (folder / "tiny.gguf").read_bytes() == tiny
    assert all(sent for sent in origin.asked("/cdn/")[asked:])
    assert (await http.post(f"{DOWNLOAD}/cancel", json={"model": "tiny"})).json()["cancelled"] is False


def test_who_hangs_up_ends_the_download(address: str, origin: Origin, folder: Path) -> None:
    origin.seconds_a_chunk = 1
    with httpx2.stream("POST", f"{address}{DOWNLOAD}", json={"model": "tiny"}, timeout=60) as answer:
        lines = answer.iter_lines()
        while not (line := next(lines)) or not json.loads(line.removeprefix("data: "))["completed"]:
            pass

    assert origin.hung_up.wait(60)
    while httpx2.get(f"{address}/v1/models/catalogue", timeout=60).json()["downloading"]:
        time.sleep(0.02)
    assert not (folder / "tiny.gguf").exists()


async def test_a_download_is_the_same_by_either_name_of_its_model(
    http: httpx2.AsyncClient, origin: Origin, folder: Path
) -> None:
    on_hub = "hf:owner/tiny/tiny.gguf"
    origin.seconds_a_chunk = 1
    running = asyncio.create_task(http.post(DOWNLOAD, json={"model": on_hub}))
    while not (await http.get("/v1/models/catalogue")).json()["downloading"]:
        await asyncio.sleep(0.02)

    again = await http.post(DOWNLOAD, json={"model": "tiny"})
    kept = await http.delete(f"/v1/models/files/{on_hub}")
    cancelled = await http.post(f"{DOWNLOAD}/cancel", json={"model": on_hub})

    assert again.status_code == kept.status_code == 409
    assert cancelled.json()["cancelled"]
    assert events(await running)[-1]["model"] == "tiny"


async def test_a_model_leaves_the_disk(http: httpx2.AsyncClient, origin: Origin, folder: Path) -> None:
    reference = "hf:owner/tiny2/tiny.gguf"
    assert events(await http.post(DOWNLOAD, json={"model": reference}))[-1]["status"] == "success"
    listed = [model["id"] for model in (await http.get("/v1/models/catalogue")).json()["data"]]

    deleted = await http.delete(f"/v1/models/files/{reference}")

    assert listed == ["tiny", reference]
    assert deleted.json() == {"id": reference, "object": "model", "deleted": True}
    assert not list(folder.rglob("*.gguf"))


@pytest.mark.parametrize("path", ["/etc/hosts", "../../secret.gguf", "hf:../../../x.gguf", "~/x.gguf"])
async def test_nothing_outside_the_cache_is_deleted_verified_or_written(
    http: httpx2.AsyncClient, folder: Path, path: str
) -> None:
    answers = [
        await http.request("DELETE", f"/v1/models/files/{path}"),
        await http.post("/v1/models/verify", json={"model": path}),
        await http.post(DOWNLOAD, json={"model": path}),
    ]

    assert {answer.status_code for answer in answers} <= {400, 404, 405}
