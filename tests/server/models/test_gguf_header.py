"""Headers that a stranger has made up: none crashes, none makes anything be allocated."""

import struct
import tracemalloc
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.problem import Problem
from server.models import gguf_header, resolve

STRING, ARRAY, UINT8, UINT32, INT32, FLOAT32 = 8, 9, 0, 4, 5, 6
F32, Q4_0 = 0, 2


def head(tensors: int = 0, settings: int = 0, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, settings)


def name(text: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(text) if length is None else length) + text


def number(kind: int, value: int) -> bytes:
    return struct.pack("<II", kind, value)


def array(kind: int, length: int, content: bytes = b"") -> bytes:
    return struct.pack("<IIQ", ARRAY, kind, length) + content


def tensor(*sizes: int, kind: int = F32, offset: int = 0, dimensions: int | None = None) -> bytes:
    told = len(sizes) if dimensions is None else dimensions
    return name(b"a") + struct.pack(f"<I{len(sizes)}QIQ", told, *sizes, kind, offset)


ABSURD = {
    "nothing": (b"", "it is empty"),
    "three bytes": (b"GGU", "begins with b'GGU'"),
    "the magic alone": (b"GGUF", "at byte 4 "),
    "a page": (b"<html>404</html>", "begins with b'<htm'"),
    "an older version": (head(version=1), "version is 1,"),
    "the other byte order": (head(version=3 << 24), "version is 50331648"),
    "2^60 tensors": (head(tensors=1 << 60), "claims 1,152,921,504,606,846,976 tensors"),
    "2^64 - 1 settings": (head(settings=(1 << 64) - 1), "and 18,446,744,073,709,551,615 settings"),
    "more tensors than bytes": (head(tensors=50_000), "at byte 24 "),
    "a key of 2^63 bytes": (head(settings=1) + name(b"a", 1 << 63), "a name has 9,223,372,036,854,775,808"),
    "a text of 2^63 bytes": (
        head(settings=1) + name(b"a") + struct.pack("<I", STRING) + name(b"a", 1 << 63),
        "goes on for 9,223,372,036,854,775,808",
    ),
    "an architecture of 2^63 bytes": (
        head(settings=1) + name(b"general.architecture") + struct.pack("<I", STRING) + name(b"a", 1 << 63),
        "a name has",
    ),
    "2^61 numbers": (head(settings=1) + name(b"a") + array(UINT32, 1 << 61), "goes on for"),
    "2^61 strings": (head(settings=1) + name(b"a") + array(STRING, 1 << 61), "strings"),
    "strings that end early": (head(settings=1) + name(b"a") + array(STRING, 9, name(b"b")), "goes on for 8"),
    "a string beyond the end": (
        head(settings=1) + name(b"a") + array(STRING, 1, name(b"b", (1 << 64) - 1)),
        "goes on for",
    ),
    "lists of lists": (head(settings=1) + name(b"a") + array(ARRAY, 1), "unknown type 9"),
    "an unknown type": (head(settings=1) + name(b"a") + number(13, 0), "unknown type 13"),
    "an alignment of 0": (
        head(settings=1) + name(b"general.alignment") + number(UINT32, 0),
        "alignment is 0",
    ),
    "an alignment of 3": (
        head(settings=1) + name(b"general.alignment") + number(UINT32, 3),
        "alignment is 3",
    ),
    "2^31 layers": (
        head(settings=1) + name(b"llama.block_count") + number(UINT32, 1 << 31),
        "2,147,483,648 layers",
    ),
    "no layers": (head(settings=1) + name(b"llama.block_count") + number(UINT32, 0), "claims 0 layers"),
    "two million tokens": (
        head(settings=1) + name(b"tokenizer.ggml.tokens") + array(STRING, 2_000_000),
        "2,000,000 tokens of type 8",
    ),
    "tokens that are numbers": (
        head(settings=1) + name(b"tokenizer.ggml.tokens") + array(UINT32, 1, bytes(4)),
        "1 tokens of type 4",
    ),
    "scores that are bytes": (
        head(settings=1) + name(b"tokenizer.ggml.scores") + array(UINT8, 1, bytes(1)),
        "1 scores of type 0",
    ),
    "fewer scores than tokens": (
        head(settings=2)
        + name(b"tokenizer.ggml.tokens")
        + array(STRING, 2, name(b"a") + name(b"b"))
        + name(b"tokenizer.ggml.scores")
        + array(FLOAT32, 1, bytes(4)),
        "2 tokens and 1 scores",
    ),
    "kinds of no tokens": (
        head(settings=1) + name(b"tokenizer.ggml.token_type") + array(INT32, 1, bytes(4)),
        "0 tokens and 1 token_type",
    ),
    "a tensor's name of 2^63 bytes": (head(tensors=1) + name(b"a", 1 << 63), "a name has"),
    "2^31 dimensions": (head(tensors=1) + tensor(dimensions=1 << 31), "2,147,483,648 dimensions"),
    "2^252 weights": (head(tensors=1) + tensor(*[1 << 63] * 4), "its tensors need"),
    "weights that wrap around to none": (head(tensors=1) + tensor(1 << 32, 1 << 32), "its tensors need"),
    "data beyond the end": (head(tensors=1) + tensor(8) + bytes(31), "its tensors need"),
    "an offset beyond the end": (head(tensors=1) + tensor(8, offset=1 << 62) + bytes(99), "its tensors need"),
    "blocks beyond the end": (head(tensors=1) + tensor(64, kind=Q4_0) + bytes(42), "its tensors need"),
    "an offset of an unknown type": (head(tensors=1) + tensor(8, kind=999, offset=999), "its tensors need"),
}


