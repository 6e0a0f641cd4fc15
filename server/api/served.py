"""The models that the server offers, and their names."""

import copy
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from kit.http.refusal import quoted
from server.api.errors import ApiError
from server.api.responses.store import ResponseStore
from server.chat.chat_model import ChatModel
from server.engine.encoders.embedder import Embedder
from server.engine.encoders.reranker import Reranker
from server.engine.worker import Worker
from server.models import CatalogueEntry, Role

CHAT_ID = "moly-chat"
EMBEDDING_ID = "moly-embedding"
RERANK_ID = "moly-rerank"

T = TypeVar("T")


@dataclass(frozen=True)
class Absent:
    """Why a model is not in memory, and after how many seconds it may be, if that comes by itself."""

    message: str
    retry_seconds: int | None = None


class Served:
    """What every route works on; `created` is the server's start in Unix seconds.

    A request has a copy of its own: the models that it began with, whatever is loaded meanwhile. Asking for one that
    is not in memory raises ApiError 503.
    """

    def __init__(
        self,
        chat: ChatModel | Absent,
        embedding: Embedder | Absent,
        embedding_entry: CatalogueEntry | None,
        created: int,
        worker: Worker | None = None,
        responses: ResponseStore | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self._chat = chat
        self._embedding = embedding
        self._reranker: Reranker | Absent | None = reranker
        self.embedding_entry = embedding_entry
        self.created = created
        self.worker = worker or Worker()
        self.responses = responses or ResponseStore()

    @property
    def chat(self) -> ChatModel:
        return _present(self._chat)

    @chat.setter
    def chat(self, model: ChatModel | Absent) -> None:
        self._chat = model

    @property
    def embedding(self) -> Embedder:
        return _present(self._embedding)

    @embedding.setter
    def embedding(self, model: Embedder | Absent) -> None:
        self._embedding = model

    @property
    def reranker(self) -> Reranker | None:
        """None where there is none, and the embedding model ranks."""
        return None if self._reranker is None else _present(self._reranker)

    @reranker.setter
    def reranker(self, model: Reranker | Absent | None) -> None:
        self._reranker = model

    def has(self, role: Role) -> bool:
        model = {"chat": self._chat, "embedding": self._embedding, "rerank": self._reranker}[role]
        return not isinstance(model, Absent | None)

    def card(self, model: str) -> dict[str, Any]:
        """A model as `GET /v1/models` lists it."""
        return {"id": model, "created": self.created, "object": "model", "owned_by": "moly"}


def served(request: Request) -> Served:
    state: Served = request.app.state.served
    return copy.copy(state)


ServedDep = Annotated[Served, Depends(served)]


def _present(model: T | Absent) -> T:
    if isinstance(model, Absent):
        raise ApiError(503, model.message, code="model_not_loaded", retry_seconds=model.retry_seconds)
    return model


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
        f"There is no model {quoted(model)} here. This server has {CHAT_ID} and {EMBEDDING_ID}.",
        param="model",
        code="model_not_found",
    )
