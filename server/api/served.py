"""The two models that the server offers, and their names."""

from dataclasses import dataclass, field
from typing import Any

from server.api.errors import ApiError
from server.api.response_store import ResponseStore
from server.chat.chat_model import ChatModel
from server.engine.embedder import Embedder
from server.models import CatalogueEntry

CHAT_ID = "moly-chat"
EMBEDDING_ID = "moly-embedding"


@dataclass(frozen=True)
class Served:
    """What every route works on; `created` is the server's start in Unix seconds."""

    chat: ChatModel
    embedding: Embedder
    embedding_entry: CatalogueEntry | None
    created: int
    responses: ResponseStore = field(default_factory=ResponseStore)

    def card(self, model: str) -> dict[str, Any]:
        """A model as `GET /v1/models` lists it."""
        return {"id": model, "created": self.created, "object": "model", "owned_by": "moly"}


def require(model: str | None, expected: str) -> None:
    """Refuse a request for a model that is not served, or cannot do this; none at all means the right one."""
    if model in (None, expected):
        return
    if model in (CHAT_ID, EMBEDDING_ID):
        raise ApiError(400, f"{model} cannot do this; {expected} can.", param="model")
    raise unknown(str(model))


def unknown(model: str) -> ApiError:
    return ApiError(
        404,
        f"There is no model {model!r} here. This server has {CHAT_ID} and {EMBEDDING_ID}.",
        param="model",
        code="model_not_found",
    )
