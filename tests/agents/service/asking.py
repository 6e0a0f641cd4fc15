"""How the tests ask the service."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2


@dataclass
class Service:
    """The service at work, and what a client of it says."""

    url: str
    http: httpx2.Client

    def invoke(self, agent: str, **ask: Any) -> dict[str, Any]:
        answer = self.http.post(f"/agents/{agent}/invoke", json=ask)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def stream(self, agent: str, **ask: Any) -> Iterator[dict[str, Any]]:
        return self.events(f"/agents/{agent}/stream", ask)

    def ag_ui(
        self, agent: str, thread: str, question: str, run: str = "run", **more: Any
    ) -> list[dict[str, Any]]:
        messages = [{"id": "1", "role": "user", "content": question}]
        asked = {"threadId": thread, "runId": run, "messages": messages, "state": {}, "tools": []} | more
        return list(self.events(f"/agents/{agent}/ag-ui", asked))

    def events(self, path: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        with self.http.stream("POST", path, json=body) as answer:
            assert answer.status_code == 200, answer.read()
            for line in answer.iter_lines():
                if line:
                    yield json.loads(line.removeprefix("data: "))


Serve = Callable[..., Service]
