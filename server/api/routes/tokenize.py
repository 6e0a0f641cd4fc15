"""`POST /v1/tokenize`."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from server.api.fields.bounded import refuse_long
from server.api.served import CHAT_ID, EMBEDDING_ID, served, unknown
from server.api.switch import wake

router = APIRouter(prefix="/v1", tags=["tokenize"])


class TokenizeRequest(BaseModel):
    model: str | None = None
    content: str


@router.post("/tokenize")
async def tokenize(body: TokenizeRequest, request: Request) -> dict[str, Any]:
    """The tokens of a text, as completions and embeddings read it: their ids, and how many."""
    refuse_long([body.content], "content")
    if body.model in (None, CHAT_ID):
        await wake(request, "chat")
        tokens = await asyncio.to_thread(served(request).chat.tokenize, body.content)
    elif body.model == EMBEDDING_ID:
        await wake(request, "embedding")
        tokens = await asyncio.to_thread(served(request).embedding.tokenize, body.content)
    else:
        raise unknown(str(body.model))
    return {"tokens": tokens, "count": len(tokens)}
