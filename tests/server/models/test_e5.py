"""The repack of multilingual-e5-small, on a model of the same format with 64 dimensions."""

import struct
from pathlib import Path

import gguf
import numpy as np
import pytest

from server.models import e5
from server.models.sources.source import SourceError

HIDDEN, LAYERS, HEADS, FFN, VOCAB, POSITIONS, TYPES = 64, 2, 4, 96, 10, 16, 2
PIECES = [b"<s>", b"<pad>", b"</s>", b"<unk>", "▁猫".encode(), "▁cat".encode(), b"s"]
SCORES = [0.0, 0.0, 0.0, 0.0, -1.5, -2.5, -3.5]


def q4_0(rows: int, columns: int) -> bytes:
    return np.random.default_rng(rows * columns).bytes(rows * columns // 32 * 18)


def f32(count: int) -> bytes:
    return np.random.default_rng(count).random(count, dtype=np.float32).tobytes()


def tensors() -> dict[str, tuple[int, bytes]]:
    """Name to (type, bytes) of every tensor of the format: 1 is the 4-bit type."""
    found = {
        "emb.word": (1, q4_0(VOCAB, HIDDEN)),
        "emb.pos": (0, f32(POSITIONS * HIDDEN)),
        "emb.type": (0, f32(TYPES * HIDDEN)),
        "emb.ln.w": (0, f32(HIDDEN)),
        "emb.ln.b": (0, f32(HIDDEN)),
    }
    for layer in range(LAYERS):
        for name, rows, columns in [
            ("q", HIDDEN, HIDDEN),
            ("k", HIDDEN, HIDDEN),
            ("v", HIDDEN, HIDDEN),
            ("ao", HIDDEN, HIDDEN),
            ("fi", FFN, HIDDEN),
            ("fo", HIDDEN, FFN),
        ]:
            found[f"l{layer}.{name}.w"] = (1, q4_0(rows, columns))
            found[f"l{layer}.{name}.b"] = (0, f32(rows))
        for name in ("aln", "oln"):
            found[f"l{layer}.{name}.w"] = (0, f32(HIDDEN))
            found[f"l{layer}.{name}.b"] = (0, f32(HIDDEN))
    return found


def e5s1() -> bytes:
    blob = b"".join(PIECES)
    offsets = np.cumsum([0, *(len(piece) for piece in PIECES)], dtype="<u4").tobytes()
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7i", HIDDEN, LAYERS, HEADS, FFN, VOCAB, POSITIONS, TYPES) + struct.pack(
        "<fi", 1e-12, 32
    )
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob))
    head += offsets + np.array(SCORES, "<f4").tobytes() + blob
    head += struct.pack("<iI", 1, 5) + b"a map"
    parts = tensors()
    table_bytes = 4 + sum(2 + len(name) + 1 + 4 + 16 for name in parts)
    table, data = struct.pack("<i", len(parts)), b""
    for name, (kind, content) in parts.items():
        offset = len(head) + table_bytes + len(data)
        table += struct.pack("<H", len(name)) + name.encode()
        table += struct.pack("<BIQQ", kind, 0, offset, len(content))
        data += content
    return head + table + data


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "e5-small-q4.bin"
    file.write_bytes(e5s1())
    return file


def test_every_weight_arrives_byte_for_byte(source: Path, tmp_path: Path) -> None:
    e5.repack(source, tmp_path / "e5.gguf")
    found = {tensor.name: tensor for tensor in gguf.GGUFReader(tmp_path / "e5.gguf").tensors}
    given = tensors()
    assert len(found) == len(given)
    pairs = {
        "token_embd.weight": "emb.word",
        "position_embd.weight": "emb.pos",
        "token_types.weight": "emb.type",
        "token_embd_norm.bias": "emb.ln.b",
        "blk.0.attn_q.weight": "l0.q.w",
        "blk.0.attn_k.bias": "l0.k.b",
        "blk.0.attn_v.weight": "l0.v.w",
        "blk.1.attn_output.weight": "l1.ao.w",
        "blk.1.attn_output_norm.weight": "l1.aln.w",
        "blk.1.ffn_up.weight": "l1.fi.w",
        "blk.1.ffn_down.weight": "l1.fo.w",
        "blk.1.layer_output_norm.bias": "l1.oln.b",
    }
    for name, of in pairs.items():
        assert found[name].data.tobytes() == given[of][1], name
    assert list(found["blk.1.ffn_down.weight"].shape) == [FFN, HIDDEN]
    assert found["blk.1.ffn_down.weight"].tensor_type == gguf.GGMLQuantizationType.Q4_0


def test_the_vocabulary_and_the_settings_arrive(source: Path, tmp_path: Path) -> None:
    e5.repack(source, tmp_path / "e5.gguf")
    fields = gguf.GGUFReader(tmp_path / "e5.gguf").fields

    def value(name: str) -> object:
        return fields[name].contents()

    assert value("general.architecture") == "bert"
    assert value("bert.embedding_length") == HIDDEN
    assert value("bert.pooling_type") == gguf.PoolingType.MEAN
    assert value("bert.attention.causal") is False
    assert value("tokenizer.ggml.tokens") == [piece.decode() for piece in PIECES] + [
        "[PAD7]",
        "[PAD8]",
        "[PAD9]",
    ]
    assert value("tokenizer.ggml.scores") == [*SCORES, -1000.0, -1000.0, -1000.0]
    assert value("tokenizer.ggml.token_type") == [3, 3, 3, 2, 1, 1, 1, 5, 5, 5]
    assert value("tokenizer.ggml.eos_token_id") == 2


def test_the_same_input_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    e5.repack(source, tmp_path / "a.gguf")
    e5.repack(source, tmp_path / "b.gguf")
    assert (tmp_path / "a.gguf").read_bytes() == (tmp_path / "b.gguf").read_bytes()


@pytest.mark.parametrize("content", [b"", b"PK not that", e5s1()[:200]])
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.bin").write_bytes(content)
    with pytest.raises(SourceError, match="no E5S1 file"):
        e5.repack(tmp_path / "other.bin", tmp_path / "e5.gguf")
