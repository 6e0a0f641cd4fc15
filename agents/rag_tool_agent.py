"""An agent that looks things up when it wants to: python -m agents.rag_tool_agent "When is lunch on Sunday?"

Fill the index first: python -m rag ingest docs/handbook
The model writes the query and may search again, or not at all; agents/rag_agent.py always searches.
"""

from collections.abc import Iterator
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ModelCallLimitMiddleware, ToolErrorMiddleware
from langchain_core.messages import AnyMessage, HumanMessage

from agents.runtime import run
from agents.runtime.graph_steps import graph_steps
from agents.runtime.steps import Step
from kit.endpoint import chat_model
from kit.language import language_of
from rag import Index
from rag.answering.prompts import quote

SUMMARY = (
    "the same with retrieval as a tool: the model decides whether to search",
    "同上，但检索是一个工具，由模型决定是否搜索",
)

# Short, because a small model that is told how to answer answers at once. What to do with passages stands below them.
SYSTEM_PROMPT = (
    "Answer questions from the user's documents: call search_documents first 先调用 search_documents."
)
INSTRUCTIONS = """\
Answer briefly from these passages alone, in the language of the question, and name the source in brackets. If they do
not hold the answer, search once more in other words, or say so.
只依据以上段落简短回答，并在括号里注明出处；没有答案就直说。"""


def search_documents(query: str) -> str:
    """Find passages of the user's documents that answer a question. The query is a whole question.
    在用户的文档中查找能回答问题的段落。"""
    with Index.open() as index:
        found = index.search(query)
    language = language_of(query)
    passages = [f"[{passage.citation}]\n{quote(passage, language, found)}" for passage in found]
    return "\n\n".join([*passages, INSTRUCTIONS])


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
