"""GGUF files with Qwen3.5's dimensions and random weights: they compute as fast as real ones, and say nothing."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

Q4_K, Q6_K = GGMLQuantizationType.Q4_K, GGMLQuantizationType.Q6_K
# Of a weight as the blocks below write it, in units of the block's scale.
Q4_MEAN, Q4_SPREAD, Q6_SPREAD = 7.5, 4.6, 18.5
STATE, KERNEL, KEY_HEADS, ATTENDS_EVERY = 128, 4, 16, 4
ROPE = 64
# What is answered: words that stay one token when they are read again, as a later turn does.
WORD = re.compile("Ġ[a-z]+")


@dataclass(frozen=True)
class Size:
    """Dimensions of a model; `values` are the value heads of its recurrent layers."""

    width: int
    feed: int
    layers: int
    heads: int
    kv_heads: int
    head: int
    values: int


SIZES = {
    "tiny": Size(width=256, feed=512, layers=4, heads=4, kv_heads=2, head=128, values=16),
    "0.8B": Size(width=1024, feed=3584, layers=24, heads=8, kv_heads=2, head=256, values=16),
    "2B": Size(width=2048, feed=6144, layers=24, heads=8, kv_heads=2, head=256, values=16),
}


def write(file: Path, size: Size, vocabulary: Path) -> None:
    """Q4_K, with Q6_K for the vocabulary, as files that are called Q4_K_M are for the most part."""
    model = _File(file, size)
    words = model.vocabulary(gguf.GGUFReader(vocabulary))
    model.embeddings(words)
    model.ones("output_norm.weight", size.width)
    for layer in range(size.layers):
        block = f"blk.{layer}."
        model.ones(f"{block}attn_norm.weight", size.width)
        model.ones(f"{block}post_attention_norm.weight", size.width)
        if (layer + 1) % ATTENDS_EVERY == 0:
            model.attention(block)
        else:
            model.delta_net(block)
        model.matrix(f"{block}ffn_gate.weight", size.feed, size.width)
        model.matrix(f"{block}ffn_up.weight", size.feed, size.width)
        model.matrix(f"{block}ffn_down.weight", size.width, size.feed)
    model.close()


class _File:
    def __init__(self, file: Path, size: Size) -> None:
        self.size = size
        self.dice = np.random.default_rng(35)
        self.gguf: Any = gguf.GGUFWriter(file, "qwen35")
        self.gguf.add_context_length(262_144)
        self.gguf.add_embedding_length(size.width)
        self.gguf.add_feed_forward_length(size.feed)
        self.gguf.add_block_count(size.layers)
        self.gguf.add_head_count(size.heads)
        self.gguf.add_head_count_kv(size.kv_heads)
        self.gguf.add_key_length(size.head)
        self.gguf.add_value_length(size.head)
        self.gguf.add_layer_norm_rms_eps(1e-6)
        self.gguf.add_rope_dimension_count(ROPE)
        self.gguf.add_rope_dimension_sections([11, 11, 10, 0])
        self.gguf.add_rope_freq_base(1e7)
        self.gguf.add_ssm_conv_kernel(KERNEL)
        self.gguf.add_ssm_state_size(STATE)
        self.gguf.add_ssm_inner_size(STATE * size.values)
        self.gguf.add_ssm_time_step_rank(size.values)
        self.gguf.add_ssm_group_count(KEY_HEADS)
        self.gguf.add_full_attention_interval(ATTENDS_EVERY)

    def vocabulary(self, reader: Any) -> npt.NDArray[np.bool_]:
        """Take a file's tokens over; tells which of them may be answered."""
        for field in reader.fields.values():
            if field.name.startswith("tokenizer.") and field.name != "tokenizer.chat_template":
                sub_type = field.types[-1] if len(field.types) > 1 else None
                self.gguf.add_key_value(field.name, field.contents(), field.types[0], sub_type=sub_type)
        tokens = reader.fields["tokenizer.ggml.tokens"].contents()
        return np.array([WORD.fullmatch(token) is not None for token in tokens])

    def embeddings(self, words: npt.NDArray[np.bool_]) -> None:
        """They are the output's weights too: a token of small ones is never the likeliest."""
        scale = np.where(words, 1, 1 / 16)
        rows = self._q6(len(words), self.size.width, scale)
        self.gguf.add_tensor("token_embd.weight", rows, raw_dtype=Q6_K)

    def attention(self, block: str) -> None:
        size = self.size
        self.matrix(f"{block}attn_q.weight", 2 * size.heads * size.head, size.width)  # and a gate
        self.matrix(f"{block}attn_k.weight", size.kv_heads * size.head, size.width)
        self.matrix(f"{block}attn_v.weight", size.kv_heads * size.head, size.width)
        self.matrix(f"{block}attn_output.weight", size.width, size.heads * size.head)
        self.ones(f"{block}attn_q_norm.weight", size.head)
        self.ones(f"{block}attn_k_norm.weight", size.head)

    def delta_net(self, block: str) -> None:
        keys, heads = STATE * KEY_HEADS, self.size.values
        values = STATE * heads
        self.matrix(f"{block}attn_qkv.weight", 2 * keys + values, self.size.width)
        self.matrix(f"{block}attn_gate.weight", values, self.size.width)
        self.matrix(f"{block}ssm_beta.weight", heads, self.size.width)
        self.matrix(f"{block}ssm_alpha.weight", heads, self.size.width)
        self.matrix(f"{block}ssm_out.weight", self.size.width, values)
        self.plain(f"{block}ssm_conv1d.weight", self.dice.standard_normal((2 * keys + values, KERNEL)) * 0.2)
        self.plain(f"{block}ssm_dt.bias", self.dice.standard_normal(heads))
        self.plain(f"{block}ssm_a", -np.exp(self.dice.standard_normal(heads) * 0.5))
        self.ones(f"{block}ssm_norm.weight", STATE)

    def ones(self, name: str, length: int) -> None:
        self.plain(name, np.ones(length))

    def plain(self, name: str, values: npt.NDArray[np.float64]) -> None:
        self.gguf.add_tensor(name, values.astype(np.float32))

    def matrix(self, name: str, rows: int, columns: int) -> None:
        self.gguf.add_tensor(name, self._q4(rows, columns), raw_dtype=Q4_K)

    def close(self) -> None:
        self.gguf.write_header_to_file()
        self.gguf.write_kv_data_to_file()
        self.gguf.write_tensors_to_file()
        self.gguf.close()

    def _q4(self, rows: int, columns: int) -> npt.NDArray[np.uint8]:
        """Super-blocks of two scales, eight 6-bit factors and eight 6-bit minima of 1, and nibbles."""
        blocks = self._bytes(Q4_K, rows, columns)
        scale = _scale(columns, Q4_SPREAD)
        blocks[..., 0:2] = _half(scale)
        blocks[..., 2:4] = _half(scale * Q4_MEAN)
        blocks[..., 4:12] = 0x01
        blocks[..., 12:16] = 0x11
        return blocks.reshape(rows, -1)

    def _q6(self, rows: int, columns: int, scale: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
        """Super-blocks of low and high bits, sixteen factors of 1, and a scale, for each row another."""
        blocks = self._bytes(Q6_K, rows, columns)
        blocks[..., 192:208] = 1
        blocks[..., 208:210] = _half(scale * _scale(columns, Q6_SPREAD)).reshape(rows, 1, 2)
        return blocks.reshape(rows, -1)

    def _bytes(self, kind: GGMLQuantizationType, rows: int, columns: int) -> npt.NDArray[np.uint8]:
        weights, size = GGML_QUANT_SIZES[kind]
        return self.dice.integers(0, 256, (rows, columns // weights, size), dtype=np.uint8)


def _scale(columns: int, spread: float) -> float:
    """So that a row's sum keeps the size of what it adds up."""
    return float(1 / np.sqrt(columns) / spread)


def _half(values: float | npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(np.asarray(values, np.float16).tobytes(), np.uint8)
