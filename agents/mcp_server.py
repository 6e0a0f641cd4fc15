"""The kit's tools as an MCP server on standard input and output: python -m agents.mcp_server

Not started by hand: MCP clients start it. docs/samples.md has the lines that tell them how.
"""

from mcp.server.fastmcp import FastMCP

from agents.tools import calculate, convert, current_time, search_handbook

# Standard output carries the protocol; what is logged goes to standard error.
server = FastMCP("agent-starter-kit", log_level="WARNING")
for tool in (calculate, convert, current_time, search_handbook):
    server.add_tool(tool)


def main() -> None:
    server.run()


if __name__ == "__main__":
    main()
