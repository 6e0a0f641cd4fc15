"""`/v1/responses/{id}`: what is kept of a response."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from server.api.errors import ApiError
from server.api.responses.store import Item
from server.api.served import Served, ServedDep

router = APIRouter(prefix="/v1/responses", tags=["responses"])


@router.get("/{response_id}")
def get_response(response_id: str, served: ServedDep, stream: bool = False) -> Item:
    if stream:
        raise ApiError(400, "stream is for background responses, which this server has not.", param="stream")
    return _found(response_id, served)


@router.delete("/{response_id}")
def delete_response(response_id: str, served: ServedDep) -> dict[str, Any]:
    if not served.responses.delete(response_id):
        raise _unknown(response_id)
    return {"id": response_id, "object": "response", "deleted": True}


@router.post("/{response_id}/cancel")
def cancel_response(response_id: str, served: ServedDep) -> None:
    """Who hangs up cancels: a response is kept once it is complete."""
    _found(response_id, served)
    raise ApiError(400, "Cannot cancel a synchronous response.")


@router.get("/{response_id}/input_items")
def list_input_items(
    response_id: str,
    served: ServedDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    order: Literal["asc", "desc"] = "desc",
    after: str | None = None,
) -> dict[str, Any]:
    """What this request gave, page by page."""
    _found(response_id, served)
    items = served.responses.input_items(response_id) or []
    if order == "desc":
        items.reverse()
    if after is not None:
        places = [i for i, item in enumerate(items) if item["id"] == after]
        if not places:
            raise ApiError(404, f"Item with id '{after}' not found.", param="after")
        items = items[places[0] + 1 :]
    page = items[:limit]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": len(items) > limit,
    }


def _found(response_id: str, served: Served) -> Item:
    response = served.responses.response(response_id)
    if response is None:
        raise _unknown(response_id)
    return response


def _unknown(response_id: str) -> ApiError:
    return ApiError(404, f"Response with id '{response_id}' not found.", param="response_id")
