"""The errors that the server's own description of itself names."""

import re
from functools import cache

import httpx2

from server.api.served import Absent, Served
from server.app import create_app


async def is_described(response: httpx2.Response) -> None:
    """A hook of test clients: whatever error a test provokes, the description of its route has to name."""
    method, path = response.request.method, response.request.url.path
    for known, pattern, statuses in _described():
        if known == method and pattern.fullmatch(path) and response.status_code >= 400:
            assert str(response.status_code) in statuses, f"{method} {path} answers {response.status_code}"
            return


@cache
def _described() -> list[tuple[str, re.Pattern[str], set[str]]]:
    """Every operation: its method, its path, and the statuses of its answers."""
    paths = create_app(Served(Absent("none"), Absent("none"), None, created=0)).openapi()["paths"]
    return [
        (method.upper(), re.compile(re.sub("{[^}]+}", ".+", path)), set(operation["responses"]))
        for path, operations in sorted(paths.items(), key=lambda each: each[0].count("{"))
        for method, operation in operations.items()
    ]
