"""`python -m benchmarks fewer-tools`: whether a small model does better when only the likeliest tools are shown."""

import functools
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import typer
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, ToolErrorMiddleware
from langchain_core.messages import HumanMessage
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from agents.runtime.evaluation.case import read_cases
from agents.runtime.evaluation.run import evaluate
from agents.tool_agent import ANSWER_TOKENS, SYSTEM_PROMPT, TOOLS, ToolAgent, tell_the_model
from benchmarks.machine import machine
from benchmarks.model.answering import Answering
from benchmarks.model.model import TOOL_CASES
from kit.api_problems import api_problems
from kit.endpoint import chat_model, require_server
from rag.embedder import EndpointEmbedder


class LikeliestTools(AgentMiddleware[Any, Any, Any]):
    """Shows the model the `top_k` tools whose declarations are nearest to the question."""

    def __init__(self, top_k: int) -> None:
        self._top_k = top_k
        self._embedder = EndpointEmbedder()
        self._vectors: Any = None

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        asked = [message for message in request.messages if isinstance(message, HumanMessage)]
        return handler(request.override(tools=self._likeliest(request.tools, str(asked[-1].content))))

    def _likeliest(self, tools: list[BaseTool | dict[str, Any]], question: str) -> list[Any]:
        if self._vectors is None:
            said = [convert_to_openai_tool(tool)["function"] for tool in tools]
            self._vectors = self._embedder.embed_passages(
                [f"{each['name']}: {each['description']}" for each in said]
            )
        [vector] = self._embedder.embed_questions([question])
        nearest = np.argsort(-(self._vectors @ vector))[: self._top_k]
        return [tools[place] for place in sorted(nearest)]


def run(
    top_k: Annotated[list[int], typer.Option(help="How many tools are shown. 展示多少个工具。")] = [3],  # noqa: B006
) -> None:
    """The 40 cases of tool_agent, with all tools and with those nearest to the question. 展示全部或最相近的工具。"""
    require_server()
    cases = read_cases(TOOL_CASES)
    agents: dict[str, Callable[[], ToolAgent]] = {"all 全部": ToolAgent}
    agents |= {str(k): functools.partial(NarrowedAgent, LikeliestTools(k)) for k in top_k}
    print(f"{machine()}\n\n| model | tools shown 展示的工具 | right 正确 | s a case |\n|---|---|---|---|")
    name = Answering.now().name
    for shown, start in agents.items():
        with api_problems():
            outcomes = evaluate(start, cases, repeat=1)
        attempts = [attempt for outcome in outcomes for attempt in outcome.attempts]
        right = sum(not attempt.failures for attempt in attempts)
        seconds = sum(attempt.seconds for attempt in attempts) / len(attempts)
        print(f"| `{name}` | {shown} | {right}/{len(attempts)} | {seconds:.1f} |", flush=True)


class NarrowedAgent(ToolAgent):
    def __init__(self, likeliest: LikeliestTools) -> None:
        super().__init__()
        self.graph = create_agent(
            chat_model(temperature=0, max_tokens=ANSWER_TOKENS, stream_usage=True),
            tools=TOOLS,
            system_prompt=SYSTEM_PROMPT,
            middleware=[ToolErrorMiddleware(tell_the_model), likeliest],
        )
