"""`POST /v1/models/download` and `POST /v1/models/download/cancel`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from kit.http.refusal import body as error_body
from kit.problem import Problem
from server.api.errors import ApiError
from server.api.models.downloads import Download, Downloads
from server.api.models.named import Reference, parsed
from server.api.models.owner import OWNER
from server.api.streaming import event_stream

PATH = "/v1/models/download"
EVERY_SECONDS = 0.5

router = APIRouter(tags=["models"], dependencies=[OWNER])


class DownloadRequest(BaseModel):
    model: Reference


@router.post(PATH)
async def download(body: DownloadRequest, request: Request) -> Any:
    """Fetch a model of the catalogue or of a hub, telling how far it is until it is there and its hash is checked.

    Who hangs up ends it; what has arrived stays, and the next request goes on from there.
    """
    model = parsed(body.model)
    if isinstance(model, Path):
        raise ApiError(
            400, f"{body.model} is a path; give a catalogue id, hf:… or modelscope:….", param="model"
        )
    downloads: Downloads = request.app.state.downloads
    return event_stream(_events(downloads.start(model)))


@router.post(f"{PATH}/cancel")
async def cancel(body: DownloadRequest, request: Request) -> dict[str, Any]:
    downloads: Downloads = request.app.state.downloads
    running = downloads.find(str(parsed(body.model)))
    if running:
        running.cancel()
    return {"model": body.model, "cancelled": running is not None}


async def _events(download: Download) -> AsyncIterator[dict[str, Any]]:
    try:
        while not download.ended.is_set():
            yield download.progress()
            with suppress(TimeoutError):
                await asyncio.wait_for(download.ended.wait(), EVERY_SECONDS)
        if download.error:
            yield download.progress() | error_body(502, _words(download.error))
        else:
            yield download.progress() | {"file": download.file.name}
    finally:
        download.cancel()


def _words(error: Exception) -> str:
    return f"{error.en}\n{error.zh}" if isinstance(error, Problem) else str(error)
