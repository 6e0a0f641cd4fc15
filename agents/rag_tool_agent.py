"""An agent that looks things up when it wants to: python -m agents.rag_tool_agent "When is lunch on Sunday?"

Fill the index first: python -m rag ingest docs/handbook
The model writes the query and may search again, or not at all; agents/rag_agent.py always searches.
"""

from collections.abc import Iterator
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ModelCallLimitMiddleware, ToolErrorMiddleware
from langchain_core.messages import AnyMessage, HumanMessage

from agents.front import run
from agents.front.graph_steps import graph_steps
from agents.front.steps import Step
from kit.endpoint import chat_model
from rag import Index

SUMMARY = (
    "the same with retrieval as a tool: the model decides whether to search",
    "同上，但检索是一个工具，由模型决定是否搜索",
)

PASSAGES = 3

SYSTEM_PROMPT = """\
You answer questions about the user's documents. Before you answer, call the tool that finds them 先调用工具再回答:
- search_documents: passages about whatever the question is about; again in other words if they do not help 检索文档
Use nothing but the passages and name their sources in brackets, like [meals.md]. If they do not hold the answer, say
so. Answer in one to three sentences, in the language of the question."""


def search_documents(query: str) -> str:
    """Find passages of the user's documents that answer a question. The query is a whole question."""
    with Index.open() as index:
        found = index.search(query, PASSAGES)
    return "\n\n".join(f"[{passage.citation}]\n{passage.text}" for passage in found)


class RagToolAgent:
    def __init__(self) -> None:
        middleware: list[AgentMiddleware[Any, Any, Any]] = [
            ModelCallLimitMiddleware(run_limit=5, exit_behavior="error"),
            ToolErrorMiddleware(lambda error, _: f"Error: {error or type(error).__name__}"),
        ]
        self.graph = create_agent(
            chat_model(temperature=0, max_tokens=512, stream_usage=True),
            tools=[search_documents],
            system_prompt=SYSTEM_PROMPT,
            middleware=middleware,
        )
        self.history: list[AnyMessage] = []

    def ask(self, question: str) -> Iterator[Step]:
        asked = [*self.history, HumanMessage(question)]
        self.history = asked + (yield from graph_steps(self.graph, {"messages": asked}))


if __name__ == "__main__":
    run(RagToolAgent, __doc__)
