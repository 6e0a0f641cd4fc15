"""Spans as a collector reads them, over OTLP's HTTP."""

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fakes.endpoint import CallTool, Failure, Play
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from typer.testing import CliRunner

from agents import runtime
from agents.runtime.cli import app
from agents.runtime.telemetry import names, spans_to
from agents.team_agent import TeamAgent
from agents.tool_agent import ToolAgent
from kit.problem import Problem

# Brought by the extra otlp, and with it by test.
pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

CALCULATE = CallTool("calculate", {"expression": "6 * 7"})


class Collector:
    """Takes spans, until it is told to refuse them."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.services: set[str] = set()
        self.schemas: set[str] = set()
        self.status = 200
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                found = self.path == "/v1/traces"
                if found and collector.status == 200:
                    collector.take(ExportTraceServiceRequest.FromString(body))
                self.send_response(collector.status if found else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def take(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            self.services |= {
                each.value.string_value for each in resource.resource.attributes if each.key == "service.name"
            }
            for scope in resource.scope_spans:
                self.schemas.add(scope.schema_url)
                self.spans += scope.spans

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def attributes(span: Span) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}


def ask(monkeypatch: pytest.MonkeyPatch, *arguments: str, agent: Any = ToolAgent) -> None:
    monkeypatch.setattr(sys, "argv", ["agents/tool_agent.py", *arguments])
    runtime.run(agent, "usage")


def test_an_answer_is_a_run_with_its_calls_of_model_and_tools(
    play: Play, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = play(CALCULATE, "It is 42.")

    ask(monkeypatch, "6 * 7?", "--otlp", collector.url)

    [run], [tool] = collector.named("invoke_agent tool_agent"), collector.named("execute_tool calculate")
    first, second = collector.named("chat moly-chat")
    assert {span.parent_span_id for span in (first, tool, second)} == {run.span_id}
    assert len({span.trace_id for span in collector.spans}) == 1
    model = {
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "moly-chat",
        "server.address": "127.0.0.1",
        "server.port": int(endpoint.base_url.split(":")[-1].removesuffix("/v1")),
    }
    assert attributes(run) == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "tool_agent",
        **model,
    }
    assert attributes(first) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 12,
        **model,
    }
    assert attributes(tool) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "calculate",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": "call_0",
    }
    assert (run.kind, first.kind, tool.kind) == (
        Span.SPAN_KIND_INTERNAL,
        Span.SPAN_KIND_CLIENT,
        Span.SPAN_KIND_INTERNAL,
    )
    assert collector.services == {"agents.tool_agent"}
    assert collector.schemas == {names.SCHEMA}


def test_spans_last_as_long_as_what_they_tell(
    play: Play, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(CALCULATE, "It is 42.")

    ask(monkeypatch, "6 * 7?", "--otlp", collector.url)

    [run], [tool] = collector.named("invoke_agent tool_agent"), collector.named("execute_tool calculate")
    first, second = sorted(collector.named("chat moly-chat"), key=lambda span: span.start_time_unix_nano)
    moments = [
        run.start_time_unix_nano,
        first.start_time_unix_nano,
        first.end_time_unix_nano,
        tool.start_time_unix_nano,
        tool.end_time_unix_nano,
        second.start_time_unix_nano,
        second.end_time_unix_nano,
        run.end_time_unix_nano,
    ]
    assert moments == sorted(moments)


def test_models_that_work_as_tools_overlap(
    play: Play, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    play('{"tasks": ["Find the deadline.", "Find the hall."]}', "At 13:00.")

    ask(monkeypatch, "What is due?", "--otlp", collector.url, agent=TeamAgent)

    planner, *workers, writer = sorted(
        collector.named("chat moly-chat"), key=lambda span: span.end_time_unix_nano
    )
    assert len(workers) == 2
    assert len({span.start_time_unix_nano for span in workers}) == 1
    assert planner.end_time_unix_nano <= workers[0].start_time_unix_nano < workers[0].end_time_unix_nano
    assert writer.start_time_unix_nano >= workers[1].end_time_unix_nano


def test_what_was_said_is_sent_only_where_somebody_asks_for_it(
    play: Play, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(CALCULATE, "It is 42, \ud83d.", CALCULATE, "It is 42, \ud83d.")

    ask(monkeypatch, "Secret 6 * 7?", "--otlp", collector.url)
    quiet = str([attributes(span) for span in collector.spans])
    collector.spans.clear()
    ask(monkeypatch, "Secret 6 * 7?", "--otlp", collector.url, "--otlp-content")

    assert not any(word in quiet for word in ("Secret", "6 *", "It is"))
    [run], [tool] = collector.named("invoke_agent tool_agent"), collector.named("execute_tool calculate")
    [asked] = json.loads(attributes(run)["gen_ai.input.messages"])
    [answered] = json.loads(attributes(run)["gen_ai.output.messages"])
    assert (asked["role"], asked["parts"]) == ("user", [{"type": "text", "content": "Secret 6 * 7?"}])
    assert (answered["role"], answered["finish_reason"]) == ("assistant", "stop")
    assert answered["parts"][0]["content"].startswith("It is 42")
    assert json.loads(attributes(tool)["gen_ai.tool.call.arguments"]) == {"expression": "6 * 7"}
    assert attributes(tool)["gen_ai.tool.call.result"] == "42"


def test_what_fails_is_marked_by_its_class_alone(
    play: Play, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(CallTool("calculate", {"expression": "1 / 0"}), Failure(400, "your secret is too long"))

    with pytest.raises(SystemExit):
        ask(monkeypatch, "?", "--otlp", collector.url)

    [run], [tool] = collector.named("invoke_agent tool_agent"), collector.named("execute_tool calculate")
    assert (run.status.code, tool.status.code) == (Status.STATUS_CODE_ERROR, Status.STATUS_CODE_ERROR)
    assert attributes(run)["error.type"].endswith("Error")
    assert attributes(tool)["error.type"] == "_OTHER"
    assert "secret" not in str(collector.spans)


def test_an_evaluation_sends_every_question(play: Play, collector: Collector, tmp_path: Path) -> None:
    play("Hello.")
    case = {"question": "?", "then": [{"question": "??"}]}
    (tmp_path / "cases.jsonl").write_text(json.dumps(case), encoding="utf-8")

    arguments = ["evaluate", "cases.jsonl", "--repeat", "2", "--otlp", collector.url]
    finished = CliRunner().invoke(app, arguments, catch_exceptions=False)

    assert finished.exit_code == 0
    assert len(collector.named("invoke_agent tool_agent")) == 4


def test_the_names_are_those_of_the_conventions() -> None:
    ours = {value for value in vars(names).values() if str(value).startswith("gen_ai.")}

    assert len(ours) >= 14
    assert ours <= {value for value in vars(gen_ai_attributes).values() if isinstance(value, str)}


def test_an_address_may_name_the_path(
    play: Play, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    play("Hello.")

    ask(monkeypatch, "?", "--otlp", f"{collector.url}/v1/traces")

    assert len(collector.spans) == 2


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("localhost:4318", "is not a web address"),
        ("http://localhost:port", "is not a web address"),
        ("http://127.0.0.1:9", "nothing at http://127.0.0.1:9/v1/traces takes traces"),
    ],
)
def test_where_nothing_takes_traces_the_model_is_not_asked(
    play: Play, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str, reason: str
) -> None:
    monkeypatch.setattr("agents.runtime.telemetry.collector.PROBE_SECONDS", 0.2)
    endpoint = play("Hello.")

    with pytest.raises(SystemExit):
        ask(monkeypatch, "?", "--otlp", url)

    assert reason in capsys.readouterr().err
    assert endpoint.requests == []


def test_another_server_is_no_collector(
    play: Play, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], collector: Collector
) -> None:
    play("Hello.")

    with pytest.raises(SystemExit):
        ask(monkeypatch, "?", "--otlp", f"{collector.url}/elsewhere")

    assert "takes traces" in capsys.readouterr().err


def test_spans_that_the_collector_refuses_are_told_once_and_the_answer_stands(
    play: Play, collector: Collector, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play("Hello.")

    def refuse(agent: Any = ToolAgent) -> Any:
        collector.status = 400
        return agent()

    ask(monkeypatch, "?", "--otlp", collector.url, agent=refuse)

    shown = capsys.readouterr().out
    assert "Hello." in shown
    assert "2 spans are lost" in shown
    assert "丢失了 2 个 span" in shown


def test_without_the_packages_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "agents.runtime.telemetry.collector", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    with pytest.raises(Problem, match=r"pip install -e '\.\[otlp\]'"):
        spans_to("http://localhost:4318", "tool_agent")
