"""`python -m server`: resolve, load, listen."""

import asyncio
import contextlib
import gc
import logging
import os
import socket
import sys
import time

import typer
import uvicorn
from rich.console import Console

from kit.http.connections import Connection
from kit.http.listen import bind
from kit.page.mount import belongs
from server import models
from server.announce import announce, announce_better
from server.api.drain import DRAIN_SECONDS, Drain
from server.api.responses.store import ResponseStore
from server.api.served import Served
from server.api.switch import Switch
from server.app import create_app
from server.engine.worker import Worker
from server.free_cores import FreeCores
from server.loader import Loader
from server.models import ModelFile, Role
from server.models.cli import app as models_app
from server.settings import Settings

# The least that Python takes: reading a number takes the square of its length.
MAX_DIGITS = 640
# Collecting garbage stops every answer, and Python does it after 700 new objects: hundreds of times over one large
# body, whose objects are freed without it.
OBJECTS_BETWEEN_COLLECTIONS = 50_000
STOPPING = (
    f"requests have {DRAIN_SECONDS} s to end; Ctrl-C again ends them now. "
    f"个请求还有 {DRAIN_SECONDS} 秒；再按 Ctrl-C 立即结束。"
)

app = typer.Typer(
    help="Serve a chat model and an embedding model as OpenAI's API does. 以 OpenAI 接口提供聊天与嵌入模型。",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
app.add_typer(models_app, name="models", help="The models on this machine. 本机的模型。")


def main() -> None:
    app()


@app.callback(invoke_without_command=True)
def serve(context: typer.Context) -> None:
    if context.invoked_subcommand:
        return
    sys.set_int_max_str_digits(MAX_DIGITS)
    gc.freeze()  # what is imported stays
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    settings = Settings.from_env()
    sockets = bind(
        settings.host, settings.port, "MOLY_API_SERVER_ADDR"
    )  # before the models: a taken port is told at once
    # Whoever asks for so many threads, or for the same answer again, gets them.
    worker = Worker(None if settings.threads or settings.deterministic else FreeCores().count)
    served, switch = load(settings, worker)
    for sock in sockets:
        sock.listen()
    announce(settings, served)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO, datefmt="%H:%M:%S")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").addFilter(_asked)
    web = create_app(served, settings.access, switch)
    announce_better(switch.files["chat"].id, served)
    config = uvicorn.Config(web, http=Connection, log_config=None, timeout_graceful_shutdown=1)
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again when everything is closed
        Server(config, web.state.drain).run(sockets)
    Console().print("Stopped. 已停止。")
    if not worker.stop(timeout=0.2):
        # A step is under way inside llama.cpp, and nothing is left to save but what was said.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _asked(record: logging.LogRecord) -> bool:
    """Whether a line of the access log tells of more than the page's own files and looks."""
    path = str(record.args[2]).partition("?")[0] if isinstance(record.args, tuple) else ""
    return not (belongs(path) or path == "/v1/requests")


class Server(uvicorn.Server):
    """Lets the answers under way go on for some seconds when it is told to stop, and tells the rest of the end.

    A second Ctrl-C ends it at once.
    """

    def __init__(self, config: uvicorn.Config, drain: Drain) -> None:
        super().__init__(config)
        self._drain = drain

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        logging.getLogger("uvicorn.error").disabled = True
        self._drain.begin(DRAIN_SECONDS)
        if self._drain.open:
            Console().print(f"{self._drain.open} {STOPPING}", highlight=False)
        while self._drain.open and not self.force_exit:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)


def load(settings: Settings, worker: Worker) -> tuple[Served, Switch]:
    """The models side by side, taking turns on the worker."""
    responses = ResponseStore(settings.responses_db)
    files: dict[Role, ModelFile] = {
        "chat": models.resolve(settings.chat_model, "chat"),
        "embedding": models.resolve(settings.embedding_model, "embedding"),
    }
    if settings.rerank_model:
        files["rerank"] = models.resolve(settings.rerank_model, "rerank")
    loader = Loader(settings, worker)
    others = sum(file.path.stat().st_size for role, file in files.items() if role != "chat")
    served = Served(
        loader.chat(files["chat"], reserve=others),
        loader.embedding(files["embedding"]),
        files["embedding"].entry,
        created=int(time.time()),
        worker=worker,
        responses=responses,
        reranker=loader.rerank(files["rerank"]) if "rerank" in files else None,
    )
    return served, Switch(served, loader, files, settings.idle_minutes)
