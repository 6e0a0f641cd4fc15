"""Tiny models with random weights, of today's kinds of memory: files in milliseconds, whose words mean nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np

VOCABULARY, WIDTH, HEADS, KV_HEADS, HEAD, FEED, CONTEXT = 96, 64, 4, 2, 16, 96, 1024
WINDOW = 24


class File:
    """A GGUF file as it is written."""

    def __init__(
        self,
        path: Path,
        architecture: str,
        layers: int,
        vocabulary: int = VOCABULARY,
        tokenizer: str = "none",
    ) -> None:
        self.vocabulary = vocabulary
        self.dice = np.random.default_rng(3)
        self.gguf: Any = gguf.GGUFWriter(str(path), architecture)
        self.gguf.add_context_length(CONTEXT)
        self.gguf.add_embedding_length(WIDTH)
        self.gguf.add_feed_forward_length(FEED)
        self.gguf.add_block_count(layers)
        self.gguf.add_head_count(HEADS)
        self.gguf.add_layer_norm_rms_eps(1e-6)
        self.gguf.add_vocab_size(vocabulary)
        if vocabulary == VOCABULARY:
            self.gguf.add_tokenizer_model(tokenizer)

    def weight(self, name: str, *shape: int, scale: float = 0.2) -> None:
        self._add(name, self.dice.standard_normal(shape) * scale)

    def norm(self, name: str, *shape: int) -> None:
        self._add(name, 1 + self.dice.standard_normal(shape) * 0.02)

    def decay(self, name: str, *shape: int) -> None:
        self._add(name, -np.exp(self.dice.standard_normal(shape) * 0.5))

    def attention(self, block: str, *, gated: bool = False, normed: bool = False) -> None:
        self.weight(f"{block}attn_q.weight", HEADS * HEAD * (2 if gated else 1), WIDTH)
        self.weight(f"{block}attn_k.weight", KV_HEADS * HEAD, WIDTH)
        self.weight(f"{block}attn_v.weight", KV_HEADS * HEAD, WIDTH)
        self.weight(f"{block}attn_output.weight", WIDTH, HEADS * HEAD)
        if normed:
            self.norm(f"{block}attn_q_norm.weight", HEAD)
            self.norm(f"{block}attn_k_norm.weight", HEAD)

    def feed_forward(self, block: str) -> None:
        self.weight(f"{block}ffn_gate.weight", FEED, WIDTH)
        self.weight(f"{block}ffn_up.weight", FEED, WIDTH)
        self.weight(f"{block}ffn_down.weight", WIDTH, FEED)

    def ends(self, *, output_norm: str = "output_norm") -> None:
        self.weight("token_embd.weight", self.vocabulary, WIDTH, scale=1)
        self.norm(f"{output_norm}.weight", WIDTH)
        self.weight("output.weight", self.vocabulary, WIDTH)

    def close(self) -> None:
        self.gguf.write_header_to_file()
        self.gguf.write_kv_data_to_file()
        self.gguf.write_tensors_to_file()
        self.gguf.close()

    def _add(self, name: str, values: Any) -> None:
        self.gguf.add_tensor(name, values.astype(np.float32))


def qwen35(path: Path) -> None:
    """Gated delta nets, and attention in every fourth layer."""
    layers, key_heads, value_heads, state, kernel = 4, 2, 4, 16, 4
    keys, values = state * key_heads, state * value_heads
    file = File(path, "qwen35", layers)
    file.gguf.add_head_count_kv(KV_HEADS)
    file.gguf.add_key_length(HEAD)
    file.gguf.add_value_length(HEAD)
    file.gguf.add_rope_dimension_count(8)
    file.gguf.add_rope_dimension_sections([2, 1, 1, 0])
    file.gguf.add_rope_freq_base(1e6)
    file.gguf.add_ssm_conv_kernel(kernel)
    file.gguf.add_ssm_inner_size(values)
    file.gguf.add_ssm_state_size(state)
    file.gguf.add_ssm_time_step_rank(value_heads)
    file.gguf.add_ssm_group_count(key_heads)
    file.gguf.add_full_attention_interval(4)
    file.ends()
    for layer in range(layers):
        block = f"blk.{layer}."
        file.norm(f"{block}attn_norm.weight", WIDTH)
        file.norm(f"{block}post_attention_norm.weight", WIDTH)
        if (layer + 1) % 4 == 0:
            file.attention(block, gated=True, normed=True)
        else:
            file.weight(f"{block}attn_qkv.weight", 2 * keys + values, WIDTH)
            file.weight(f"{block}attn_gate.weight", values, WIDTH)
            file.weight(f"{block}ssm_conv1d.weight", 2 * keys + values, kernel)
            file.weight(f"{block}ssm_dt.bias", value_heads)
            file.decay(f"{block}ssm_a", value_heads)
            file.weight(f"{block}ssm_beta.weight", value_heads, WIDTH)
            file.weight(f"{block}ssm_alpha.weight", value_heads, WIDTH)
            file.norm(f"{block}ssm_norm.weight", state)
            file.weight(f"{block}ssm_out.weight", WIDTH, values)
        file.feed_forward(block)
    file.close()


def lfm2(path: Path) -> None:
    """Short convolutions, and attention in every other layer."""
    kernel, kv_heads = 3, [0, KV_HEADS, 0, KV_HEADS]
    file = File(path, "lfm2", len(kv_heads))
    file.gguf.add_head_count_kv(kv_heads)
    file.gguf.add_shortconv_l_cache(kernel)
    file.gguf.add_rope_freq_base(1e6)
    file.ends(output_norm="token_embd_norm")
    for layer, heads in enumerate(kv_heads):
        block = f"blk.{layer}."
        file.norm(f"{block}attn_norm.weight", WIDTH)
        file.norm(f"{block}ffn_norm.weight", WIDTH)
        if heads:
            file.attention(block, normed=True)
        else:
            file.weight(f"{block}shortconv.conv.weight", WIDTH, kernel)
            file.weight(f"{block}shortconv.in_proj.weight", 3 * WIDTH, WIDTH)
            file.weight(f"{block}shortconv.out_proj.weight", WIDTH, WIDTH)
        file.feed_forward(block)
    file.close()


def granite_hybrid(path: Path) -> None:
    """Mamba-2, and attention in every other layer."""
    kv_heads = [0, KV_HEADS, 0, KV_HEADS]
    inner, state, heads, groups, kernel = 2 * WIDTH, 16, 8, 1, 4
    file = File(path, "granitehybrid", len(kv_heads))
    file.gguf.add_head_count_kv(kv_heads)
    file.gguf.add_ssm_conv_kernel(kernel)
    file.gguf.add_ssm_inner_size(inner)
    file.gguf.add_ssm_state_size(state)
    file.gguf.add_ssm_time_step_rank(heads)
    file.gguf.add_ssm_group_count(groups)
    file.gguf.add_rope_dimension_count(HEAD)
    file.gguf.add_attention_scale(0.25)
    file.gguf.add_embedding_scale(1.0)
    file.gguf.add_residual_scale(1.0)
    file.gguf.add_logit_scale(1.0)
    file.ends()
    for layer, attends in enumerate(kv_heads):
        block = f"blk.{layer}."
        file.norm(f"{block}attn_norm.weight", WIDTH)
        file.norm(f"{block}ffn_norm.weight", WIDTH)
        if attends:
            file.attention(block)
        else:
            file.weight(f"{block}ssm_in.weight", 2 * inner + 2 * groups * state + heads, WIDTH)
            file.weight(f"{block}ssm_conv1d.weight", inner + 2 * groups * state, kernel)
            file.weight(f"{block}ssm_conv1d.bias", inner + 2 * groups * state)
            file.weight(f"{block}ssm_dt.bias", heads)
            file.decay(f"{block}ssm_a", heads, 1)
            file.weight(f"{block}ssm_d", heads, 1)
            file.norm(f"{block}ssm_norm.weight", groups, inner // groups)
            file.weight(f"{block}ssm_out.weight", WIDTH, inner)
        file.feed_forward(block)
    file.close()


def gemma3(path: Path) -> None:
    """A sliding window in all layers but every sixth."""
    layers = 6
    file = File(path, "gemma3", layers)
    file.gguf.add_head_count_kv(KV_HEADS)
    file.gguf.add_key_length(HEAD)
    file.gguf.add_value_length(HEAD)
    file.gguf.add_sliding_window(WINDOW)
    file.gguf.add_rope_freq_base(1e6)
    file.ends()
    for layer in range(layers):
        block = f"blk.{layer}."
        for norm in ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"):
            file.norm(f"{block}{norm}.weight", WIDTH)
        file.attention(block, normed=True)
        file.feed_forward(block)
    file.close()


def mamba(path: Path) -> None:
    """Nothing but recurrent layers."""
    layers, inner, state, rank, kernel = 2, 2 * WIDTH, 8, 4, 4
    file = File(path, "mamba", layers)
    file.gguf.add_ssm_conv_kernel(kernel)
    file.gguf.add_ssm_inner_size(inner)
    file.gguf.add_ssm_state_size(state)
    file.gguf.add_ssm_time_step_rank(rank)
    file.ends()
    for layer in range(layers):
        block = f"blk.{layer}."
        file.norm(f"{block}attn_norm.weight", WIDTH)
        file.weight(f"{block}ssm_in.weight", 2 * inner, WIDTH)
        file.weight(f"{block}ssm_conv1d.weight", inner, kernel)
        file.weight(f"{block}ssm_conv1d.bias", inner)
        file.weight(f"{block}ssm_x.weight", rank + 2 * state, inner)
        file.weight(f"{block}ssm_dt.weight", inner, rank)
        file.weight(f"{block}ssm_dt.bias", inner)
        file.decay(f"{block}ssm_a", inner, state)
        file.weight(f"{block}ssm_d", inner)
        file.weight(f"{block}ssm_out.weight", WIDTH, inner)
    file.close()


def words(path: Path, splitting: str) -> None:
    """Attention alone, with the letters of ASCII as tokens, in words that are split as `splitting` says."""
    file = File(path, "llama", 1, tokenizer="gpt2")
    file.gguf.add_head_count_kv(KV_HEADS)
    file.gguf.add_rope_dimension_count(HEAD)
    file.gguf.add_tokenizer_pre(splitting)
    file.gguf.add_token_list([*map(chr, range(33, 126)), "aa", "Ġ", "Ċ"])
    file.gguf.add_token_types([gguf.TokenType.NORMAL] * VOCABULARY)
    file.gguf.add_token_merges(["a a"])
    file.ends()
    file.norm("blk.0.attn_norm.weight", WIDTH)
    file.norm("blk.0.ffn_norm.weight", WIDTH)
    file.attention("blk.0.")
    file.feed_forward("blk.0.")
    file.close()


KINDS: dict[str, Callable[[Path], None]] = {
    "qwen35": qwen35,
    "lfm2": lfm2,
    "granite-hybrid": granite_hybrid,
    "mamba": mamba,
    "gemma3": gemma3,
}
