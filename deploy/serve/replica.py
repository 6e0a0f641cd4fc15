"""One copy of the server in a Ray actor."""

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Message

from deploy.serve.asked import Asked
from kit.env import load_env


class Replica:
    """Serves as `python -m server` does, with the settings in `.env` and the actor's own environment.

    ASGI's messages take the way over Ray instead of a socket.
    """

    def __init__(self) -> None:
        load_env()
        # After the environment, of which llama.cpp's loader takes notice.
        from server.app import create_app
        from server.cli import load
        from server.engine.worker import Worker
        from server.settings import Settings

        settings = Settings.from_env()
        self._worker = Worker()
        served, switch = load(settings, self._worker)
        self._app = create_app(served, settings.access, switch)

    async def forward(self, asked: Asked) -> AsyncIterator[Message]:
        messages: asyncio.Queue[Message | None] = asyncio.Queue()
        body = iter([asked.body])
        gone = asyncio.Event()

        async def receive() -> Message:
            if (whole := next(body, None)) is not None:
                return {"type": "http.request", "body": whole, "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        answering = asyncio.create_task(self._app(dict(asked.scope), receive, messages.put))
        answering.add_done_callback(lambda _: messages.put_nowait(None))
        try:
            while (message := await messages.get()) is not None:
                yield message
            answering.result()
        finally:
            gone.set()
            answering.cancel()

    async def check_health(self) -> None:
        """Ray asks now and then, and replaces an actor that raises."""
        if failure := self._worker.failure:
            raise RuntimeError(f"the compute thread has ended: {failure}")
