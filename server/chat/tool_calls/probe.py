"""Whether a model calls as its template teaches, asked once."""

import asyncio
import threading
from collections.abc import Callable

from server.chat.tool_calls.calling import ToolCalling
from server.chat.tool_calls.tools import Tool, Toolbox
from server.engine.engine import Engine
from server.engine.sampling import SamplingParams

# A question that every model calls this tool for.
QUESTION = [{"role": "user", "content": "What is the weather in Rome?"}]
WEATHER = Tool(
    "get_weather",
    "The weather of today in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
TOOLBOX = Toolbox((WEATHER,), (WEATHER,))


class FormProbe:
    """Has the model begin one call, and looks at the form it would rather take."""

    def __init__(self, engine: Engine, calling: ToolCalling, prompt: Callable[[], list[int]]) -> None:
        """`prompt` gives the tokens of QUESTION with TOOLBOX."""
        self._engine = engine
        self._calling = calling
        self._prompt = prompt
        self._lock = threading.Lock()
        self._found: bool | None = None

    def off_template(self) -> bool:
        """Whether the model begins calls in another form than its template's.

        The first time, this waits for the model to read a prompt of some 200 tokens, seconds on a CPU: call it from a
        thread that may wait, never on an event loop. Raises what the prompt and the engine raise.
        """
        with self._lock:
            if self._found is None:
                self._found = asyncio.run(self._ask())
            return self._found

    async def _ask(self) -> bool:
        gate = self._calling.gate()
        prompt = self._prompt()
        async for _ in self._engine.submit(prompt, SamplingParams(temperature=0), 1, gate, goes_on=True):
            pass
        return gate.off_template
