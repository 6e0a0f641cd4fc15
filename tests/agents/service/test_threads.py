"""What is kept of conversations."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import Serve, Service
from fakes.endpoint import CallTool, Play

from kit.problem import Problem


def test_a_thread_keeps_its_turns_as_a_trace_does(play: Play, service: Service) -> None:
    play(CallTool("calculate", {"expression": "6 * 7"}), "It is 42.")
    thread = service.invoke("tool_agent", question="What is 6 times 7?")["thread"]

    [turn] = service.http.get(f"/threads/{thread}").json()["turns"]

    assert [line["step"] for line in turn if line["step"] != "usage"] == [
        "question",
        "tool_call",
        "tool_result",
        "text",
        "end",
    ]


@pytest.mark.parametrize("agent", ["tool_agent", "hello_agent", "memory_agent"])
def test_a_thread_goes_on_after_a_restart(play: Play, serve: Serve, agent: str) -> None:
    endpoint = play("Hello Lin.", "You are Lin.")
    serve().invoke(agent, question="I am Lin.", thread="lin")

    serve().invoke(agent, question="Who am I?", thread="lin")

    said = [
        message["content"] for message in endpoint.requests[-1]["messages"] if message["role"] != "system"
    ]
    assert said == ["I am Lin.", "Hello Lin.", "Who am I?"]


def test_the_newest_threads_are_listed_of_one_agent_or_of_all(play: Play, service: Service) -> None:
    play("Hello.")
    for thread, agent in (("a", "tool_agent"), ("b", "hello_agent"), ("c", "tool_agent")):
        service.invoke(agent, question=f"Is this {thread}?", thread=thread)
    service.invoke("tool_agent", question="And now?", thread="a")

    listed = service.http.get("/threads").json()
    of_one = service.http.get("/threads", params={"agent": "tool_agent"}).json()

    assert [(each["thread"], each["question"]) for each in listed] == [
        ("c", "Is this c?"),
        ("b", "Is this b?"),
        ("a", "Is this a?"),
    ]
    assert [each["thread"] for each in of_one] == ["c", "a"]


def test_a_deleted_thread_is_forgotten(play: Play, service: Service) -> None:
    endpoint = play("Hello.")
    service.invoke("tool_agent", question="I am Lin.", thread="lin")

    assert service.http.delete("/threads/lin").status_code == 200
    assert service.http.delete("/threads/lin").status_code == 404
    assert service.http.get("/threads/lin").status_code == 404
    service.invoke("tool_agent", question="Who am I?", thread="lin")
    assert "I am Lin." not in str(endpoint.requests[-1])


def test_a_thread_belongs_to_its_agent(play: Play, service: Service) -> None:
    play("Hello.")
    service.invoke("tool_agent", question="Hi", thread="t")

    answer = service.http.post("/agents/hello_agent/invoke", json={"question": "Hi", "thread": "t"})

    assert answer.status_code == 409
    assert "tool_agent's" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "place", ["mysql://localhost/x", "no/such/folder/x.sqlite", "postgresql://127.0.0.1:9/x"]
)
def test_a_database_that_is_none_is_a_problem(
    play: Play, serve: Serve, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.service.database.CONNECT_SECONDS", 1)

    with pytest.raises(Problem, match="AGENTS_DATABASE"):
        serve(database=place)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL of this test's own, where its programs are installed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = str(programs[-1] / "initdb") if programs else shutil.which("initdb")
    if not found:
        pytest.skip("PostgreSQL is not installed")
    folder = tmp_path_factory.mktemp("postgres")
    user = own_user(folder)

    def run(program: str, *arguments: str) -> None:
        command = [str(Path(found).with_name(program)), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    run("initdb", "-U", "kit", "--auth=trust", "--no-sync")
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-l", str(folder / "log"), "-w", "-o", options, "start")
    yield f"postgresql://kit@/postgres?host={folder}"
    run("pg_ctl", "-m", "immediate", "stop")


def own_user(folder: Path) -> str | None:
    """PostgreSQL does not run as root: give the folder, and the way to it, to somebody else."""
    import os

    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    shutil.chown(folder, "nobody")
    for above in folder.parents:
        if above.stat().st_mode & 0o777 == 0o700 and above.is_relative_to("/tmp"):
            above.chmod(0o711)
    return "nobody"


@pytest.mark.real
def test_threads_are_kept_in_postgresql_by_its_url(play: Play, serve: Serve, postgres: str) -> None:
    endpoint = play("Hello Lin.", "You are Lin.")
    serve(database=postgres).invoke("tool_agent", question="I am Lin.", thread="lin")
    again = serve(database=postgres)

    again.invoke("tool_agent", question="Who am I?", thread="lin")

    assert [message["content"] for message in endpoint.requests[-1]["messages"][1:]] == [
        "I am Lin.",
        "Hello Lin.",
        "Who am I?",
    ]
    assert len(again.http.get("/threads/lin").json()["turns"]) == 2
    assert [each["question"] for each in again.http.get("/threads").json()] == ["I am Lin."]
    assert again.http.delete("/threads/lin").status_code == 200
    assert again.http.get("/threads").json() == []
    assert not Path(".threads.sqlite").exists()
