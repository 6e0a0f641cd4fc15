"""`POST /v1/rerank`."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from server.api.errors import ApiError
from server.api.fields.bounded import at_most, refuse_long
from server.api.identifiers import unique
from server.api.served import EMBEDDING_ID, RERANK_ID, Served, ServedDep
from server.api.streaming import unless_disconnected
from server.engine.encoders.reranker import QueryTooLong, Reranker

router = APIRouter(tags=["rerank"])

MAX_DOCUMENTS = 1000  # Cohere's advice
MAX_QUERY = 32_768  # characters; more than any window holds, and read once for each document

Scores = tuple[list[float], int]


class Document(BaseModel):
    text: str


class RerankRequest(BaseModel):
    """`model` may be any: rerankers have names of their own, and the answer says what ranked."""

    model: str | None = None
    query: Annotated[str, Field(min_length=1, max_length=MAX_QUERY)]
    documents: Annotated[list[str | Document], Field(min_length=1, fail_fast=True), at_most(MAX_DOCUMENTS)]
    top_n: Annotated[int, Field(ge=1)] | None = None
    return_documents: bool = False


@router.post("/v1/rerank")
@router.post("/rerank", include_in_schema=False)
@router.post("/v2/rerank", include_in_schema=False)  # Cohere
@router.post("/v1/reranking", include_in_schema=False)  # llama-server
@router.post("/reranking", include_in_schema=False)
async def rerank(body: RerankRequest, request: Request, served: ServedDep) -> Any:
    """Documents by how well they answer the query: by the reranker, or without one by the embedding model's cosine."""
    texts = [each if isinstance(each, str) else each.text for each in body.documents]
    if "" in texts:
        place = f"documents.{texts.index('')}"
        raise ApiError(400, f"{place} is empty.", param=place)
    refuse_long([body.query, *texts], "documents")
    return await unless_disconnected(request, _ranked(body, texts, served))


async def _ranked(body: RerankRequest, texts: list[str], served: Served) -> dict[str, Any]:
    reranker = served.reranker
    if reranker:
        scores, n_tokens = await _read_together(body.query, texts, reranker)
    else:
        scores, n_tokens = await _compared(body.query, texts, served)
    best = sorted(range(len(texts)), key=lambda index: -scores[index])[: body.top_n]
    results = [
        {"index": index, "relevance_score": scores[index]}
        | ({"document": {"text": texts[index]}} if body.return_documents else {})
        for index in best
    ]
    return {
        "id": unique("rerank-"),
        "model": RERANK_ID if reranker else EMBEDDING_ID,
        "object": "list",
        "results": results,
        "usage": {"prompt_tokens": n_tokens, "total_tokens": n_tokens},
    }


async def _read_together(query: str, texts: list[str], reranker: Reranker) -> Scores:
    try:
        pairs = await asyncio.to_thread(reranker.pairs, query, texts)
    except QueryTooLong as error:
        raise ApiError(400, f"query: {error}", param="query") from None
    return await reranker.score(pairs), sum(len(window) for windows in pairs for window in windows)


async def _compared(query: str, texts: list[str], served: Served) -> Scores:
    embedder, entry = served.embedding, served.embedding_entry
    ask, tell = (entry.query_prefix, entry.passage_prefix) if entry else ("", "")
    written = [ask + query, *(tell + text for text in texts)]
    tokens = await asyncio.to_thread(lambda: [embedder.tokenize(text) for text in written])
    asked, *passages = await embedder.embed(tokens)
    return [float(asked @ passage) for passage in passages], sum(map(len, tokens))
