"""The gateway before replicas that are small applications: python small_replicas.py PORT

In a process of its own, since Ray's warnings are no errors of ours; the repository and this folder are in PYTHONPATH.
A line on its standard input puts new replicas in the place of all; its end ends it.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import ray
import yaml
from ray import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from deploy.serve.gateway import Gateway
from deploy.serve.replica import Replica

ROOT = Path(__file__).parents[2]


class Small(Replica):
    """Answers with its process, or streams, or dies."""

    def __init__(self) -> None:
        async def answer(request: Request) -> JSONResponse | StreamingResponse:
            asked = json.loads(await request.body())
            if asked.get("user") == "die":
                os._exit(1)
            if asked.get("stream"):
                return StreamingResponse(pieces(asked), media_type="text/event-stream")
            return JSONResponse({"pid": os.getpid(), "host": request.headers["host"], "asked": asked})

        self._app = Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])

    async def check_health(self) -> None:
        return


async def pieces(asked: dict[str, str]) -> AsyncIterator[str]:
    for number in range(3):
        if number == 2 and asked.get("user") == "die in the middle":
            os._exit(1)
        delta = {"choices": [{"index": 0, "delta": {"content": str(number)}, "finish_reason": None}]}
        yield f"data: {json.dumps(delta)}\n\n"
        await asyncio.sleep(2 if asked.get("user") == "slowly" else 0.05)
    yield "data: [DONE]\n\n"


def options(name: str) -> dict[str, object]:
    """What the config file says of routing."""
    config = yaml.safe_load((ROOT / "deploy" / "serve" / "config.yaml").read_text(encoding="utf-8"))
    deployments = {each["name"]: each for each in config["applications"][0]["deployments"]}
    return {"request_router_config": deployments[name]["request_router_config"]}


def run() -> None:
    chat = serve.deployment(Small, name="Chat").options(
        num_replicas=2, max_ongoing_requests=16, health_check_period_s=1, **options("Chat")
    )
    embedding = serve.deployment(Small, name="Embedding").options(ray_actor_options={"num_cpus": 0})
    gateway = Gateway.options(ray_actor_options={"num_cpus": 0})
    serve.run(gateway.bind(chat.bind(), embedding.bind()), name="kit", route_prefix="/")
    print("ready", flush=True)


def main(port: int) -> None:
    # As in the config file, the two replicas hold all the cores there are.
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    run()
    for _ in sys.stdin:
        run()
    serve.shutdown()
    ray.shutdown()


if __name__ == "__main__":
    # Under its own name, so that Ray's other processes find the class.
    import small_replicas

    small_replicas.main(int(sys.argv[1]))
