"""`POST /v1/tokenize`."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from server.api.models import ServedDep
from server.api.served import CHAT_ID, EMBEDDING_ID, unknown

router = APIRouter(prefix="/v1", tags=["tokenize"])


class TokenizeRequest(BaseModel):
    model: str | None = None
    content: str


@router.post("/tokenize")
def tokenize(body: TokenizeRequest, served: ServedDep) -> dict[str, Any]:
    """The tokens of a text, as completions and embeddings read it: their ids, and how many."""
    if body.model in (None, CHAT_ID):
        tokens = served.chat.tokenize(body.content)
    elif body.model == EMBEDDING_ID:
        tokens = served.embedding.tokenize(body.content)
    else:
        raise unknown(str(body.model))
    return {"tokens": tokens, "count": len(tokens)}
