"""Copies of the server behind one address, on Ray Serve; here as small applications that say who they are."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import httpx2
import openai
import pytest

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)]),
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "disabled",
}


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@pytest.fixture(scope="module")
def program(port: int) -> Iterator[subprocess.Popen[str]]:
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed: python -m pip install -e '.[scale]'")
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", str(Path(__file__).with_name("small_replicas.py")), str(port)],
        env=os.environ | ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout and process.stdin
    wait_until_ready(process)
    yield process
    process.stdin.close()
    process.wait(60)
    process.stdout.close()


@pytest.fixture(scope="module")
def address(program: subprocess.Popen[str], port: int) -> str:
    return f"http://127.0.0.1:{port}"


def wait_until_ready(program: subprocess.Popen[str]) -> None:
    assert program.stdout
    assert any(line.strip() == "ready" for line in program.stdout), "Ray Serve did not start"


def ask(address: str, text: str, **more: object) -> httpx2.Response:
    body = {"messages": [{"role": "user", "content": text}], **more}
    return httpx2.post(f"{address}/v1/chat/completions", json=body, timeout=60)


def pid_of(answer: httpx2.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["pid"])


def test_a_request_arrives_as_it_was_sent(address: str) -> None:
    answer = httpx2.post(
        f"{address}/v1/chat/completions?x=1",
        json={"messages": []},
        headers={"Host": "kit.example"},
        timeout=60,
    )

    assert answer.json()["asked"] == {"messages": []}
    assert answer.json()["host"] == "kit.example"  # so that the server itself can refuse it


def test_what_begins_alike_goes_to_the_replica_that_has_computed_it(address: str) -> None:
    prefixes = [f"{name} " * 200 for name in ("one", "two", "three", "four")]
    first = [pid_of(ask(address, prefix)) for prefix in prefixes]

    again = [[pid_of(ask(address, f"{prefix} and question {n}")) for n in range(5)] for prefix in prefixes]

    assert len(set(first)) == 2, "both replicas were used"
    assert again == [[pid] * 5 for pid in first]


def test_embeddings_go_to_replicas_of_their_own(address: str) -> None:
    chats = {pid_of(ask(address, f"{n} is the number of this text")) for n in range(8)}

    embedding = pid_of(httpx2.post(f"{address}/v1/embeddings", json={"input": "x"}, timeout=60))

    assert embedding not in chats


def test_a_stream_comes_through_in_pieces(address: str) -> None:
    client = openai.OpenAI(base_url=f"{address}/v1", api_key="x")

    stream = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "Hi"}], stream=True
    )

    assert [chunk.choices[0].delta.content for chunk in stream] == ["0", "1", "2"]


def test_a_body_that_is_too_long_is_refused(address: str) -> None:
    assert (
        httpx2.post(f"{address}/v1/chat/completions", content=b"x" * 34_000_000, timeout=60).status_code
        == 413
    )


def test_a_replica_that_dies_costs_its_own_requests_alone_and_is_replaced(address: str) -> None:
    before = {pid_of(ask(address, f"{n} before")) for n in range(8)}

    died = ask(address, "Die", user="die")

    assert died.status_code == 503
    assert died.headers["retry-after"] == "2"
    assert died.json()["error"]["code"] == "replica_gone"
    # Each time other words: what was asked before goes to the replica that answered it.
    while len(after := {pid_of(ask(address, f"{uuid4()} after")) for _ in range(8)}) < 2:
        time.sleep(0.5)
    assert len(before & after) == 1


def test_a_stream_whose_replica_dies_ends_with_an_error(address: str) -> None:
    client = openai.OpenAI(base_url=f"{address}/v1", api_key="x", max_retries=0)
    stream = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "Hi"}], stream=True, user="die in the middle"
    )

    with pytest.raises(openai.APIError, match="replica that was answering is gone"):
        list(stream)


def test_streams_end_as_they_should_while_every_replica_is_replaced(
    address: str, program: subprocess.Popen[str]
) -> None:
    """A rollout is meant to cost nobody an answer."""
    client = openai.OpenAI(base_url=f"{address}/v1", api_key="x", max_retries=0)
    streams = [
        client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": f"{n} is first"}], stream=True, user="slowly"
        )
        for n in range(4)
    ]
    begun = [next(stream).choices[0].delta.content for stream in streams]
    assert program.stdin
    program.stdin.write("again\n")
    program.stdin.flush()

    ended = [[chunk.choices[0].delta.content for chunk in stream] for stream in streams]
    wait_until_ready(program)

    assert begun == ["0"] * 4
    assert ended == [["1", "2"]] * 4
    assert ask(address, "Hi").status_code == 200
