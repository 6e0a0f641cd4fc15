"""An agent that calls tools: python -m agents.tool_agent "What is 17.5 % of 2,480?"

The model decides which tool to call, langchain runs it and hands the result back, until the model answers.
"""

from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelCallLimitMiddleware,
    ToolCallLimitMiddleware,
    ToolCallRequest,
    ToolErrorMiddleware,
)
from langchain.agents.middleware.model_call_limit import ModelCallLimitExceededError
from langchain_core.messages import HumanMessage
from langgraph.graph.state import CompiledStateGraph

from agents import terminal
from agents.tools import calculate, convert, current_time, search_handbook
from kit.api_problems import api_problems
from kit.endpoint import chat_model, require_server
from kit.problem import exit_on_problem

MODEL_CALLS = 8
TOOL_CALLS = 16
# A small model that loses its way would write until its window is full.
ANSWER_TOKENS = 1024

SYSTEM_PROMPT = """\
You are a helpful assistant with tools. Call one for the time, for any arithmetic, for conversions, and for
facts about the hackathon; answer everything else yourself. If a tool reports an error, mend the arguments
or say what is missing. Answer briefly, in the language of the question, with the numbers the tools give."""


def build_agent() -> CompiledStateGraph[Any, Any, Any, Any]:
    middleware: list[AgentMiddleware[Any, Any, Any]] = [
        ModelCallLimitMiddleware(run_limit=MODEL_CALLS, exit_behavior="error"),
        ToolCallLimitMiddleware(run_limit=TOOL_CALLS),
        ToolErrorMiddleware(tell_the_model),
    ]
    return create_agent(
        chat_model(temperature=0, max_tokens=ANSWER_TOKENS),
        tools=[calculate, convert, current_time, search_handbook],
        system_prompt=SYSTEM_PROMPT,
        middleware=middleware,
    )


def tell_the_model(error: Exception, call: ToolCallRequest) -> str:
    """What the model reads instead of a result, so that it can try again."""
    return f"Error: {error or type(error).__name__}"


def answer(question: str) -> None:
    """Print the steps to the answer as they happen, and the answer."""
    steps = build_agent().stream({"messages": [HumanMessage(question)]}, stream_mode="updates")
    try:
        for step in steps:
            for update in step.values():
                for message in (update or {}).get("messages", []):
                    terminal.show(message)
    except ModelCallLimitExceededError:
        terminal.note(
            f"Stopped after {MODEL_CALLS} model calls without an answer. Ask more simply, or use a larger model.",
            f"模型调用了 {MODEL_CALLS} 次仍未得出答案，已停止。请换个更简单的问法，或换用更大的模型。",
        )


def main() -> None:
    with exit_on_problem(), api_problems():
        question = terminal.question(__doc__)
        require_server()
        answer(question)


if __name__ == "__main__":
    main()
