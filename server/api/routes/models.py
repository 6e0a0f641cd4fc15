"""`/v1/models`."""

from typing import Any

from fastapi import APIRouter

from server.api.served import CHAT_ID, EMBEDDING_ID, Served, ServedDep, unknown

router = APIRouter(prefix="/v1/models", tags=["models"])

CHAT_CAPABILITIES = ["chat", "completions", "tools", "structured_output"]


@router.get("")
def list_models(served: ServedDep) -> dict[str, Any]:
    return {"object": "list", "data": [served.card(CHAT_ID), served.card(EMBEDDING_ID)]}


@router.post("")
def list_as_llamaedge(served: ServedDep) -> dict[str, Any]:
    """LlamaEdge's clients ask this way."""
    return list_models(served)


@router.get("/{model}")
def get_model(model: str, served: ServedDep) -> dict[str, Any]:
    """A model with what a client may want to know: context length, and prefixes for an embedding model.

    One that is not in memory tells no more than its name.
    """
    if model == CHAT_ID:
        return served.card(model) | (_chat(served) if served.has("chat") else {})
    if model == EMBEDDING_ID:
        return served.card(model) | (_embedding(served) if served.has("embedding") else {})
    raise unknown(model)


def _chat(served: Served) -> dict[str, Any]:
    engine = served.chat.engine
    return {
        "file": engine.model.path.name,
        "context_length": engine.n_ctx,
        "capabilities": CHAT_CAPABILITIES + ["reasoning"] * served.chat.can_think,
    }


def _embedding(served: Served) -> dict[str, Any]:
    embedder, entry = served.embedding, served.embedding_entry
    return {
        "file": embedder.model.path.name,
        "context_length": embedder.window,
        "capabilities": ["embeddings"],
        "dimensions": embedder.model.n_embd,
        "query_prefix": entry.query_prefix if entry else "",
        "passage_prefix": entry.passage_prefix if entry else "",
    }
