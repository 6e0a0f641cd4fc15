"""`python -m server`: resolve, load, listen."""

import logging
import os
import socket
import time

import typer
import uvicorn
from rich.console import Console

from kit.env import load_env
from kit.problem import Problem
from server import models
from server.announce import announce
from server.api.served import Served
from server.app import create_app
from server.chat.chat_model import ChatModel
from server.engine.embedder import Embedder
from server.engine.engine import Engine
from server.engine.llama import Model
from server.engine.worker import Worker
from server.listen import bind
from server.machine import context_length, default_threads, parking_bytes, require_room
from server.models.cli import app as models_app
from server.settings import Settings

app = typer.Typer(
    help="Serve a chat model and an embedding model as OpenAI's API does. 以 OpenAI 接口提供聊天与嵌入模型。",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(models_app, name="models", help="The models on this machine. 本机的模型。")


def main() -> None:
    load_env()
    app()


@app.callback(invoke_without_command=True)
def serve(context: typer.Context) -> None:
    if context.invoked_subcommand:
        return
    settings = Settings.from_env()
    sockets = bind(settings.host, settings.port)  # before the models: a taken port is told at once
    worker = Worker()
    served = load(settings, worker)
    for sock in sockets:
        sock.listen()
    announce(settings, served)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO, datefmt="%H:%M:%S")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(create_app(served, settings.access), log_config=None, timeout_graceful_shutdown=1)
    try:
        Server(config).run(sockets)
    except KeyboardInterrupt:  # uvicorn raises it again when everything is closed
        Console().print("Stopped. 已停止。")
    if not worker.stop(timeout=0.2):
        os._exit(0)  # a step is under way inside llama.cpp, and nothing is left to save


class Server(uvicorn.Server):
    """Cuts off the answers under way when it is told to stop, and does not report that as errors."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        logging.getLogger("uvicorn.error").disabled = True
        await super().shutdown(sockets)


def load(settings: Settings, worker: Worker) -> Served:
    """Both models side by side, taking turns on the worker."""
    chat_file = models.resolve(settings.chat_model, "chat")
    embedding_file = models.resolve(settings.embedding_model, "embedding")
    room = require_room(chat_file.path.stat().st_size + embedding_file.path.stat().st_size)
    layers = settings.gpu_layers
    chat, embedding = Model(chat_file.path, layers), Model(embedding_file.path, layers)
    for model, variable, pools in ((chat, "CHAT_MODEL", False), (embedding, "EMBEDDING_MODEL", True)):
        require_role(model, variable, pools)
    threads = settings.threads or default_threads()
    n_ctx = context_length(chat, room, settings.context_length)
    parking = parking_bytes(settings.prefix_cache_mb)
    engine = Engine(chat, n_ctx=n_ctx, n_threads=threads, parking_bytes=parking, wake=worker.wake)
    entry = embedding_file.entry
    normalization = entry.normalize if entry else None
    embedder = Embedder(embedding, normalization=normalization, n_threads=threads, wake=worker.wake)
    worker.start(engine, embedder)
    return Served(ChatModel(engine), embedder, entry, created=int(time.time()))


def require_role(model: Model, variable: str, pools: bool) -> None:
    """Catch a file given for the wrong variable: an embedding model says in its header how it pools."""
    if model.pools == pools:
        return
    is_now, other = ("an embedding", "CHAT") if variable == "EMBEDDING_MODEL" else ("a chat", "EMBEDDING")
    raise Problem(
        f"{variable}={model.path} is not {is_now} model. Did you mean {other}_MODEL?",
        f"{variable}={model.path} 的模型类型不对。是否想写在 {other}_MODEL 中？",
    )
