"""`POST /v1/retrieve`."""

from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from server.api.documents.files import LibraryDep
from server.api.errors import ApiError
from server.api.fields.bounded import at_most_with_parts
from server.api.fields.messages import Message

if TYPE_CHECKING:
    from rag.passage import Passage

router = APIRouter(prefix="/v1", tags=["documents"])

MOST_MESSAGES = 1000
LONGEST_QUESTION = 10_000
LIMIT = 5  # LlamaEdge's


class RetrieveRequest(BaseModel):
    messages: Annotated[list[Message], Field(min_length=1, fail_fast=True), at_most_with_parts(MOST_MESSAGES)]
    limit: Annotated[int, Field(ge=1, le=50)] = LIMIT
    score_threshold: Annotated[float, Field(ge=-1, le=1)] = 0.0


@router.post("/retrieve")
async def retrieve(body: RetrieveRequest, library: LibraryDep) -> dict[str, Any]:
    """The passages of the uploaded files that are nearest to what the user said last, best first."""
    question = _question(body.messages)
    points = [_point(passage) for passage in await library.search(question, body.limit)]
    return {
        "points": [point for point in points if point["score"] >= body.score_threshold],
        "limit": body.limit,
        "score_threshold": body.score_threshold,
    }


def _question(messages: list[Message]) -> str:
    said = next((message for message in reversed(messages) if message.role == "user"), None)
    content = said.content if said else None
    if isinstance(content, list):
        content = "\n".join(part.text or "" for part in content)
    if not content or not content.strip():
        raise ApiError(400, "messages hold nothing that the user said.", param="messages")
    if len(content) > LONGEST_QUESTION:
        message = f"The last message has {len(content):,} characters; {LONGEST_QUESTION:,} is the most."
        raise ApiError(400, message, param="messages")
    return content


def _point(passage: "Passage") -> dict[str, Any]:
    """`score` is the cosine of question and passage, 0 where only the word search found it."""
    place = PurePath(passage.source)
    return {
        "source": passage.text,
        "score": passage.similarity or 0.0,
        "relevance": passage.relevance,
        "file_id": place.parent.name,
        "filename": place.name,
        "title": passage.title,
        "heading": passage.heading,
        "page": passage.page,
        "date": passage.date,
    }
