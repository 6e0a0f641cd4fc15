"""The app in this process, on an engine that plays a script."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from description import is_described
from fakes.scripted_engine import ScriptedEngine

from server.api.served import Served
from server.app import create_app
from server.chat.chat_model import ChatModel
from server.chat.constrained.grammar import INSIDE_STRINGS
from server.engine.llama.model import Model
from server.settings import Access


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # llguidance reads the vocabulary through a function that llama-cpp-python has renamed.
    renamed = pytest.mark.filterwarnings("ignore:llama_token_get_attr is deprecated:DeprecationWarning")
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(renamed)


@pytest.fixture(scope="session")
def model(chat_file: Path) -> Iterator[Model]:
    """The vocabulary takes llguidance seconds, so it is read once for all chat models on top of this one."""
    model = Model(chat_file)
    tokenizer = model.grammar_tokenizer(INSIDE_STRINGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "grammar_tokenizer", lambda slices: tokenizer)
        yield model


@pytest.fixture(scope="session")
def chat(model: Model) -> ChatModel:
    """Says "Hello there."; where a form holds it, the least that fits."""
    return ChatModel(ScriptedEngine(model, "Hello there."))


@pytest.fixture
async def visit() -> AsyncIterator[Callable[..., httpx2.AsyncClient]]:
    """A client of an app around a chat model."""
    async with AsyncExitStack() as stack:

        def make(chat: ChatModel, access: Access = Access(), **more: Any) -> httpx2.AsyncClient:  # noqa: B008
            served: Any = Served(chat, embedding=None, embedding_entry=None, created=0, **more)  # type: ignore[arg-type]
            transport = httpx2.ASGITransport(create_app(served, access))
            client = httpx2.AsyncClient(
                transport=transport, base_url="http://localhost", event_hooks={"response": [is_described]}
            )
            stack.push_async_callback(client.aclose)
            return client

        yield make
