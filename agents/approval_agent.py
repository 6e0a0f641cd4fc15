"""An agent that asks before it acts: python -m agents.approval_agent "Save a packing list as packing.txt."

It reads files of the folder `workspace` freely, and writes one only after you said yes. Without a terminal to ask at,
the answer is no.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    HumanInTheLoopMiddleware,
    ModelCallLimitMiddleware,
    ToolErrorMiddleware,
)
from langchain_core.messages import AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from agents.runtime import confirm, run
from agents.runtime.graph_steps import graph_steps
from agents.runtime.steps import Step
from agents.tools import list_files, read_file, write_file
from kit.endpoint import chat_model

SUMMARY = ("asks you before it writes a file", "写文件之前先征得您的同意")

SYSTEM_PROMPT = """\
You are a helpful assistant with tools for the user's files. To save something, call write_file with the whole text;
the user is asked before it runs. If the user says no, do not try again: say that nothing was saved. Answer briefly, in
the language of the question."""


class ApprovalAgent:
    def __init__(self) -> None:
        middleware: list[AgentMiddleware[Any, Any, Any]] = [
            # By thread and not by run: each yes or no begins a new run.
            ModelCallLimitMiddleware(thread_limit=6, exit_behavior="error"),
            HumanInTheLoopMiddleware({"write_file": {"allowed_decisions": ["approve", "reject"]}}),
            ToolErrorMiddleware(lambda error, _: f"Error: {error or type(error).__name__}"),
        ]
        self.graph = create_agent(
            chat_model(temperature=0, max_tokens=1024, stream_usage=True),
            tools=[list_files, read_file, write_file],
            system_prompt=SYSTEM_PROMPT,
            middleware=middleware,
            checkpointer=InMemorySaver(),  # holds the run while the person thinks
        )
        self.history: list[AnyMessage] = []

    def ask(self, question: str) -> Iterator[Step]:
        asked: list[AnyMessage] = [*self.history, HumanMessage(question)]
        # A thread for each question, so that one that is stopped leaves no half of a tool call behind.
        config: RunnableConfig = {"configurable": {"thread_id": str(uuid4())}}
        graph_input: Any = {"messages": asked}
        answered: list[AnyMessage] = []
        while graph_input:
            answered += yield from graph_steps(self.graph, graph_input, config)
            waiting = self.graph.get_state(config).interrupts
            actions = [action for interrupt in waiting for action in interrupt.value["action_requests"]]
            graph_input = (
                Command(resume={"decisions": [decide(action) for action in actions]}) if actions else None
            )
        self.history = asked + answered


def decide(action: dict[str, Any]) -> dict[str, str]:
    arguments = json.dumps(action["args"], ensure_ascii=False, indent=2)
    if confirm(f"Run {action['name']}? {arguments}", f"是否允许执行 {action['name']}？"):
        return {"type": "approve"}
    return {"type": "reject", "message": "The user said no. Nothing was done."}


if __name__ == "__main__":
    run(ApprovalAgent, __doc__)
