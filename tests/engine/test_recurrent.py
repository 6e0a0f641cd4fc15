"""A model whose memory cannot be shared in part: a tiny Mamba with random weights."""

import asyncio

import gguf
import numpy as np
import pytest

from server.engine.batch import Batch
from server.engine.context import Context
from server.engine.engine import Engine
from server.engine.llama import Model
from server.engine.sampling import SamplingParams
from server.engine.worker import Worker

VOCABULARY, WIDTH, INNER, STATE, RANK, KERNEL, LAYERS = 64, 32, 64, 8, 4, 4, 2


@pytest.fixture(scope="module")
def mamba(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("mamba") / "mamba.gguf"
    dice = np.random.default_rng(3)
    writer = gguf.GGUFWriter(str(path), "mamba")
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_block_count(LAYERS)
    writer.add_ssm_conv_kernel(KERNEL)
    writer.add_ssm_inner_size(INNER)
    writer.add_ssm_state_size(STATE)
    writer.add_ssm_time_step_rank(RANK)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("none")

    def tensor(name: str, *shape: int, scale: float = 0.5) -> None:
        writer.add_tensor(name, (dice.standard_normal(shape) * scale).astype(np.float32))

    tensor("token_embd.weight", VOCABULARY, WIDTH)
    tensor("output_norm.weight", WIDTH)
    tensor("output.weight", VOCABULARY, WIDTH)
    for i in range(LAYERS):
        tensor(f"blk.{i}.attn_norm.weight", WIDTH)
        tensor(f"blk.{i}.ssm_in.weight", 2 * INNER, WIDTH)
        tensor(f"blk.{i}.ssm_conv1d.weight", INNER, KERNEL)
        tensor(f"blk.{i}.ssm_conv1d.bias", INNER)
        tensor(f"blk.{i}.ssm_x.weight", RANK + 2 * STATE, INNER)
        tensor(f"blk.{i}.ssm_dt.weight", INNER, RANK)
        tensor(f"blk.{i}.ssm_dt.bias", INNER)
        writer.add_tensor(f"blk.{i}.ssm_a", -np.exp(dice.standard_normal((INNER, STATE))).astype(np.float32))
        tensor(f"blk.{i}.ssm_d", INNER)
        tensor(f"blk.{i}.ssm_out.weight", WIDTH, INNER)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return Model(path)


def greedy(model: Model, prompt: list[int], n: int) -> list[int]:
    context = Context(model, n_ctx=256, n_batch=256, n_seq_max=1, n_threads=1)
    batch = Batch(256)
    row = batch.add(prompt, 0, 0, wanted=True)
    answer: list[int] = []
    while True:
        assert context.decode(batch)
        answer.append(int(context.logits(row).argmax()))
        if len(answer) == n:
            context.close()
            return answer
        batch.clear()
        row = batch.add(answer[-1:], len(prompt) + len(answer) - 1, 0, wanted=True)


async def test_a_recurrent_model_is_served_without_sharing(mamba: Model) -> None:
    assert not mamba.forgets_by_position
    worker = Worker()
    engine = Engine(mamba, n_ctx=256, n_threads=1, parking_bytes=1_000_000, wake=worker.wake)
    worker.start(engine)
    beginning = [int(n) for n in np.random.default_rng(1).integers(1, VOCABULARY, 40)]
    prompts = [[*beginning, n, n + 1] for n in range(1, 4)] + [[*beginning, 1, 2]]

    generations = [engine.submit(prompt, SamplingParams(temperature=0), 12) for prompt in prompts]
    answers = await asyncio.gather(*[_read(generation) for generation in generations])

    assert answers == [greedy(mamba, prompt, 12) for prompt in prompts]
    assert [generation.cached_tokens for generation in generations] == [0, 0, 0, 0]
    assert worker.stop(timeout=10)


async def _read(generation: object) -> list[int]:
    return [token.id async for token in generation]  # type: ignore[attr-defined]
