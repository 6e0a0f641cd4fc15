"""The server's own routes, called as any program would: with a key, over HTTP."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from starlette.requests import Request

# A model that is loading or a document that is read keeps a call open.
SECONDS = 600


class Refused(ValueError):
    """What the server said instead of an answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Calls:
    """One browser's calls; they wait until its key is set, empty where it has none. `url` is the address in the
    browser's bar.

    They go to the address that the browser came to, and say whom they are for: a person elsewhere gains nothing by it
    that they are made on this machine.
    """

    def __init__(self, request: Request) -> None:
        host, port = request.scope["server"]
        name = f"[{host}]" if ":" in host else host
        self.url = str(request.base_url).rstrip("/")
        self._key = ""
        self._has_key = asyncio.Event()
        # Its own machine needs no proxy.
        self._http = httpx2.AsyncClient(
            base_url=f"http://{name}:{port}" if port else f"http://{name}",
            timeout=SECONDS,
            trust_env=False,
            headers={"User-Agent": "page", "X-Forwarded-For": request.client.host if request.client else ""},
        )
        self.close = self._http.aclose

    @property
    def key(self) -> str:
        return self._key

    @key.setter
    def key(self, key: str) -> None:
        self._key = key
        self._has_key.set()

    async def __call__(self, method: str, path: str, **sent: Any) -> Any:
        """The answer's JSON. `sent` are arguments of httpx: `json`, `files`, `data`. Raises Refused."""
        headers = await self._headers()
        with _reached():
            response = await self._http.request(method, path, headers=headers, **sent)
        _check(response)
        return response.json()

    async def events(self, path: str, **sent: Any) -> AsyncGenerator[dict[str, Any], None]:
        """Server-sent events of a POST, as they arrive."""
        headers = await self._headers()
        with _reached():
            async with self._http.stream("POST", path, headers=headers, **sent) as response:
                if response.status_code >= 400:
                    await response.aread()
                _check(response)
                async for line in response.aiter_lines():
                    if line.startswith("data: {"):
                        event = json.loads(line.removeprefix("data: "))
                        if "error" in event:
                            raise Refused(500, event["error"]["message"])
                        yield event

    async def _headers(self) -> dict[str, str]:
        await self._has_key.wait()
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}


@contextmanager
def _reached() -> Iterator[None]:
    """A server that stops, or a page that is closed, ends a call with no more than a word."""
    try:
        yield
    except (httpx2.TransportError, RuntimeError) as error:
        raise Refused(503, f"The server does not answer 服务器没有应答: {error}") from None


def _check(response: httpx2.Response) -> None:
    if response.status_code >= 400:
        try:
            message = response.json()["error"]["message"]
        except (ValueError, KeyError, TypeError):
            message = response.text
        raise Refused(response.status_code, message)
