"""Tiny rerankers with random weights, which read letters: one of each kind that llama.cpp knows."""

from collections.abc import Callable
from pathlib import Path

import gguf

from fakes.tiny_models import CONTEXT, FEED, HEAD, KV_HEADS, WIDTH, File

CONTROL, NORMAL, UNKNOWN = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL, gguf.TokenType.UNKNOWN

TEMPLATE = (
    "<|im_start|>system\nJudge the Document.<|im_end|>\n"
    "<|im_start|>user\n<Query>: {query}\n<Document>: {document}<|im_end|>\n<|im_start|>assistant\n"
)


def cross_encoder(path: Path) -> None:
    """Like bge-reranker-v2-m3: reads both ways, ends in one logit, and does not say that it pools."""
    letters = [chr(code) for code in range(33, 127)]
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", *letters, *(f"▁{letter}" for letter in letters)]
    file = File(path, "bert", 2, len(pieces))
    file.gguf.add_layer_norm_eps(1e-5)
    file.gguf.add_causal_attention(False)
    file.gguf.add_tokenizer_model("t5")
    file.gguf.add_tokenizer_pre("default")
    file.gguf.add_token_list([piece.encode() for piece in pieces])
    file.gguf.add_token_types([CONTROL, CONTROL, CONTROL, UNKNOWN] + [NORMAL] * (len(pieces) - 4))
    file.gguf.add_token_scores([0.0] * 4 + [-1.0] * (len(pieces) - 4))
    file.gguf.add_token_type_count(1)
    file.gguf.add_add_space_prefix(True)
    file.gguf.add_add_bos_token(True)
    file.gguf.add_add_eos_token(True)
    file.gguf.add_add_sep_token(True)
    file.gguf.add_bos_token_id(0)
    file.gguf.add_pad_token_id(1)
    file.gguf.add_eos_token_id(2)
    file.gguf.add_sep_token_id(2)
    file.gguf.add_unk_token_id(3)
    file.weight("token_embd.weight", len(pieces), WIDTH, scale=1)
    file.weight("position_embd.weight", CONTEXT, WIDTH)
    file.weight("token_types.weight", 1, WIDTH)
    _norm(file, "token_embd_norm")
    for layer in range(2):
        block = f"blk.{layer}."
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            file.weight(f"{block}{name}.weight", WIDTH, WIDTH)
        _norm(file, f"{block}attn_output_norm")
        file.weight(f"{block}ffn_up.weight", FEED, WIDTH)
        file.weight(f"{block}ffn_down.weight", WIDTH, FEED)
        _norm(file, f"{block}layer_output_norm")
    file.weight("cls.weight", WIDTH, WIDTH)
    file.weight("cls.bias", WIDTH)
    file.weight("cls.output.weight", 1, WIDTH)
    file.weight("cls.output.bias", 1)
    file.close()


def qwen3(path: Path) -> None:
    """Like Qwen3-Reranker: reads on, and tells the probability of yes after a template of its own."""
    controls = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    pieces = [*_bytes(), "Ġt", "he", *controls]
    file = File(path, "qwen3", 2, len(pieces))
    file.gguf.add_head_count_kv(KV_HEADS)
    file.gguf.add_key_length(HEAD)
    file.gguf.add_value_length(HEAD)
    file.gguf.add_rope_freq_base(1e6)
    file.gguf.add_pooling_type(gguf.PoolingType.RANK)
    file.gguf.add_classifier_output_labels(["yes", "no"])
    file.gguf.add_tokenizer_model("gpt2")
    file.gguf.add_tokenizer_pre("qwen2")
    file.gguf.add_token_list([piece.encode() for piece in pieces])
    file.gguf.add_token_types([NORMAL] * (len(pieces) - 3) + [CONTROL] * 3)
    file.gguf.add_token_merges(["Ġ t", "h e"])
    file.gguf.add_add_bos_token(False)
    file.gguf.add_eos_token_id(len(pieces) - 3)
    file.gguf.add_chat_template([{"name": "rerank", "template": TEMPLATE}])
    file.ends()
    for layer in range(2):
        block = f"blk.{layer}."
        file.norm(f"{block}attn_norm.weight", WIDTH)
        file.norm(f"{block}ffn_norm.weight", WIDTH)
        file.attention(block, normed=True)
        file.feed_forward(block)
    file.weight("cls.output.weight", 2, WIDTH)
    file.close()


def _norm(file: File, name: str) -> None:
    file.norm(f"{name}.weight", WIDTH)
    file.weight(f"{name}.bias", WIDTH)


def _bytes() -> list[str]:
    """How GPT-2's vocabulary writes the 256 bytes."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in shown else chr(next(others)) for byte in range(256)]


KINDS: dict[str, Callable[[Path], None]] = {"cross-encoder": cross_encoder, "qwen3": qwen3}
