"""Routes of OpenAI and LlamaEdge that take or make sound and pictures."""

from fastapi import APIRouter

from server.api.errors import ApiError

router = APIRouter(prefix="/v1", include_in_schema=False)

INSTEAD = {
    "audio": "For speech run LlamaEdge's whisper-api-server or tts-api-server beside it, each on a port of its own.",
    "images": "For pictures run LlamaEdge's sd-api-server beside it, on a port of its own.",
}


@router.post("/audio/{action}")
def audio(action: str) -> None:
    raise _refusal("audio")


@router.post("/images/{action}")
def images(action: str) -> None:
    raise _refusal("images")


def _refusal(kind: str) -> ApiError:
    return ApiError(501, f"This server has models for text only. {INSTEAD[kind]}", code="not_implemented")
