"""The server's page before a model whose every token is the time: python -m benchmarks.page.page_clock PORT"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from kit.page.mount import Build, Page

TOKENS = 200
SECONDS = 0.04  # between two, as a small model on a CPU

app = FastAPI()


@app.get("/v1/models")
def models() -> dict[str, str]:
    return {"object": "list"}


@app.post("/v1/chat/completions")
def chat() -> StreamingResponse:
    async def events() -> AsyncIterator[str]:
        for _ in range(TOKENS):
            await asyncio.sleep(SECONDS)
            delta = {"content": f"{time.time():.3f} "}
            yield f"data: {json.dumps({'choices': [{'delta': delta}]})}\n\n"

    return StreamingResponse(events())


def load() -> Build:
    from server.page.tabs import build

    return build


if __name__ == "__main__":
    uvicorn.run(Page(app, load, "clock"), port=int(sys.argv[1]), log_config=None)
