"""Conversations, each turn a checkpoint."""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, StateGraph

from agents.service.database import Saver

MOST_THREADS = 10_000
MOST_TURNS = 500
LISTED = 100

# A question and what happened, in the lines of a trace.
Turn = list[dict[str, Any]]


class State(TypedDict):
    """The newest turn; those before it are the checkpoints before."""

    agent: str
    turn: Turn
    memory: dict[str, Any]


@dataclass(frozen=True)
class Thread:
    """A conversation as it stands: whose it is, what its agent remembers, and how many turns it has."""

    agent: str
    memory: dict[str, Any]
    turns: int


class ThreadsFull(Exception):
    """No room for one more thread, or for one more turn."""


class Threads:
    """All conversations of a database. Safe to use from several threads."""

    def __init__(self, saver: Saver) -> None:
        self._saver = saver
        graph = StateGraph(State)
        graph.add_node("turn", lambda state: state)
        graph.add_edge(START, "turn")
        self._graph = graph.compile(checkpointer=saver)
        self._lock = Lock()
        self._count = sum(1 for _ in self._first_turns(MOST_THREADS))

    def get(self, thread: str) -> Thread | None:
        state = self._graph.get_state(_config(thread))
        if not state.values:
            return None
        metadata: Any = state.metadata
        return Thread(state.values["agent"], state.values["memory"], metadata["step"] + 1)

    def require_room(self, thread: Thread | None) -> None:
        """Raises `ThreadsFull` if a thread, None for a new one, can't have another turn."""
        if thread is None and self._count >= MOST_THREADS:
            raise ThreadsFull(f"There are {MOST_THREADS:,} threads. Delete some.")
        if thread and thread.turns >= MOST_TURNS:
            raise ThreadsFull(f"The thread has {MOST_TURNS} turns. Begin a new one.")

    def add(self, thread: str, agent: str, turn: Turn, memory: dict[str, Any]) -> None:
        """Keep a turn and what the agent remembers after it."""
        with self._lock:
            known = self.get(thread)
            self._graph.update_state(
                _config(thread) | {"metadata": {"agent": agent, "first": known is None}},
                {"agent": agent, "turn": turn, "memory": memory},
                as_node="turn",
            )
            self._count += known is None

    def turns(self, thread: str) -> list[Turn]:
        """The turns of a thread, oldest first."""
        states = list(self._graph.get_state_history(_config(thread), limit=MOST_TURNS))
        return [state.values["turn"] for state in reversed(states)]

    def newest(self, agent: str | None = None) -> list[dict[str, str]]:
        """The threads that were begun last, of one agent or of all, newest first."""
        found = self._first_turns(LISTED, agent)
        return sorted(found, key=lambda thread: thread["begun"], reverse=True)

    def delete(self, thread: str) -> bool:
        """Whether there was one."""
        with self._lock:
            if self.get(thread) is None:
                return False
            self._saver.delete_thread(thread)
            self._count -= 1
            return True

    def _first_turns(self, limit: int, agent: str | None = None) -> Iterator[dict[str, str]]:
        wanted: dict[str, Any] = {"first": True} | ({"agent": agent} if agent else {})
        for found in self._saver.list(None, filter=wanted, limit=limit):
            values, turn = found.checkpoint["channel_values"], found.checkpoint["channel_values"]["turn"]
            yield {
                "thread": found.config["configurable"]["thread_id"],
                "agent": values["agent"],
                "begun": found.checkpoint["ts"],
                "question": turn[0]["text"],
            }


def _config(thread: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread}}
