"""The kit's tools and the index as an MCP server: python -m agents.runtime.mcp_server

On standard input and output, where MCP clients start it; not by hand. docs/samples.md has the lines that tell them how.
Over HTTP, `python -m agents serve` offers the same under /mcp.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable

from mcp.server.fastmcp import FastMCP
from mcp.server.transport_security import TransportSecuritySettings

from agents.tools import calculate, convert, current_time, search_handbook


def search_documents(query: str) -> str:
    """Find passages of the user's own documents that answer a question, with their sources. The query is a whole
    question. 在用户自己的文档中查找能回答问题的段落，并注明出处。"""
    from rag import Index  # Chroma takes seconds to import, which only this tool pays

    with Index.open() as index:
        found = index.search(query)
    return "\n\n".join(f"[{passage.citation}]\n{passage.text}" for passage in found) or "Nothing was found."


def mcp_server() -> FastMCP:
    """A server for one event loop. Over HTTP it has no sessions, and leaves the guard to whoever serves it."""
    server = FastMCP(
        "agent-starter-kit",
        log_level="WARNING",  # standard output carries the protocol; what is logged goes to standard error
        stateless_http=True,
        json_response=True,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    for tool in (calculate, convert, current_time, search_handbook, search_documents):
        server.add_tool(_in_thread(tool))
    return server


def _in_thread(tool: Callable[..., str]) -> Callable[..., Awaitable[str]]:
    """The server would call a plain function on its event loop, and everybody else would wait."""

    @functools.wraps(tool)
    async def call(**arguments: str) -> str:
        return await asyncio.to_thread(tool, **arguments)

    return call


if __name__ == "__main__":
    mcp_server().run()
