"""A question over HTTP: the whole answer, its steps, its end."""

import time
from pathlib import Path

import pytest
from asking import Service
from fakes.endpoint import CallTool, Failure, Play, Slowly

ONE_OF_EACH = [
    ("hello_agent", "?"),
    ("tool_agent", "?"),
    ("memory_agent", "?"),
    ("team_agent", "?"),
    pytest.param("mcp_agent", "?", marks=pytest.mark.real),
    ("approval_agent", "?"),
]


def test_the_agents_are_listed_with_a_line_about_each(service: Service) -> None:
    """There were to be nine of them, and a team's own made ten."""
    listed = {each["agent"]: each["en"] for each in service.http.get("/agents").json()}

    assert {"tool_agent", "rag_agent", "mcp_agent", "team_agent"} <= set(listed)
    assert listed["hello_agent"] == "the tool loop by hand, with the openai package alone"


@pytest.mark.parametrize(("agent", "question"), ONE_OF_EACH)
def test_an_agent_answers(play: Play, service: Service, agent: str, question: str) -> None:
    play("It is 42.")

    told = service.invoke(agent, question=question)

    assert (told["outcome"], told["answer"]) == ("complete", "It is 42.")
    assert told["usage"]["input_tokens"] >= 20


def test_calls_and_their_results_are_told(play: Play, service: Service) -> None:
    play(CallTool("calculate", {"expression": "6 * 7"}), "It is 42.")

    steps = service.invoke("tool_agent", question="What is 6 times 7?")["steps"]

    assert [(step["step"], step.get("result")) for step in steps if step["step"] != "usage"] == [
        ("tool_call", None),
        ("tool_result", "42"),
    ]


def test_a_stream_is_the_steps_as_they_happen(play: Play, service: Service) -> None:
    play(CallTool("calculate", {"expression": "6 * 7"}), "It is 42.")

    events = list(service.stream("tool_agent", question="What is 6 times 7?"))

    kinds = [event["step"] for event in events]
    assert kinds[0] == "run"
    assert kinds.index("tool_call") < kinds.index("tool_result") < kinds.index("text")
    assert events[-1] == {"step": "end", "outcome": "complete", "problem": None}
    assert "".join(event["text"] for event in events if event["step"] == "text") == "It is 42."


def test_a_thread_goes_on_where_it_was(play: Play, service: Service) -> None:
    endpoint = play("Hello Lin.", "You are Lin.")
    thread = service.invoke("tool_agent", question="I am Lin.")["thread"]

    service.invoke("tool_agent", question="Who am I?", thread=thread)

    said = [message["content"] for message in endpoint.requests[-1]["messages"][1:]]
    assert said == ["I am Lin.", "Hello Lin.", "Who am I?"]


def test_a_server_that_is_not_there_is_told_with_the_cure(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT_MODEL_BASE_URL", "http://127.0.0.1:9/v1")

    answer = service.http.post("/agents/hello_agent/invoke", json={"question": "Hi"})

    assert answer.status_code == 502
    problem = answer.json()["error"]["problem"]
    assert "no server answers at" in problem["en"]
    assert "没有服务器应答" in problem["zh"]


def test_a_run_that_fails_leaves_the_thread_as_it_was(play: Play, service: Service) -> None:
    endpoint = play("Hello.", Failure(400), "Yes.")
    thread = service.invoke("tool_agent", question="Hi")["thread"]

    [*_, failed] = service.stream("tool_agent", question="Lost", thread=thread)
    service.invoke("tool_agent", question="Again?", thread=thread)

    assert failed["outcome"] == "failed"
    said = [message["content"] for message in endpoint.requests[-1]["messages"][1:]]
    assert said == ["Hi", "Hello.", "Again?"]


def test_cancel_ends_a_stream_and_stops_the_model(play: Play, service: Service) -> None:
    endpoint = play(Slowly("A long answer to a short question. " * 400, 0.05))
    stream = service.stream("tool_agent", question="?", thread="t")

    told = []
    for event in stream:
        told.append(event)
        if event["step"] == "text":
            assert service.http.post("/threads/t/cancel").json() == {"cancelled": True}

    assert told[-1]["outcome"] == "cancelled"
    assert endpoint.hung_up.wait(60)


def test_who_leaves_a_stream_stops_the_model(play: Play, service: Service) -> None:
    endpoint = play(Slowly("A long answer to a short question. " * 400, 0.05))
    stream = service.stream("tool_agent", question="?")
    next(event for event in stream if event["step"] == "text")

    stream.close()  # type: ignore[attr-defined]

    assert endpoint.hung_up.wait(60)


def test_the_next_question_waits_for_a_cancelled_answer(play: Play, service: Service) -> None:
    play(Slowly("A long answer to a short question. " * 400, 0.05), "Hello.")
    stream = service.stream("tool_agent", question="?", thread="t")
    next(event for event in stream if event["step"] == "text")
    stream.close()  # type: ignore[attr-defined]

    ask = {"question": "Hi", "thread": "t"}
    while (answer := service.http.post("/agents/tool_agent/invoke", json=ask)).status_code == 409:
        time.sleep(0.1)  # until the service has seen that the client is gone

    assert answer.json()["answer"] == "Hello."


class TestApproval:
    SAVE = CallTool("write_file", {"path": "packing.txt", "content": "socks"})
    SAVED = Path("workspace", "packing.txt")

    def test_a_file_is_written_after_a_yes(self, play: Play, service: Service) -> None:
        play(self.SAVE, "Saved.")

        waiting = service.invoke("approval_agent", question="Save a packing list.")

        assert waiting["outcome"] == "waiting"
        assert "write_file" in waiting["approval"]["en"]
        assert not self.SAVED.exists()
        done = service.invoke("approval_agent", thread=waiting["thread"], approved=True)
        assert (done["outcome"], done["answer"]) == ("complete", "Saved.")
        assert self.SAVED.read_text(encoding="utf-8") == "socks"

    def test_nothing_is_written_after_a_no(self, play: Play, service: Service) -> None:
        play(self.SAVE, "Nothing was saved.")
        waiting = service.invoke("approval_agent", question="Save a packing list.")

        events = list(service.stream("approval_agent", thread=waiting["thread"], approved=False))

        assert [event["failed"] for event in events if event["step"] == "tool_result"] == [True]
        assert not self.SAVED.exists()

    def test_the_thread_says_what_it_waits_for(self, play: Play, service: Service) -> None:
        play(self.SAVE, "Saved.")
        thread = service.invoke("approval_agent", question="Save a packing list.")["thread"]

        told = service.http.get(f"/threads/{thread}").json()

        assert told["running"]
        assert "write_file" in told["approval"]["en"]

    def test_a_cancelled_question_does_nothing(self, play: Play, service: Service) -> None:
        play(self.SAVE, "Saved.")
        thread = service.invoke("approval_agent", question="Save a packing list.")["thread"]

        service.http.post(f"/threads/{thread}/cancel")
        answer = service.http.post("/agents/approval_agent/invoke", json={"thread": thread, "approved": True})

        assert answer.status_code == 409
        assert not self.SAVED.exists()


def test_a_path_is_no_document_for_whoever_asks_from_elsewhere(play: Play, service: Service) -> None:
    """The sample that reads a document by its path would have handed out any file of the machine."""
    Path("secret.md").write_text("the secret", encoding="utf-8")
    endpoint = play('{"events": [{"date": "2026-01-01", "what": "x"}]}')

    service.invoke("structured_agent", question="secret.md")

    assert "the secret" not in str(endpoint.requests)
