import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.endpoint import CallTool, Play
from langchain_core.tools import BaseTool
from running import RunSample

from agents.mcp_agent import McpAgent
from agents.runtime.mcp_client import CONFIG, OWN_SERVER, configured_servers, mcp_tools
from agents.runtime.steps import Note, ToolResult, final_answer
from kit.problem import Problem


@pytest.fixture(scope="module")
def tools() -> Iterator[list[BaseTool]]:
    """Those of the kit's own server, which runs in a process of its own."""
    with mcp_tools(OWN_SERVER) as tools:
        yield tools


def write_config(config: Any) -> None:
    CONFIG.write_text(config if isinstance(config, str) else json.dumps(config), encoding="utf-8")


def test_a_tool_of_the_server_is_called(play: Play, tools: list[BaseTool]) -> None:
    endpoint = play(CallTool("calculate", {"expression": "6 * 7"}), "It is 42.")

    steps = list(McpAgent(tools).ask("What is 6 times 7?"))

    assert [step.result for step in steps if isinstance(step, ToolResult)] == ["42"]
    assert final_answer(steps) == "It is 42."
    offered = {tool["function"]["name"] for tool in endpoint.requests[0]["tools"]}
    assert {"calculate", "convert", "current_time", "search_handbook"} <= offered


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (CallTool("calculate", {"expression": "1 / 0"}), "Division by zero."),
        (CallTool("calculate", {"wrong": "1"}), "Field required"),
        (CallTool("send_email", {}), "send_email is not a valid tool"),
    ],
)
def test_the_model_reads_the_servers_errors(
    play: Play, tools: list[BaseTool], call: CallTool, told: str
) -> None:
    endpoint = play(call, "Sorry, that cannot be done.")

    steps = list(McpAgent(tools).ask("?"))

    assert told in str(endpoint.requests[1]["messages"][-1]["content"])
    assert [step.failed for step in steps if isinstance(step, ToolResult)] == [True]
    assert final_answer(steps) == "Sorry, that cannot be done."


def test_a_model_that_never_stops_calling_tools_is_stopped(play: Play, tools: list[BaseTool]) -> None:
    endpoint = play(CallTool("current_time", {}))

    steps = list(McpAgent(tools).ask("?"))

    assert len(endpoint.requests) == 8
    assert next(step.en for step in steps if isinstance(step, Note)).startswith("Stopped after 8 model calls")


def test_a_call_with_broken_json_is_said_to_be_one(play: Play, tools: list[BaseTool]) -> None:
    play(CallTool("calculate", '{"expression": '))

    steps = list(McpAgent(tools).ask("?"))

    assert any("not valid JSON" in step.en for step in steps if isinstance(step, Note))


def test_servers_of_mcp_json_take_the_place_of_the_kits_own(play: Play, tmp_path: Path) -> None:
    play("never asked")
    server = tmp_path / "greeter.py"
    server.write_text(
        "from mcp.server.fastmcp import FastMCP\n"
        "server = FastMCP('greeter')\n"
        "@server.tool()\n"
        "def greet(name: str) -> str:\n"
        "    'Greet somebody.'\n"
        "    return f'你好，{name}'\n"
        "server.run()\n",
        encoding="utf-8",
    )
    write_config({"mcpServers": {"greeter": {"command": sys.executable, "args": [str(server)]}}})

    with mcp_tools(configured_servers()) as tools:
        assert [tool.name for tool in tools] == ["greet"]
        call = {"type": "tool_call", "id": "1", "name": "greet", "args": {"name": "Lin"}}
        assert tools[0].invoke(call).text == "你好，Lin"


@pytest.mark.parametrize(
    "server",
    [
        {"command": "no-such-program-anywhere"},
        {"command": sys.executable, "args": ["-c", "raise SystemExit(3)"]},
        {"url": "http://127.0.0.1:9/mcp"},
    ],
)
def test_a_server_that_does_not_start_is_named(server: dict[str, Any]) -> None:
    with pytest.raises(Problem, match="The MCP server 'tools' does not answer"), mcp_tools({"tools": server}):
        pytest.fail("no tools, no agent")


@pytest.mark.parametrize("config", ["{", "[]", "{}", '{"mcpServers": {"a": {}}}', '{"mcpServers": []}'])
def test_a_config_of_another_form_is_a_problem(play: Play, config: str) -> None:
    play("never asked")
    write_config(config)

    with pytest.raises(Problem, match=r"mcp\.json is not of the form"):
        configured_servers()


def test_a_server_that_dies_is_told_to_the_model(play: Play, tmp_path: Path) -> None:
    endpoint = play(CallTool("leave", {}), "The tool is gone.")
    server = tmp_path / "leaver.py"
    server.write_text(
        "import os\n"
        "from mcp.server.fastmcp import FastMCP\n"
        "server = FastMCP('leaver')\n"
        "@server.tool()\n"
        "def leave() -> str:\n"
        "    os._exit(1)\n"
        "server.run()\n",
        encoding="utf-8",
    )

    with mcp_tools({"leaver": {"command": sys.executable, "args": [str(server)]}}) as tools:
        steps = list(McpAgent(tools).ask("Leave."))

    assert endpoint.requests[1]["messages"][-1]["content"].startswith("Error: ")
    assert final_answer(steps) == "The tool is gone."


@pytest.mark.parametrize("end", [SystemExit(2), KeyboardInterrupt()])
def test_the_end_of_the_program_passes_through_the_servers(end: BaseException) -> None:
    """It came out as a group of exceptions, with a traceback of three pages."""
    with pytest.raises(type(end)), mcp_tools(OWN_SERVER):
        raise end


def test_without_a_chat_server_it_says_how_to_start_one(run_sample: RunSample) -> None:
    finished = run_sample("mcp_agent", "Hi", CHAT_MODEL_BASE_URL="http://127.0.0.1:9/v1")

    assert finished.returncode == 2
    assert "no server answers at" in finished.stderr
    assert "Traceback" not in finished.stderr
