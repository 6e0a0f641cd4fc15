"""docs/routes.md lists every route of the server, and with docs/api.md every field of a request."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from kit_pages import read

from server.api.served import Absent, Served
from server.app import create_app

ROUTES = {"en": "docs/routes.md", "zh": "docs/routes.zh-CN.md"}
FIELDS = {"en": "docs/api.md", "zh": "docs/api.zh-CN.md"}
# Where the fields of a route are told of; those of the others stand in the line that names it.
HEADINGS = {
    "/v1/chat/completions": ("Chat completions, field by field", "Chat completions 逐字段说明"),
    "/v1/completions": ("Completions", "Completions"),
    "/v1/embeddings": ("Embeddings", "Embeddings"),
    "/v1/responses": ("Responses", "Responses"),
    "/v1/responses/input_tokens": ("Responses", "Responses"),
    "/v1/messages": ("Anthropic's Messages", "Anthropic 的 Messages"),
    "/v1/messages/count_tokens": ("Anthropic's Messages", "Anthropic 的 Messages"),
    "/v1/rerank": ("Rerank", "重排序"),
}


@pytest.fixture(scope="module")
def app() -> Any:
    return create_app(Served(Absent("none"), Absent("none"), None, created=0))


@pytest.mark.parametrize("language", ROUTES)
def test_the_table_of_routes_is_what_the_server_has(app: Any, language: str) -> None:
    rows = re.findall(r"^\| `(/\S+)` \| ([A-Z、, ]+) \|", read(ROUTES[language]), re.M)
    served: dict[str, set[str]] = {}
    for route in api_routes(app.routes):
        path = re.sub(r"{\w*(?:id|model)(?::path)?}", "{id}", route.path)
        served.setdefault(path, set()).update(route.methods)

    assert {path: set(re.findall("[A-Z]+", methods)) for path, methods in rows} == served
    assert len(rows) == len(served)


@pytest.mark.parametrize("language", ROUTES)
def test_every_field_of_a_request_is_told(app: Any, language: str) -> None:
    pages = read(ROUTES[language]) + read(FIELDS[language])
    missing = [
        f"{path}: {field}"
        for path, fields in requests(app.openapi())
        for field in fields - set(re.findall(r"\w+", " ".join(code(pages, path, language))))
    ]

    assert not missing


def api_routes(routes: Iterable[Any]) -> Iterator[APIRoute]:
    """Those of routers that were included too; the pages of /docs are the framework's."""
    for route in routes:
        if router := getattr(route, "original_router", None):
            yield from api_routes(router.routes)
        elif isinstance(route, APIRoute) and not route.path.startswith("/docs"):
            yield route


def code(pages: str, path: str, language: str) -> list[str]:
    """What stands in backticks where the pages tell of a route."""
    if path in HEADINGS:
        heading = HEADINGS[path][language == "zh"]
        [section] = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", pages, re.M | re.S)
    else:
        named = re.compile(rf"`(POST )?{re.escape(path)}`")
        section = "\n".join(line for line in pages.splitlines() if named.search(line))
    return re.findall("`([^`]+)`", section)


def requests(description: dict[str, Any]) -> Iterator[tuple[str, set[str]]]:
    """Each path that takes a body, and the names of its fields."""
    for path, operations in description["paths"].items():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                name = content["schema"]["$ref"].rsplit("/", 1)[1]
                yield path, set(description["components"]["schemas"][name]["properties"])
