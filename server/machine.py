"""What this machine can give: memory."""

import psutil

from kit.problem import Problem
from server.engine.llama.model import Model

# Eight agents with prompts of 2,000 tokens at once.
DEFAULT_CONTEXT = 16_384
# A system prompt, two or three tools and an answer; an agent can do nothing with less.
SMALLEST_CONTEXT = 2_048
# What llama.cpp computes with, and Python: `python -m benchmarks engine` shows about 350 MB, rounded up.
WORKING_BYTES = 400_000_000
# 20 prefixes of 2,048 tokens for the 0.5B, 25 MB each (`python -m benchmarks prefixes`).
LARGEST_SWAP = 512_000_000


def require_room(weights: int, *, given_back: int = 0) -> int:
    """Bytes left for the KV cache beside weights of that many bytes; `Problem` if the weights do not fit.

    `given_back` is what a model holds that leaves before.
    """
    available = psutil.virtual_memory().available + given_back
    if available < weights + WORKING_BYTES:
        raise _too_little(weights + WORKING_BYTES, available)
    return available - weights - WORKING_BYTES


def context_length(model: Model, room: int, requested: int | None) -> int:
    """Tokens that fit into `room` bytes of KV cache: those requested, or the default if the model knows it."""
    if requested and requested > model.n_ctx_train:
        raise Problem(
            f"CONTEXT_LENGTH={requested} is more than the {model.n_ctx_train} tokens that this model was trained "
            "for. Lower it in .env.",
            f"CONTEXT_LENGTH={requested} 超过了该模型训练时的 {model.n_ctx_train} 个 token，请在 .env 中调小。",
        )
    wanted = requested or min(DEFAULT_CONTEXT, model.n_ctx_train)
    footprint = model.footprint
    fits = footprint.tokens(room, wanted)
    least = wanted if requested else min(SMALLEST_CONTEXT, wanted)
    if fits < least:
        raise _too_little(footprint.context(least), room)
    return fits


def swap_bytes(requested_mb: int | None) -> int:
    """How much RAM idle prefixes may take."""
    if requested_mb is not None:
        return requested_mb * 1_000_000
    return min(LARGEST_SWAP, psutil.virtual_memory().available // 8)


def _too_little(needed: int, available: int) -> Problem:
    need, have = f"{needed / 1e9:.1f} GB", f"{available / 1e9:.1f} GB"
    return Problem(
        f"Too little memory: {need} needed, {have} free. Close other programs, or write "
        "CHAT_MODEL=qwen2.5-coder-0.5b or a smaller CONTEXT_LENGTH in .env.",
        f"内存不足：需要 {need}，可用 {have}。请关闭其他程序，或在 .env 中写 "
        "CHAT_MODEL=qwen2.5-coder-0.5b，或调小 CONTEXT_LENGTH。",
    )
