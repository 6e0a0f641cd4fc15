"""An agent that calls tools: python -m agents.tool_agent "How much is 250 US dollars in yuan?"

The model decides which tool to call, langchain runs it and hands the result back, until the model answers.
"""

from collections.abc import Callable, Iterator
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelCallLimitMiddleware,
    ToolCallLimitMiddleware,
    ToolCallRequest,
    ToolErrorMiddleware,
)
from langchain_core.messages import AnyMessage, HumanMessage

from agents.runtime import run
from agents.runtime.graph_steps import graph_steps
from agents.runtime.steps import Step
from agents.tools import (
    calculate,
    convert,
    current_time,
    list_files,
    read_file,
    search_handbook,
    write_file,
)
from kit.endpoint import chat_model

SUMMARY = (
    "calls tools: a clock, an exact calculator, units and currencies, files, search in the handbook",
    "调用工具：时钟、精确计算器、单位与货币换算、文件、手册搜索",
)

MODEL_CALLS = 8
TOOL_CALLS = 16
TOOLS: list[Callable[..., str]] = [
    calculate,
    convert,
    current_time,
    search_handbook,
    list_files,
    read_file,
    write_file,
]
# A small model that loses its way would write until its window is full.
ANSWER_TOKENS = 512

# A small model picks the right tool far more often when each is named with what it is for, in both languages.
SYSTEM_PROMPT = """\
You are a helpful assistant with tools. Before you answer, call the tool that knows 先调用对应的工具再回答:
- search_handbook: everything about the hackathon, also when something takes place 黑客松的一切问题，包括各项活动的时间
- current_time: what the clock says now, in any city 各地此刻几点
- list_files, read_file, write_file: the user's files 用户的文件
- convert: units and currencies 单位与货币换算
- calculate: all other arithmetic 其他计算
Answer greetings and general knowledge yourself 问候和常识直接回答. If a tool reports an error, fix the arguments
or say what is missing. Answer briefly, in the language of the question, with what the tools told you."""


class ToolAgent:
    def __init__(self) -> None:
        middleware: list[AgentMiddleware[Any, Any, Any]] = [
            ModelCallLimitMiddleware(run_limit=MODEL_CALLS, exit_behavior="error"),
            ToolCallLimitMiddleware(run_limit=TOOL_CALLS),
            ToolErrorMiddleware(tell_the_model),
        ]
        self.graph = create_agent(
            chat_model(temperature=0, max_tokens=ANSWER_TOKENS, stream_usage=True),
            tools=TOOLS,
            system_prompt=SYSTEM_PROMPT,
            middleware=middleware,
        )
        self.history: list[AnyMessage] = []

    def ask(self, question: str) -> Iterator[Step]:
        asked = [*self.history, HumanMessage(question)]
        # An answer that is stopped or fails leaves the history as it was.
        self.history = asked + (yield from graph_steps(self.graph, {"messages": asked}))


def tell_the_model(error: Exception, call: ToolCallRequest) -> str:
    """What the model reads instead of a result, so that it can try again."""
    return f"Error: {error or type(error).__name__}"


if __name__ == "__main__":
    run(ToolAgent, __doc__)
