"""An OpenAI-compatible endpoint that plays a script, for tests of agents without a model.

    with FakeEndpoint(CallTool("calculate", {"expression": "6*7"}), "It is 42.") as endpoint:
        ...  # run an agent against endpoint.base_url
    assert endpoint.requests[1]["messages"][-1]["content"] == "42"

Each request to the chat takes the next turn of the script; past its end the last turn repeats.
"""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from fakes.served import Served


@dataclass(frozen=True)
class CallTool:
    """A tool call; arguments given as text are sent as they are, to play malformed JSON."""

    name: str
    arguments: dict[str, Any] | str


@dataclass(frozen=True)
class Failure:
    """An answer with an HTTP status other than 200."""

    status: int
    message: str = "scripted failure"


@dataclass(frozen=True)
class Hang:
    """No answer for so many seconds, then a closed connection."""

    seconds: float


@dataclass(frozen=True)
class BreakOff:
    """A stream that ends in the middle of the answer after so many pieces: the server is gone."""

    pieces: int
    text: str = "The answer to your question"


@dataclass(frozen=True)
class Slowly:
    """A text streamed with a pause before each piece of five characters."""

    text: str
    seconds: float


# One turn of the model: text, one or several tool calls, or something that goes wrong.
Turn = str | CallTool | list[CallTool] | Failure | Hang | BreakOff | Slowly

# What every turn costs, told where the client asks for it.
USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 5,
    "total_tokens": 25,
    "prompt_tokens_details": {"cached_tokens": 12},
}


class FakeEndpoint(Served):
    """Serves from the start of its `with` block to the end, on a free port of the loopback."""

    def __init__(self, *turns: Turn) -> None:
        self.turns = turns
        self.requests: list[dict[str, Any]] = []
        self.authorization: str | None = None
        # Set when a client has left in the middle of a stream.
        self.hung_up = threading.Event()
        super().__init__(_Handler)
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        super().__exit__()

    def next_turn(self, request: dict[str, Any]) -> Turn:
        with self._lock:
            self.requests.append(request)
            return self.turns[min(len(self.requests), len(self.turns)) - 1]

    def wait(self, seconds: float) -> None:
        self._closing.wait(seconds)


# The fixture `play`: given the turns of the model, a fake endpoint that the agents use.
Play = Callable[..., FakeEndpoint]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._send(200, {"object": "list", "data": [{"id": "moly-chat", "object": "model"}]})

    def do_POST(self) -> None:
        endpoint: FakeEndpoint = self.server.endpoint  # type: ignore[attr-defined]
        endpoint.authorization = self.headers["Authorization"]
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match turn := endpoint.next_turn(request):
            case Failure(status, message):
                self._send(status, {"error": {"message": message, "type": "error"}})
            case Hang(seconds):
                endpoint.wait(seconds)
                self.close_connection = True
            case _ if request.get("stream"):
                try:
                    self._stream(turn, bool((request.get("stream_options") or {}).get("include_usage")))
                except ConnectionError:
                    endpoint.hung_up.set()
            case _:
                self._send(200, _completion(_message(turn)))

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, turn: Turn, with_usage: bool) -> None:
        endpoint: FakeEndpoint = self.server.endpoint  # type: ignore[attr-defined]
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        message = _message(turn)
        for sent, delta in enumerate(_deltas(message)):
            if isinstance(turn, BreakOff) and sent > turn.pieces:
                return
            if isinstance(turn, Slowly):
                endpoint.wait(turn.seconds)
            self._event(_chunk([{"index": 0, "delta": delta, "finish_reason": None}]))
        reason = "tool_calls" if message.get("tool_calls") else "stop"
        self._event(_chunk([{"index": 0, "delta": {}, "finish_reason": reason}]))
        if with_usage:
            self._event(_chunk([], usage=USAGE))
        self._write(b"data: [DONE]\n\n")
        self._write(b"")

    def _event(self, event: dict[str, Any]) -> None:
        self._write(f"data: {json.dumps(event)}\n\n".encode())

    def _write(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def log_message(self, *_: object) -> None:
        """Quiet."""


def _message(turn: Turn) -> dict[str, Any]:
    if isinstance(turn, BreakOff | Slowly):
        turn = turn.text
    if isinstance(turn, str):
        return {"role": "assistant", "content": turn}
    calls = [turn] if isinstance(turn, CallTool) else turn
    assert isinstance(calls, list)
    return {"role": "assistant", "content": None, "tool_calls": [_call(i, c) for i, c in enumerate(calls)]}


def _call(index: int, call: CallTool) -> dict[str, Any]:
    arguments = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)
    function = {"name": call.name, "arguments": arguments}
    return {"index": index, "id": f"call_{index}", "type": "function", "function": function}


def _deltas(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The message in pieces, as a server streams it."""
    yield {"role": "assistant"}
    content = message.get("content") or ""
    for start in range(0, len(content), 5):
        yield {"content": content[start : start + 5]}
    for call in message.get("tool_calls", []):
        arguments = call["function"]["arguments"]
        yield {"tool_calls": [{**call, "function": {**call["function"], "arguments": ""}}]}
        for start in range(0, len(arguments), 5):
            piece = {"index": call["index"], "function": {"arguments": arguments[start : start + 5]}}
            yield {"tool_calls": [piece]}


def _completion(message: dict[str, Any]) -> dict[str, Any]:
    reason = "tool_calls" if message.get("tool_calls") else "stop"
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": 0,
        "model": "moly-chat",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": USAGE,
    }


def _chunk(choices: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "moly-chat",
        "choices": choices,
        **more,
    }
