"""JSON as it goes out."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from fastapi.responses import JSONResponse
from starlette.types import Receive, Scope, Send

# Line ends for some, though not for JSON or for server-sent events: a client that splits lines by them cuts the JSON.
LINE_ENDS = {char: f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}

# So many values are written in a millisecond or two, in which nothing else runs.
FEW_VALUES = 2_000
# Characters that take as long as a value.
CHARACTERS = 500
# Small ones are written so many at a time.
AT_A_TIME = 50


def json_text(value: Any) -> str:
    """One line, whatever splits it; half a surrogate pair, echoed from a request, becomes a question mark."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char, escape in LINE_ENDS.items():
        text = text.replace(char, escape)
    return text.encode("utf-8", "replace").decode()


async def written(value: Any) -> str:
    """The same of any value; a large one is written in a thread and in pieces, while others go on."""
    return json_text(value) if _is_small(value) else await asyncio.to_thread(lambda: "".join(_pieces(value)))


class Utf8JsonResponse(JSONResponse):
    """Names its encoding: Windows PowerShell takes JSON for Latin-1 otherwise.

    A large answer is written only as it is sent.
    """

    media_type = "application/json; charset=utf-8"
    _large: Any = None

    def render(self, content: Any) -> bytes:
        if _is_small(content):
            return json_text(content).encode()
        self._large = content
        return b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._large is not None:
            self.body = (await written(self._large)).encode()
            self.headers["Content-Length"] = str(len(self.body))
        await super().__call__(scope, receive, send)


def _is_small(value: Any) -> bool:
    left, values = [value], 0
    while left:
        each = left.pop()
        values += 1
        if isinstance(each, str):
            values += len(each) // CHARACTERS
        elif isinstance(each, dict | list):
            values += len(each)
            if values <= FEW_VALUES:
                left += each.values() if isinstance(each, dict) else each
        if values > FEW_VALUES:
            return False
    return True


def _pieces(value: Any) -> Iterator[str]:
    """The JSON of a value, taken apart down to what is small."""
    if isinstance(value, dict) and not _is_small(value):
        for number, (key, each) in enumerate(value.items()):
            yield f"{',' if number else '{'}{json_text(str(key))}:"
            yield from _pieces(each)
        yield "}"
    elif isinstance(value, list) and not _is_small(value):
        for number, start in enumerate(range(0, len(value), AT_A_TIME)):
            yield "," if number else "["
            yield from _elements(value[start : start + AT_A_TIME])
        yield "]"
    else:
        yield json_text(value)


def _elements(values: list[Any]) -> Iterator[str]:
    if _is_small(values):
        yield json_text(values)[1:-1]
        return
    for number, each in enumerate(values):
        yield "," if number else ""
        yield from _pieces(each)
