"""`GET /metrics`."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from server.api.served import ServedDep

router = APIRouter(tags=["metrics"])


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(served: ServedDep) -> Response:
    """The engine's figures as Prometheus text."""
    return Response(generate_latest(served.chat.engine.metrics.registry), media_type=CONTENT_TYPE_LATEST)
