"""`GET /health`."""

from typing import Any

from fastapi import APIRouter

from server.api.errors import ApiError
from server.api.served import ServedDep

router = APIRouter(tags=["health"])


@router.get("/health")
async def health(served: ServedDep) -> dict[str, Any]:
    """Answers once both models are loaded: the server does not listen before. 503 if it can compute no more."""
    if failure := served.worker.failure:
        raise ApiError(
            503, f"The compute thread has ended ({failure}). Restart the server; its log says more."
        )
    return {"status": "ok"}
