"""What `.env` says is what the server does."""

import re
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from server_program import running

from server import models
from server.engine.llama import context, model
from server.engine.worker import Worker
from server.loader import Loader
from server.settings import Settings


def metric(url: str, name: str) -> float:
    told = httpx2.get(f"{url.removesuffix('/v1')}/metrics", timeout=60).text
    [value] = re.findall(rf"^{name} (\S+)$", told, re.MULTILINE)
    return float(value)


def test_a_started_server_has_the_threads_the_context_and_the_prefix_cache_it_was_given(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    given = {"THREADS": "1", "CONTEXT_LENGTH": "512", "PREFIX_CACHE_MB": "5", "GPU_LAYERS": "0"}

    with running(tmp_path, settings | given) as (_, url, said):
        client = openai.OpenAI(base_url=url, api_key="none", timeout=120, max_retries=0)
        for number in range(3):  # about 300 tokens and 4 MB each
            client.completions.create(model="moly-chat", prompt=f"{number} red lorries, " * 60, max_tokens=1)
        swapped, cells = metric(url, "moly_swapped_bytes"), metric(url, "moly_kv_cells")
        with pytest.raises(openai.BadRequestError, match="512"):
            client.completions.create(model="moly-chat", prompt="red lorry " * 600, max_tokens=1)
        client.close()

    assert "1 threads" in said
    assert "512 tokens of context" in said
    assert cells == 512
    # Two of them have left the cache, and there is room for one.
    assert 2_000_000 < swapped <= 5_000_000


@pytest.mark.parametrize(
    ("given", "threads", "layers", "limit"),
    [
        ({"THREADS": "3", "GPU_LAYERS": "5", "PREFIX_CACHE_MB": "0"}, 3, 5, 0),
        ({"THREADS": "1", "GPU_LAYERS": "0", "PREFIX_CACHE_MB": "7"}, 1, 0, 7_000_000),
        ({"GPU_LAYERS": ""}, None, -1, None),
    ],
    ids=["some", "least", "none"],
)
def test_both_models_are_loaded_as_the_settings_say(
    settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    threads: int | None,
    layers: int,
    limit: int | None,
) -> None:
    for name, value in (settings | {"CONTEXT_LENGTH": "512"} | given).items():
        monkeypatch.setenv(name, value)
    told: dict[str, list[int]] = {"layers": [], "threads": []}
    load, start = model.lib.llama_model_load_from_file, context.lib.llama_init_from_model

    def loading(path: bytes, params: Any) -> Any:
        told["layers"].append(params.n_gpu_layers)
        return load(path, params)

    def starting(pointer: Any, params: Any) -> Any:
        told["threads"] += [params.n_threads, params.n_threads_batch]
        return start(pointer, params)

    monkeypatch.setattr(model.lib, "llama_model_load_from_file", loading)
    monkeypatch.setattr(context.lib, "llama_init_from_model", starting)
    wanted = Settings.from_env()
    chat, embedding = (
        models.resolve(wanted.chat_model, "chat"),
        models.resolve(wanted.embedding_model, "embedding"),
    )
    worker = Worker()

    loader = Loader(wanted, worker)
    engine = loader.chat(chat).engine
    loader.embedding(embedding)

    assert worker.stop(timeout=30)
    assert told["layers"] == [layers] * 2
    # Before them, the small context in which a chat model is asked for its footprint.
    assert told["threads"][-4:] == [threads or engine.n_threads] * 4
    assert engine.n_ctx == 512
    if limit is not None:
        assert engine.cache.swap.limit == limit
