"""Copies of the server behind one address: on Ray Serve, and behind routers that people use before any server."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from benchmarks.servers import free_port, process, wait_for
from kit.problem import Problem

CONFIG = Path("deploy/serve/config.yaml")
COPIES = 2
CHAT = "SERVE_REPLICA::kit#Chat#"
# LiteLLM does not start without a key of its own unless it is told that nobody else can reach it.
KEYLESS = {"LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true"}
RUN = "from ray.serve.scripts import cli; cli()"


@contextmanager
def one_server(model: str, threads: int) -> Iterator[str]:
    port = free_port()
    settings = {
        "CHAT_MODEL": model,
        "MOLY_API_SERVER_ADDR": f"127.0.0.1:{port}",
        "THREADS": str(threads),
    }
    with process(["-m", "server"], port, settings):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def on_serve(model: str, router: str | None = None) -> Iterator[str]:
    """`serve run` with the config file, two copies of a thread each; `router` stands in for the file's."""
    import ray
    from ray import serve
    from ray.exceptions import RayError

    port = free_port()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(json.dumps(_config(port, model, router)), encoding="utf-8")
        command = [sys.executable, "-c", RUN, "run", str(file)]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port, running)
            ray.init(address="auto", log_to_driver=False, logging_level="ERROR")
            logging.getLogger().setLevel(logging.WARNING)  # Ray lets every library speak
            wait_until_whole()
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            with contextlib.suppress(RayError):
                serve.shutdown()  # which this process would take for the next one's too
            ray.shutdown()
            running.send_signal(signal.SIGINT)  # it takes its cluster down
            running.wait(60)


def _config(port: int, model: str, router: str | None) -> Any:
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    config["http_options"]["port"] = port
    for deployment in config["applications"][0]["deployments"]:
        if deployment["name"] == "Chat":
            del deployment["autoscaling_config"]
            deployment["num_replicas"] = COPIES
            deployment["ray_actor_options"]["runtime_env"]["env_vars"] |= {
                "CHAT_MODEL": model,
                "THREADS": "1",
            }
            if router:
                deployment["request_router_config"] = {"request_router_class": router}
    return config


def held() -> dict[str, int]:
    """How many requests each copy of the chat model is answering, by its name in Ray."""
    import ray

    names = [each["name"] for each in ray.util.list_named_actors(all_namespaces=True)]
    copies = {name: ray.get_actor(name, namespace="serve") for name in names if name.startswith(CHAT)}
    counts = ray.get([copy.get_num_ongoing_requests.remote() for copy in copies.values()])
    return dict(zip(copies, counts, strict=True))


def kill(copy: str) -> None:
    import ray

    ray.kill(ray.get_actor(copy, namespace="serve"))


def wait_until_whole() -> None:
    """Until every copy is there and answers."""
    from ray import serve

    def chat() -> Any:
        return serve.status().applications["kit"].deployments["Chat"]

    while (status := chat()).status != "HEALTHY" or status.replica_states.get("RUNNING") != COPIES:
        time.sleep(0.2)


@contextmanager
def behind(program: str, model: str) -> Iterator[str]:
    """Two servers of a thread each behind a router."""
    with ExitStack() as stack, TemporaryDirectory() as folder:
        urls = [stack.enter_context(one_server(model, 1)).removesuffix("/v1") for _ in range(COPIES)]
        port = free_port()
        if program == "vllm-router":
            command = ["vllm-router", "--worker-urls", *urls, "--policy", "cache_aware", "--port", str(port)]
        else:
            file = Path(folder) / "litellm.json"
            file.write_text(json.dumps(_litellm(urls)), encoding="utf-8")
            command = ["litellm", "--config", str(file), "--host", "127.0.0.1", "--port", str(port)]
        command[0] = str(Path(sys.executable).parent / command[0])
        running = subprocess.Popen(
            command, env=os.environ | KEYLESS, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        stack.callback(running.wait, 30)
        stack.callback(running.terminate)
        wait_for(port, running)
        yield f"http://127.0.0.1:{port}/v1"


def _litellm(urls: list[str]) -> dict[str, Any]:
    return {
        "model_list": [
            {
                "model_name": "moly-chat",
                "litellm_params": {"model": "openai/moly-chat", "api_base": f"{url}/v1", "api_key": "none"},
            }
            for url in urls
        ]
    }


def way(name: str, model: str) -> AbstractContextManager[str]:
    """What answers at the address that comes out."""
    if name == "one":
        return one_server(model, COPIES)
    if name == "prefix":
        return on_serve(model)
    if name == "random":
        return on_serve(model, "benchmarks.scale.random_router.RandomRouter")
    if name in ("vllm-router", "litellm"):
        return behind(name, model)
    raise Problem(
        f"there is no way {name!r}. Choose from one, prefix, random, vllm-router, litellm.",
        f"没有名为 {name!r} 的方式，可选 one、prefix、random、vllm-router、litellm。",
    )
