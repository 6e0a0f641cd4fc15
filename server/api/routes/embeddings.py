"""`POST /v1/embeddings`."""

import asyncio
import base64
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from server.api.errors import ApiError
from server.api.fields.bounded import at_most, refuse_long
from server.api.served import EMBEDDING_ID, Served, ServedDep, require
from server.api.streaming import unless_disconnected
from server.engine.llama.model import Floats

router = APIRouter(prefix="/v1", tags=["embeddings"])

MAX_INPUTS = 2048  # OpenAI's limit


class EmbeddingRequest(BaseModel):
    model: str | None = None
    input: (
        str
        | Annotated[list[str], Field(fail_fast=True), at_most(MAX_INPUTS)]
        | Annotated[list[int], Field(fail_fast=True)]
        | Annotated[
            list[Annotated[list[int], Field(fail_fast=True)]], Field(fail_fast=True), at_most(MAX_INPUTS)
        ]
    )
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Field(ge=1)] | None = None


@router.post("/embeddings")
async def create(body: EmbeddingRequest, request: Request, served: ServedDep) -> Any:
    require(body.model, EMBEDDING_ID)
    texts = _texts(body.input)
    _check_dimensions(body.dimensions, served)
    return await unless_disconnected(request, _embed(texts, body, served))


async def _embed(texts: list[str], body: EmbeddingRequest, served: Served) -> dict[str, Any]:
    embedder = served.embedding
    tokens = await asyncio.to_thread(lambda: [embedder.tokenize(text) for text in texts])
    vectors = [_shorten(vector, body.dimensions) for vector in await embedder.embed(tokens)]
    encode = _base64 if body.encoding_format == "base64" else _floats
    data = [
        {"object": "embedding", "index": i, "embedding": encode(vector)} for i, vector in enumerate(vectors)
    ]
    n_tokens = sum(map(len, tokens))
    usage = {"prompt_tokens": n_tokens, "total_tokens": n_tokens}
    return {"object": "list", "data": data, "model": EMBEDDING_ID, "usage": usage}


def _texts(given: str | list[str] | list[int] | list[list[int]]) -> list[str]:
    texts = [given] if isinstance(given, str) else given
    if not texts or len(texts) > MAX_INPUTS:
        raise ApiError(400, f"input has {len(texts)} entries; give 1 to {MAX_INPUTS}.", param="input")
    strings = [text for text in texts if isinstance(text, str)]
    if len(strings) < len(texts):
        raise ApiError(
            400,
            "input holds token ids, which mean nothing to this model's vocabulary. Send text: in LangChain, "
            "OpenAIEmbeddings(check_embedding_ctx_length=False).",
            param="input",
        )
    if "" in strings:
        raise ApiError(400, f"input[{strings.index('')}] is empty.", param="input")
    refuse_long(strings, "input")
    return strings


def _check_dimensions(dimensions: int | None, served: Served) -> None:
    full, entry = served.embedding.model.n_embd, served.embedding_entry
    if dimensions in (None, full):
        return
    if entry is None or not entry.matryoshka:
        message = f"dimensions = {dimensions}: this model's vectors have {full} and cannot be shortened."
        raise ApiError(400, message, param="dimensions")
    if dimensions > full:
        raise ApiError(400, f"dimensions = {dimensions}: this model has {full}.", param="dimensions")


def _shorten(vector: Floats, dimensions: int | None) -> Floats:
    if dimensions is None:
        return vector
    head = vector[:dimensions]
    return np.asarray(head / np.linalg.norm(head), np.float32)


def _floats(vector: Floats) -> list[float]:
    return [float(x) for x in vector]


def _base64(vector: Floats) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()
