"""The server's way to stop, around an app that drips for ever: python draining_program.py DRAIN_SECONDS"""

import asyncio
import sys
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from kit.http.connections import Connection
from kit.http.listen import bind
from server import cli
from server.api.drain import Drain
from server.api.middleware.time_limit import TimeLimit
from server.cli import Server


async def drip(_: Request) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        while True:
            yield "data: drop\n\n"
            await asyncio.sleep(0.05)

    return StreamingResponse(lines())


async def health(_: Request) -> JSONResponse:
    return JSONResponse("ok")


cli.DRAIN_SECONDS = int(sys.argv[1])
drain = Drain()
app = TimeLimit(Starlette(routes=[Route("/drip", drip), Route("/health", health)]), seconds=600, drain=drain)
sockets = bind("127.0.0.1", 0, "MOLY_API_SERVER_ADDR")
for sock in sockets:
    sock.listen()
print(sockets[0].getsockname()[1], flush=True)
try:
    Server(uvicorn.Config(app, http=Connection, log_config=None, timeout_graceful_shutdown=1), drain).run(
        sockets
    )
except KeyboardInterrupt:
    print("stopped", flush=True)
