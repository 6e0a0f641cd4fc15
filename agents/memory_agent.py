"""A conversation that survives a restart: python -m agents.memory_agent "My name is Lin. Remember that."

Every message is kept in .memory.sqlite in the current folder, one conversation a thread: --thread NAME. The oldest
messages of a long one give way to a summary.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from weakref import finalize

from langchain.agents import create_agent
from langchain.agents.middleware import SummarizationMiddleware
from langchain_core.messages import (
    AnyMessage,
    HumanMessage,
    MessageLikeRepresentation,
    RemoveMessage,
    convert_to_messages,
)
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite import SqliteSaver

from agents.runtime import run
from agents.runtime.graph_steps import graph_steps
from agents.runtime.steps import Note, Step
from kit.endpoint import chat_model
from kit.problem import Problem

SUMMARY = ("remembers the conversation after a restart", "重启后仍记得之前的对话")

DATABASE = Path(".memory.sqlite")
ANSWER_TOKENS = 512
# Small enough for a window of 4,096 tokens, and for a CPU to read again where the server has forgotten it.
HISTORY_TOKENS = 1500
KEPT_MESSAGES = 4

SYSTEM_PROMPT = "You are a helpful assistant. Answer briefly, in the language of the question."
SUMMARY_PROMPT = """\
Note in at most ten short lines what must not be forgotten from this conversation: who the user is, what the user
likes and wants, names, numbers and dates, and what was decided. Copy facts exactly. Write in the user's language.

{messages}"""


class MemoryAgent:
    def __init__(self, thread: str) -> None:
        self.thread = thread
        self.config: RunnableConfig = {"configurable": {"thread_id": thread}}
        model = chat_model(temperature=0, max_tokens=ANSWER_TOKENS, stream_usage=True)
        summaries = SummarizationMiddleware(
            model,
            trigger=("tokens", HISTORY_TOKENS),
            keep=("messages", KEPT_MESSAGES),
            token_counter=count_tokens,
            summary_prompt=SUMMARY_PROMPT,
        )
        try:
            # Langgraph saves from threads of its own.
            database = sqlite3.connect(DATABASE, check_same_thread=False)
            finalize(self, database.close)
            self.graph = create_agent(
                model, system_prompt=SYSTEM_PROMPT, middleware=[summaries], checkpointer=SqliteSaver(database)
            )
            remembered = len(self.messages())
        except sqlite3.Error as error:
            raise Problem(
                f"{DATABASE.absolute()} cannot hold conversations: {error}. Move it away, or work in another folder.",
                f"{DATABASE.absolute()} 无法保存对话：{error}。请移走该文件，或换一个文件夹运行。",
            ) from error
        self.note: Note | None = None
        if remembered:
            self.note = Note(
                f"Goes on with the thread {thread!r}, {remembered} messages.",
                f"继续对话 {thread!r}，已有 {remembered} 条消息。",
            )

    def ask(self, question: str) -> Iterator[Step]:
        if self.note:
            yield self.note
            self.note = None
        # A question whose answer was stopped or killed: many chat templates take no two questions in a row.
        unanswered = takewhile(lambda message: isinstance(message, HumanMessage), reversed(self.messages()))
        forget = [RemoveMessage(id=str(message.id)) for message in unanswered]
        yield from graph_steps(self.graph, {"messages": [*forget, HumanMessage(question)]}, self.config)

    def messages(self) -> list[AnyMessage]:
        saved: list[AnyMessage] = self.graph.get_state(self.config).values.get("messages", [])
        return saved


def start(thread: str) -> MemoryAgent:
    """The thread goes on; /new, which starts a second time, gets a thread of its own beside it."""
    again = thread in _started
    _started.add(thread)
    if not again:
        return MemoryAgent(thread)
    agent = MemoryAgent(f"{thread}-{datetime.now():%Y%m%d-%H%M%S}")
    agent.note = Note(f"Kept as --thread {agent.thread}.", f"本次对话保存为 --thread {agent.thread}。")
    return agent


_started: set[str] = set()


def count_tokens(messages: Iterable[MessageLikeRepresentation]) -> int:
    """About a token for four bytes of UTF-8, in English as in Chinese, without any model's own tokenizer."""
    return sum(len(message.text.encode()) // 4 + 4 for message in convert_to_messages(messages))


if __name__ == "__main__":
    run(start, __doc__, thread="main")
