"""Tools of MCP servers as plain langchain tools."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from langchain_core.tools import BaseTool, StructuredTool
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.sessions import Connection
from langchain_mcp_adapters.tools import load_mcp_tools
from mcp import McpError

from kit.problem import Problem

CONFIG = Path("mcp.json")
OWN_SERVER: dict[str, Any] = {
    "kit": {
        "command": sys.executable,
        "args": ["-m", "agents.runtime.mcp_server"],
        # An MCP server gets little of our environment, and the OpenAI Agents SDK is a package `agents` too.
        "env": {"PYTHONPATH": str(Path(__file__).parents[2])},
    }
}
ANSWER_SECONDS = 30


@contextmanager
def mcp_tools(servers: dict[str, Any]) -> Iterator[list[BaseTool]]:
    """The tools of the servers, which run as long as the block does."""
    client = MultiServerMCPClient({name: connection(entry) for name, entry in servers.items()})
    # Closed without the exception that ends the block: the end of the program is no failure of the servers.
    with closing(ExitStack()) as stack:
        # MCP is asynchronous; its event loop gets a thread of its own, and the agent stays plain code.
        loop = stack.enter_context(start_blocking_portal())
        tools: list[BaseTool] = []
        for name in servers:
            try:
                session = stack.enter_context(loop.wrap_async_context_manager(client.session(name)))
                tools += [in_sync(tool, loop) for tool in loop.call(load_mcp_tools, session)]
            except (OSError, McpError, httpx.HTTPError, ExceptionGroup) as error:
                raise did_not_start(name, servers[name], error) from error
        yield tools


def in_sync(tool: BaseTool, loop: BlockingPortal) -> BaseTool:
    assert isinstance(tool, StructuredTool) and tool.coroutine
    call = tool.coroutine
    return tool.model_copy(update={"func": lambda **arguments: loop.call(partial(call, **arguments))})


def configured_servers() -> dict[str, Any]:
    """The servers in mcp.json by name; the kit's own without that file."""
    if not CONFIG.exists():
        return OWN_SERVER
    try:
        servers = json.loads(CONFIG.read_text(encoding="utf-8"))["mcpServers"]
        for entry in servers.values():
            connection(entry)
        return cast(dict[str, Any], servers)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Problem(
            f'{CONFIG} is not of the form {{"mcpServers": {{NAME: {{"command": …, "args": […]}}}}}} ({error}).'
            " Fix it, or remove it for the kit's own server.",
            f'{CONFIG} 的格式应为 {{"mcpServers": {{名称: {{"command": …, "args": […]}}}}}}（{error}）。'
            "请改正，或删除该文件以使用本仓库自带的服务器。",
        ) from error


def connection(entry: dict[str, Any]) -> Connection:
    timeout = {"session_kwargs": {"read_timeout_seconds": timedelta(seconds=ANSWER_SECONDS)}}
    if "command" in entry:
        return cast(Connection, {"transport": "stdio", "args": [], **entry, **timeout})
    return cast(Connection, {"transport": "streamable_http", "url": entry["url"], **timeout})


def did_not_start(name: str, entry: dict[str, Any], error: BaseException) -> Problem:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    started = " ".join([entry["command"], *entry.get("args", [])]) if "command" in entry else entry["url"]
    return Problem(
        f"The MCP server {name!r} does not answer: {error}. Try by itself: {started}",
        f"MCP 服务器 {name!r} 没有应答：{error}。请单独运行试试：{started}",
    )
