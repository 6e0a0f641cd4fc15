"""A langgraph graph, such as `create_agent` makes, as steps."""

import json
import threading
from collections.abc import Generator, Iterator
from queue import Empty, Queue
from typing import Any, cast

from langchain.agents.middleware.model_call_limit import ModelCallLimitExceededError
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    ToolMessage,
    message_chunk_to_message,
)
from langchain_core.runnables.config import RunnableConfig, merge_configs
from langgraph.graph.state import CompiledStateGraph

from agents.runtime.steps import Note, Step, TextDelta, ToolCall, ToolResult
from agents.runtime.usage import usage_of

Graph = CompiledStateGraph[Any, Any, Any, Any]

# A wait without an end cannot be interrupted by Ctrl-C on Windows.
POLL_SECONDS = 0.1


def graph_steps(
    graph: Graph, graph_input: Any, config: RunnableConfig | None = None
) -> Generator[Step, None, list[AnyMessage]]:
    """Run the graph on its input and yield what happens.

    The generator's own value, `messages = yield from graph_steps(...)`, is the messages of models and tools
    that the run added. Make the model with `stream_usage=True`, or there are no `Usage` steps. Closing the
    generator stops the run: at once for the caller, for the server with the next token.
    """
    added: list[AnyMessage] = []
    writing: dict[str | None, AIMessageChunk] = {}
    try:
        for message, metadata in _messages(graph, graph_input, config):
            # A model call of a middleware, for instance for a summary, is no part of the answer.
            internal = "lc_source" in metadata
            if isinstance(message, AIMessage):
                if message.text and not internal:
                    yield TextDelta(message.text)
                if isinstance(message, AIMessageChunk):
                    before = writing.pop(message.id, None)
                    whole = message if before is None else before + message
                    if message.chunk_position != "last":
                        writing[message.id] = whole
                        continue
                    message = whole
                yield from _finished(message, internal)
            elif isinstance(message, ToolMessage):
                yield ToolResult(
                    message.tool_call_id, message.name or "", str(message.text), message.status == "error"
                )
            else:
                continue
            if not internal:
                added.append(cast(AnyMessage, message_chunk_to_message(message)))
    except ModelCallLimitExceededError as error:
        calls = max(error.run_count, error.thread_count)
        yield Note(
            f"Stopped after {calls} model calls without an answer. Ask more simply, or use a larger model.",
            f"模型调用了 {calls} 次仍未得出答案，已停止。请换个更简单的问法，或换用更大的模型。",
        )
    return added


def _finished(message: AIMessage, internal: bool) -> Iterator[Step]:
    """What is known of a model's message once it is complete."""
    if message.usage_metadata:
        yield usage_of(message)
    if internal:
        return
    for call in message.tool_calls:
        yield ToolCall(call["id"] or "", call["name"], call["args"])
    for name, written in _broken_calls(message):
        yield Note(
            f"The model's call of {name} is not valid JSON: {written}",
            f"模型对 {name} 的调用不是合法的 JSON：{written}",
        )
    if not (message.text.strip() or message.tool_calls or message.invalid_tool_calls):
        yield Note("The model gave an empty answer.", "模型给出了空的回答。")


def _broken_calls(message: AIMessage) -> Iterator[tuple[str | None, str | None]]:
    """Names and arguments that are not JSON. langchain runs a call that only lacks its end all the same."""
    if not isinstance(message, AIMessageChunk):
        yield from ((call["name"], call["args"]) for call in message.invalid_tool_calls)
        return
    for call in message.tool_call_chunks:
        try:
            json.loads(call["args"] or "{}")
        except (ValueError, RecursionError):
            yield call["name"], call["args"]


class _Stopped(BaseException):
    """Nobody reads the run any more; no handler of errors, such as those of tools, is meant to catch it."""


class _Stop(BaseCallbackHandler):
    """Ends a run from within, since langgraph waits for a running model when its stream is closed."""

    raise_error = True

    def __init__(self) -> None:
        self.wanted = threading.Event()

    def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        self._check()

    def on_llm_new_token(self, *_: Any, **__: Any) -> None:
        self._check()

    def _check(self) -> None:
        if self.wanted.is_set():
            raise _Stopped


def _messages(
    graph: Graph, graph_input: Any, config: RunnableConfig | None
) -> Iterator[tuple[AnyMessage, dict[str, Any]]]:
    """langgraph's stream of messages, run in a thread so that the caller can leave it at any moment."""
    arrived: Queue[Any] = Queue()
    stop = _Stop()
    with_stop = merge_configs(config, {"callbacks": [stop]})

    def run() -> None:
        try:
            for message in graph.stream(graph_input, with_stop, stream_mode="messages"):
                arrived.put(message)
            arrived.put(None)
        except BaseException as error:
            arrived.put(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        while (item := _next(arrived)) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.wanted.set()


def _next(queue: Queue[Any]) -> Any:
    while True:
        try:
            return queue.get(timeout=POLL_SECONDS)
        except Empty:
            continue
