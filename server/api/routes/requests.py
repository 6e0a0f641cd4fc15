"""`/v1/requests`: what the server was asked, and how each answer came about."""

from typing import Any

from fastapi import APIRouter, Request

from server.api.errors import ApiError

router = APIRouter(prefix="/v1/requests", tags=["requests"])


@router.get("")
def list_requests(request: Request) -> dict[str, Any]:
    """The last hundred requests, the newest first, with their figures. Empty with MOLY_REQUESTS=0."""
    return {"object": "list", "data": [entry.row() for entry in reversed(list(request.app.state.requests))]}


@router.get("/{request_id}")
def get_request(request_id: str, request: Request) -> dict[str, Any]:
    """One of them with its rendered prompt, its tools, and what the model wrote before it was read as a call."""
    for entry in reversed(list(request.app.state.requests)):
        if entry.id == request_id:
            return dict(entry.details())
    raise ApiError(404, f"There is no request {request_id!r} among the last ones.", code="request_not_found")
