"""The address that clients know: every request goes to a replica, its answer comes back as it is made."""

import json
import logging
from typing import Any

from fastapi import FastAPI, Request
from ray import serve
from ray.exceptions import RayError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError
from ray.serve.handle import DeploymentHandle
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from deploy.serve.asked import Asked
from kit.http.body_limit import BodyLimit
from kit.http.refusal import body

log = logging.getLogger("ray.serve")

MAX_BODY_BYTES = 32 * 1024 * 1024
RETRY_SECONDS = "2"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]

# Without routes of its own: /docs is the replica's.
api = FastAPI(openapi_url=None)
api.add_middleware(BodyLimit, bytes_at_most=MAX_BODY_BYTES)


class Forwarded(Response):
    """ASGI's messages of a replica, sent on as they are."""

    def __init__(self, handle: DeploymentHandle, asked: Asked) -> None:
        super().__init__()
        self._handle = handle
        self._asked = asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        streams: bool | None = None
        answer = self._handle.forward.remote(self._asked)
        try:
            async for message in answer:
                if message["type"] == "http.response.start":
                    streams = (b"content-type", b"text/event-stream") in [
                        (name.lower(), value.partition(b";")[0]) for name, value in message["headers"]
                    ]
                await send(message)
        except (RayError, BackPressureError, DeploymentUnavailableError) as error:
            log.warning("a replica gave no answer: %s", type(error).__name__)
            refusal = _refusal(error)
            if streams is None:
                # openai's client tries again after so long.
                response = JSONResponse(refusal, 503, {"Retry-After": RETRY_SECONDS})
                await response(scope, receive, send)
            elif streams:
                event = f"data: {json.dumps(refusal)}\n\ndata: [DONE]\n\n"
                await send({"type": "http.response.body", "body": event.encode(), "more_body": False})
            else:
                raise  # half an object: the connection breaks
        finally:
            answer.cancel()


def _refusal(error: Exception) -> dict[str, Any]:
    if isinstance(error, BackPressureError):
        return body(503, "As many requests are waiting as the replicas take. Try again.", code="overloaded")
    return body(503, "The replica that was answering is gone. Try again.", code="replica_gone")


# Last, since Ray takes a picture of the module here.
@serve.deployment
@serve.ingress(api)
class Gateway:
    def __init__(self, chat: DeploymentHandle, embedding: DeploymentHandle) -> None:
        self._chat, self._embedding = (each.options(stream=True) for each in (chat, embedding))

    @api.api_route("/{path:path}", methods=METHODS)
    async def forward(self, request: Request) -> Response:
        handle = self._embedding if request.url.path == "/v1/embeddings" else self._chat
        return Forwarded(handle, Asked.of(request.scope, await request.body()))
