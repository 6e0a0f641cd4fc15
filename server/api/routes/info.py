"""`/v1/info` and `/echo`, as LlamaEdge has them."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from server.api.served import CHAT_ID, EMBEDDING_ID, RERANK_ID, ServedDep
from server.engine.engine import BATCH_TOKENS
from server.engine.library.load import origin

router = APIRouter(tags=["info"])


@router.get("/v1/info")
@router.post("/v1/info")
def info(request: Request, served: ServedDep) -> dict[str, Any]:
    """What the server runs; a model that is not in memory is left out."""
    models: list[dict[str, Any]] = []
    if served.has("chat"):
        engine, defaults = served.chat.engine, served.chat.sampling
        models.append(
            {
                "name": CHAT_ID,
                "type": "chat",
                "file": engine.model.path.name,
                "ctx_size": engine.n_ctx,
                "batch_size": BATCH_TOKENS,
                "temperature": defaults.temperature,
                "top_p": defaults.top_p,
                "repeat_penalty": defaults.repeat_penalty,
                "presence_penalty": defaults.presence_penalty,
                "frequency_penalty": defaults.frequency_penalty,
            }
        )
    if served.has("embedding"):
        embedder = served.embedding
        models.append(
            {
                "name": EMBEDDING_ID,
                "type": "embedding",
                "file": embedder.model.path.name,
                "ctx_size": embedder.window,
                "batch_size": embedder.window,
            }
        )
    if served.has("rerank") and (reranker := served.reranker):
        models.append(
            {
                "name": RERANK_ID,
                "type": "rerank",
                "file": reranker.model.path.name,
                "ctx_size": reranker.window,
                "batch_size": reranker.window,
            }
        )
    return {
        "type": "agent-starter-kit",
        "version": _version(),
        "plugin_version": origin(),
        "port": str((request.scope.get("server") or (None, ""))[1]),
        "models": models,
    }


def _version() -> str:
    try:
        return version("agent-starter-kit")
    except PackageNotFoundError:  # run from a clone that was not installed
        return "unknown"


@router.get("/echo", response_class=PlainTextResponse)
@router.post("/echo", response_class=PlainTextResponse)
def echo() -> str:
    return "echo test"
