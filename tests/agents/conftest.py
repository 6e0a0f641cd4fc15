from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fake_endpoint import FakeEndpoint, Play, Turn


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Play]:
    """Start a fake endpoint that plays the given turns, and make it the chat model of the agents."""
    # Away from a developer's own .env.
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:

        def start(*turns: Turn) -> FakeEndpoint:
            endpoint = stack.enter_context(FakeEndpoint(*turns))
            monkeypatch.setenv("CHAT_MODEL_BASE_URL", endpoint.base_url)
            return endpoint

        yield start
