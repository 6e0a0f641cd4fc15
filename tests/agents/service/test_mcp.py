"""The kit's tools over MCP's streamable HTTP, with the protocol's own client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from asking import Serve, Service
from fakes.endpoint import CallTool, Play
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from agents.mcp_agent import McpAgent
from agents.runtime.mcp_client import mcp_tools
from agents.runtime.steps import ToolResult


@asynccontextmanager
async def session(service: Service, key: str = "") -> AsyncIterator[ClientSession]:
    async with (
        httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=60) as http,
        streamable_http_client(f"{service.url}/mcp", http_client=http) as (read, write, _),
        ClientSession(read, write) as opened,
    ):
        await opened.initialize()
        yield opened


async def test_the_client_lists_and_calls_the_tools(service: Service) -> None:
    async with session(service) as client:
        tools = {tool.name: tool.description for tool in (await client.list_tools()).tools}
        result = await client.call_tool("calculate", {"expression": "6 * 7"})

    assert set(tools) == {"calculate", "convert", "current_time", "search_handbook", "search_documents"}
    assert "documents" in (tools["search_documents"] or "")
    assert result.content[0].text == "42"  # type: ignore[union-attr]


async def test_a_failure_is_told_with_the_cure(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMA_PATH", str(Path("empty").absolute()))

    async with session(service) as client:
        result = await client.call_tool("search_documents", {"query": "When is lunch?"})

    assert result.isError
    assert "python -m rag ingest" in result.content[0].text  # type: ignore[union-attr]


async def test_the_tools_want_the_key_too(serve: Serve) -> None:
    service = serve(api_keys=("secret",))

    assert service.http.post("/mcp", json={}).status_code == 401
    async with session(service, key="secret") as client:
        assert (await client.list_tools()).tools


def test_the_mcp_agent_uses_them_by_their_address(play: Play, service: Service) -> None:
    play(CallTool("calculate", {"expression": "6 * 7"}), "It is 42.")

    with mcp_tools({"kit": {"url": f"{service.url}/mcp"}}) as tools:
        steps = list(McpAgent(tools).ask("What is 6 times 7?"))

    assert [step.result for step in steps if isinstance(step, ToolResult)] == ["42"]
