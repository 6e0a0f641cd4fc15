"""`python -m rag serve`: the index for programs of other machines."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel, ConfigDict, Field

from kit.env import load_env, setting
from kit.http import unread
from kit.http.connections import Connection
from kit.http.guard import add_guard
from kit.http.listen import address, bind, in_url
from kit.http.refusal import body
from kit.problem import Problem
from kit.proxy import LOOPBACK
from rag.index import Index
from rag.passage import TOP_K
from rag.settings import Settings

ADDRESS = "localhost:8091"
MAX_BODY_BYTES = 1024 * 1024
STOP_SECONDS = 3

Short = Annotated[str, Field(max_length=4096)]


class Asked(BaseModel):
    """What `Index.search` takes."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(max_length=50_000)
    top_k: int = Field(TOP_K, ge=1, le=100)
    source: Short | None = None
    metadata: Annotated[dict[Short, Short], Field(max_length=20)] | None = None
    without: Short | None = None


def create_app(index: Index, api_keys: Sequence[str] = ()) -> FastAPI:
    app = FastAPIOffline(redoc_url=None, title="index", description="Passages that may answer a question.")

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/search")
    def search(asked: Asked) -> dict[str, list[dict[str, Any]]]:
        """The passages most likely to answer, best first."""
        found = index.search(asked.question, asked.top_k, asked.source, asked.metadata, asked.without)
        return {"passages": [asdict(passage) for passage in found]}

    unread.install(app)
    app.add_exception_handler(Problem, _problem)
    add_guard(
        app,
        bytes_at_most=MAX_BODY_BYTES,
        api_keys=api_keys,
        key_setting="INDEX_API_KEY",
        cors_origins=(),
        allowed_hosts=(),
    )
    return app


def serve(collection: str | None = None) -> None:
    """Raises `Problem` for an address that can't be used, or that others reach without a key."""
    load_env()
    host, port = address("INDEX_ADDR", ADDRESS)
    key = setting("INDEX_API_KEY")
    if host not in LOOPBACK and not key:
        raise Problem(
            f"INDEX_ADDR={host}:{port} is open to other machines. Write INDEX_API_KEY=… in .env, or listen on"
            " localhost.",
            f"INDEX_ADDR={host}:{port} 对其他机器开放。请在 .env 中设置 INDEX_API_KEY=…，或改为监听 localhost。",
        )
    with Index(Settings.from_env(collection)) as index:
        sockets = bind(host, port, "INDEX_ADDR")
        url = f"http://{in_url(host)}:{port}"
        print(
            f"The index answers at {url}: INDEX_URL={url} in the .env of others. Ctrl-C stops.\n"
            f"索引服务地址：{url}，其他机器在 .env 中设置 INDEX_URL={url}。按 Ctrl-C 停止。",
            flush=True,
        )
        logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO, datefmt="%H:%M:%S")
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        server(create_app(index, [key] if key else [])).run(sockets)


def server(app: FastAPI) -> uvicorn.Server:
    config = uvicorn.Config(app, http=Connection, log_config=None, timeout_graceful_shutdown=STOP_SECONDS)
    return uvicorn.Server(config)


def _problem(_: Request, error: Any) -> JSONResponse:
    refusal = body(502, error.en, code="search_failed")
    refusal["error"]["problem"] = {"en": error.en, "zh": error.zh}
    return JSONResponse(refusal, 502)