@pytest.mark.skipif(not Path("/proc/kmsg").exists(), reason="no files without a length")
@pytest.mark.parametrize(
    ("file", "told"),
    [("/proc/kmsg", "it is empty"), ("/dev/null", "it is no file"), ("/proc", "it is no file")],
)
def test_what_cannot_be_mapped_is_no_model(file: str, told: str) -> None:
    """It was a 500 to whoever loads a model by its path."""
    with pytest.raises(Problem, match=told):
        gguf_header.read(Path(file))


@pytest.mark.parametrize(("content", "told"), ABSURD.values(), ids=ABSURD)
def test_an_absurd_header_is_a_problem_at_load(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "absurd.gguf"
    file.write_bytes(content)

    tracemalloc.start()
    with pytest.raises(Problem, match="is not a sound GGUF model") as caught:
        resolve(str(file), "chat")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert told in caught.value.en
    assert "不是完好的 GGUF 模型" in caught.value.zh
    assert peak < 16 << 20  # the import of gguf is in it


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole file, with a setting of each form."""
    file = tmp_path_factory.mktemp("model") / "model.gguf"
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_context_length(512)
    writer.add_token_list(["a", "b", "中"])
    writer.add_token_scores([0.5, 1.0, 2.0])
    writer.add_chat_template("{{ messages }}")
    writer.add_tensor("token_embd.weight", np.zeros((3, 32), np.float32))
    writer.add_tensor("output.weight", np.zeros((3, 32), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file.read_bytes()


def test_a_whole_file_passes_and_a_truncated_one_never_does(tmp_path: Path, model: bytes) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(model)
    assert gguf_header.read(file).architecture == "llama"

    end = len(model.rstrip(b"\0")) + 64
    for length in [*range(min(end, len(model) - 200)), len(model) - 65]:
        file.write_bytes(model[:length])
        with pytest.raises(Problem, match="not a sound GGUF"):
            gguf_header.read(file)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(changes=st.lists(st.tuples(st.integers(4, 600), st.binary(min_size=1, max_size=9)), max_size=3))
def test_whatever_is_changed_it_passes_or_is_a_problem(
    tmp_path: Path, model: bytes, changes: list[tuple[int, bytes]]
) -> None:
    changed = bytearray(model)
    for at, what in changes:
        changed[at : at + len(what)] = what
    file = tmp_path / "changed.gguf"
    file.write_bytes(changed)

    try:
        gguf_header.read(file)
    except Problem as problem:
        assert str(file) in problem.en
