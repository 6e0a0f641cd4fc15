import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fakes.endpoint import FakeEndpoint, Play, Turn
from running import REPOSITORY, RunSample


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Play]:
    """Test an agent without a model: say what the model will answer, run the agent, look at what it did.

        def test_the_agent_computes(play: Play) -> None:
            endpoint = play(CallTool("calculate", {"expression": "6 * 7"}), "It is 42.")

            steps = list(ToolAgent().ask("What is 6 times 7?"))

            assert ToolResult("call_0", "calculate", "42") in steps
            assert endpoint.requests[1]["messages"][-1]["content"] == "42"

    Each request takes the next turn, the last one repeats. A turn is a text, a `CallTool`, a list of them for
    several at once, or something that goes wrong: `Failure`, `Hang`, `BreakOff`, `Slowly`. The current folder
    is an empty one, so that no `.env` is found and files of the agent go nowhere else.
    """
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:

        def start(*turns: Turn) -> FakeEndpoint:
            endpoint = stack.enter_context(FakeEndpoint(*turns))
            monkeypatch.setenv("CHAT_MODEL_BASE_URL", endpoint.base_url)
            return endpoint

        yield start


@pytest.fixture
def run_sample() -> RunSample:
    """Run `python -m agents.NAME ARGUMENTS...` without a terminal; keywords go into its environment."""

    def run(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", f"agents.{name}", *arguments],
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )

    return run
