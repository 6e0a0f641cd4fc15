"""An agent with tools of MCP servers: python -m agents.mcp_agent "How many miles are 42 km?"

The servers stand in mcp.json in the current folder, in the form that MCP clients share. Without that file, the kit's
own server is started, agents/runtime/mcp_server.py.
"""

from collections.abc import Iterator
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelCallLimitMiddleware,
    ToolCallLimitMiddleware,
    ToolErrorMiddleware,
)
from langchain_core.messages import AnyMessage, HumanMessage
from langchain_core.tools import BaseTool

from agents.runtime import run
from agents.runtime.graph_steps import graph_steps
from agents.runtime.mcp_client import configured_servers, mcp_tools
from agents.runtime.steps import Step
from kit.endpoint import chat_model
from kit.problem import exit_on_problem

SUMMARY = ("takes its tools from MCP servers", "使用 MCP 服务器提供的工具")

SYSTEM_PROMPT = """\
You are a helpful assistant with tools. Call one for what it is made for; answer everything else yourself.
If a tool reports an error, fix the arguments or say what is missing. Answer briefly, in the language of the
question."""


class McpAgent:
    def __init__(self, tools: list[BaseTool]) -> None:
        middleware: list[AgentMiddleware[Any, Any, Any]] = [
            ModelCallLimitMiddleware(run_limit=8, exit_behavior="error"),
            ToolCallLimitMiddleware(run_limit=16),
            ToolErrorMiddleware(lambda error, _: f"Error: {error or type(error).__name__}"),
        ]
        self.graph = create_agent(
            chat_model(temperature=0, max_tokens=1024, stream_usage=True),
            tools=tools,
            system_prompt=SYSTEM_PROMPT,
            middleware=middleware,
        )
        self.history: list[AnyMessage] = []

    def ask(self, question: str) -> Iterator[Step]:
        asked = [*self.history, HumanMessage(question)]
        self.history = asked + (yield from graph_steps(self.graph, {"messages": asked}))


if __name__ == "__main__":
    with exit_on_problem(), mcp_tools(configured_servers()) as tools:
        run(lambda: McpAgent(tools), __doc__)
