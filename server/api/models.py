"""`/v1/models`."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from server.api.served import CHAT_ID, EMBEDDING_ID, Served, unknown

router = APIRouter(prefix="/v1/models", tags=["models"])

CHAT_CAPABILITIES = ["chat", "completions", "tools", "structured_output"]


def served(request: Request) -> Served:
    state: Served = request.app.state.served
    return state


ServedDep = Annotated[Served, Depends(served)]


@router.get("")
def list_models(served: ServedDep) -> dict[str, Any]:
    return {"object": "list", "data": [served.card(CHAT_ID), served.card(EMBEDDING_ID)]}


@router.get("/{model}")
def get_model(model: str, served: ServedDep) -> dict[str, Any]:
    """A model with what a client may want to know: context length, and prefixes for an embedding model."""
    if model == CHAT_ID:
        engine = served.chat.engine
        return served.card(model) | {
            "file": engine.model.path.name,
            "context_length": engine.n_ctx,
            "capabilities": CHAT_CAPABILITIES + ["reasoning"] * served.chat.thinks,
        }
    if model == EMBEDDING_ID:
        embedder, entry = served.embedding, served.embedding_entry
        return served.card(model) | {
            "file": embedder.model.path.name,
            "context_length": embedder.window,
            "capabilities": ["embeddings"],
            "dimensions": embedder.model.n_embd,
            "query_prefix": entry.query_prefix if entry else "",
            "passage_prefix": entry.passage_prefix if entry else "",
        }
    raise unknown(model)
