"""An OpenAI-compatible embedding endpoint whose vectors count words: alike texts get alike vectors, always."""

import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np

from fakes.served import Served
from rag.text.words import words

DIMENSION = 256


class FakeEmbeddings(Served):
    """`seconds` slows every request down, `most` is how many texts one may hold; `requests` keeps what was sent.

    Once `silent_after` texts have come, nothing is answered until it is None again.
    """

    def __init__(self, card: dict[str, Any] | None = None, salt: str = "", most: int = 1000) -> None:
        self.card = card or {"query_prefix": "ask: ", "passage_prefix": "say: "}
        self.salt = salt
        self.seconds = 0.0
        self.silent_after: int | None = None
        self.most = most
        self.requests: list[list[str]] = []
        super().__init__(_Handler)

    @property
    def texts(self) -> list[str]:
        return [text for request in self.requests for text in request]

    def __exit__(self, *_: object) -> None:
        self.silent_after = None
        super().__exit__()

    def vector(self, text: str) -> list[float]:
        vector = np.full(DIMENSION, 0.01)
        for word in words(text):
            digest = hashlib.sha256((self.salt + word).encode()).digest()
            vector[digest[0]] += 1
        return [float(number) for number in vector / np.linalg.norm(vector)]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        endpoint: FakeEmbeddings = self.server.endpoint  # type: ignore[attr-defined]
        card = {"id": "moly-embedding", "object": "model", "created": 0, "owned_by": "test"}
        self._send(card | endpoint.card)

    def do_POST(self) -> None:
        endpoint: FakeEmbeddings = self.server.endpoint  # type: ignore[attr-defined]
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if len(request["input"]) > endpoint.most:
            self._send({"error": {"message": f"more than {endpoint.most} texts"}}, 400)
            return
        endpoint.requests.append(request["input"])
        time.sleep(endpoint.seconds)
        while (most := endpoint.silent_after) is not None and len(endpoint.texts) > most:
            time.sleep(0.01)
        data = [
            {"object": "embedding", "index": number, "embedding": endpoint.vector(text)}
            for number, text in enumerate(request["input"])
        ]
        usage = {"prompt_tokens": 0, "total_tokens": 0}
        self._send({"object": "list", "data": data, "model": "moly-embedding", "usage": usage})

    def _send(self, body: dict[str, Any], status: int = 200) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        print(end="", file=sys.stderr)
