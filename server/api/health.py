"""`GET /health`."""

from fastapi import APIRouter

router = APIRouter(tags=["health"])


@router.get("/health")
async def health() -> dict[str, str]:
    """Answers once both models are loaded: the server does not listen before."""
    return {"status": "ok"}
