"""An OpenAI-compatible endpoint that does everything, but what it is told to lack.

    with LimitedEndpoint("parallel") as endpoint:
        ...  # ask endpoint.base_url

It answers by rule: asked for a tool it calls it, asked for a schema it fills in its first values.
"""

import base64
import json
import struct
from http.server import BaseHTTPRequestHandler
from typing import Any

from fakes.served import Served

USAGE = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}
CAT, KITTEN, TAX = [1.0, 0.2, 0.0], [0.9, 0.4, 0.0], [0.0, 0.1, 1.0]


class LimitedEndpoint(Served):
    """`lacks` are the names that the handler asks `_lacks` for. `key`, `models` and `date` are what they say."""

    def __init__(
        self,
        *lacks: str,
        key: str = "",
        models: tuple[str, ...] = ("moly-chat", "moly-embedding"),
        date: str = "",
    ) -> None:
        self.lacks, self.key, self.models, self.date = set(lacks), key, models, date
        super().__init__(_Handler)

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.port}/v1"


class _Handler(BaseHTTPRequestHandler):
    def _lacks(self, name: str) -> bool:
        return name in self.server.endpoint.lacks  # type: ignore[attr-defined]

    def date_time_string(self, timestamp: float | None = None) -> str:
        return self.server.endpoint.date or super().date_time_string(timestamp)  # type: ignore[attr-defined]

    def do_HEAD(self) -> None:
        self._send({})

    def do_GET(self) -> None:
        endpoint: LimitedEndpoint = self.server.endpoint  # type: ignore[attr-defined]
        if self._lacks("api"):
            self._send(b"<html><body>Sign in</body></html>")
        elif self._refused():
            pass
        elif self.path == "/v1/models":
            self._send(
                {"object": "list", "data": [{"id": name, "object": "model"} for name in endpoint.models]}
            )
        elif self.path.startswith("/v1/models/") and not self._lacks("context"):
            self._send({"id": self.path[11:], "context_length": 1024 if self._lacks("room") else 16384})
        else:
            self._fail(404, "not found")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._refused():
            return
        if self.path == "/v1/embeddings":
            self._embeddings(body)
        elif self._lacks("model_default") and "model" not in body:
            self._fail(400, "you must provide a model parameter")
        elif self._lacks("tools") and body.get("tools"):
            self._fail(400, "this model does not support tools")
        elif self._lacks("forced") and body.get("tool_choice"):
            self._fail(400, "tool_choice must be auto")
        elif self._lacks("schema_field") and body.get("response_format"):
            self._fail(400, "response_format is not supported")
        elif body.get("stream"):
            self._stream(body, self._message(body))
        else:
            self._whole(body, self._message(body))

    def _refused(self) -> bool:
        key = self.server.endpoint.key  # type: ignore[attr-defined]
        refused = bool(key) and self.headers.get("Authorization") != f"Bearer {key}"
        if refused:
            self._fail(401, "wrong key")
        return refused

    def _message(self, body: dict[str, Any]) -> dict[str, Any]:
        last, tools = body["messages"][-1], body.get("tools")
        if last["role"] == "tool":
            return {"content": "no idea" if self._lacks("results") else f"It is {last['content']}."}
        if tools and (body.get("tool_choice") or "weather" in last["content"]):
            return self._calls(body, last["content"])
        if form := body.get("response_format"):
            if self._lacks("schema"):
                return {"content": "Three apples, red and round."}
            known = {"colour": "teal", "count": 3} if form["type"] == "json_schema" else {"apples": 3}
            return {"content": json.dumps(known)}
        return {"content": "" if self._lacks("words") else "1 2 3 4 5 6 7 8 9"}

    def _calls(self, body: dict[str, Any], question: str) -> dict[str, Any]:
        choice = body.get("tool_choice")
        name = (
            choice["function"]["name"] if isinstance(choice, dict) else body["tools"][0]["function"]["name"]
        )
        arguments = {"city": "Paris"} if self._lacks("arguments") else {"city": "Paris", "unit": "C"}
        if self._lacks("reading"):
            return {"content": json.dumps({"name": name, "arguments": arguments})}
        if self._lacks("calls"):
            return {"content": "I cannot look up the weather."}
        cities = 2 if "Tokyo" in question and not self._lacks("parallel") else 1
        function = {"name": name, "arguments": json.dumps(arguments)}
        calls = [{"id": f"call_{i}", "type": "function", "function": function} for i in range(cities)]
        return {"content": None, "tool_calls": calls}

    def _reason(self, body: dict[str, Any], message: dict[str, Any]) -> str:
        if message.get("tool_calls"):
            return "stop" if self._lacks("reason") else "tool_calls"
        return "length" if body.get("max_tokens", 99) < 9 and not self._lacks("length") else "stop"

    def _whole(self, body: dict[str, Any], message: dict[str, Any]) -> None:
        choice = {
            "index": 0,
            "message": {"role": "assistant"} | message,
            "finish_reason": self._reason(body, message),
        }
        usage = {} if self._lacks("usage") else {"usage": USAGE}
        self._send({"id": "1", "object": "chat.completion", "created": 0, "choices": [choice]} | usage)

    def _stream(self, body: dict[str, Any], message: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        text = message["content"] or ""
        size = len(text) if self._lacks("deltas") else 4
        for start in range(0, len(text), max(size, 1)):
            self._event([{"index": 0, "delta": {"content": text[start : start + size]}}])
        for number, call in enumerate(message.get("tool_calls", [])):
            place = {} if self._lacks("index") else {"index": number}
            function = call["function"]
            for part in (function["arguments"][:7], function["arguments"][7:]):
                named = part != function["arguments"][7:] or self._lacks("one_name")
                piece = {"arguments": part} | ({"name": function["name"]} if named else {})
                self._event(
                    [{"index": 0, "delta": {"tool_calls": [place | {"id": call["id"], "function": piece}]}}]
                )
        if not self._lacks("end"):
            self._event([{"index": 0, "delta": {}, "finish_reason": self._reason(body, message)}])
        if body.get("stream_options") and not self._lacks("stream_usage"):
            self._event([], usage=USAGE)
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, choices: list[dict[str, Any]], **more: Any) -> None:
        chunk = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "m",
            "choices": choices,
        } | more
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def _embeddings(self, body: dict[str, Any]) -> None:
        if self._lacks("embeddings"):
            self._fail(501, "this server does not support embeddings")
            return
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        vectors = [CAT if "cat" in text else KITTEN if "kitten" in text else TAX for text in texts]
        if self._lacks("meaning"):
            vectors = [CAT] * len(texts)
        if self._lacks("order"):
            vectors.reverse()
        if self._lacks("numbers"):
            vectors = [[0.0] * 3] * len(texts)
        packed = body.get("encoding_format") == "base64" and not self._lacks("base64")
        data = [
            {
                "index": i,
                "embedding": base64.b64encode(struct.pack("<3f", *vector)).decode() if packed else vector,
            }
            for i, vector in enumerate(vectors)
        ]
        self._send({"object": "list", "data": data, "usage": USAGE})

    def _fail(self, status: int, message: str) -> None:
        self._send({"error": {"message": message, "type": "error"}}, status)

    def _send(self, body: dict[str, Any] | bytes, status: int = 200) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(body, bytes) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet."""
