"""What `CHAT_MODEL` and `EMBEDDING_MODEL` may say."""

import struct
import time
from pathlib import Path

import gguf
import numpy as np
import pytest

from kit.problem import Problem
from server.models import cache, catalogue, resolve
from server.models.reference import role_of


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "mine.gguf"
    file.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 0) + b"and so on")
    model = resolve(str(file), "chat")
    assert (model.path, model.id, model.entry) == (file, "mine", None)


def test_a_catalogue_model_brought_as_a_file_keeps_its_entry(
    folder: Path, tmp_path: Path, tiny: bytes
) -> None:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(tiny)
    assert resolve(str(file), "chat").entry == catalogue.get("tiny")
    with pytest.raises(Problem, match="not for embedding"):
        resolve(str(file), "embedding")


def test_an_unknown_id_lists_the_ids() -> None:
    with pytest.raises(Problem) as caught:
        resolve("qwen-9000", "chat")
    assert "'qwen-9000'" in caught.value.en and "qwen2.5-coder-1.5b" in caught.value.en
    assert "'qwen-9000'" in caught.value.zh and "qwen2.5-coder-1.5b" in caught.value.zh


@pytest.mark.parametrize("reference", ["missing.gguf", "no/such/file", "~/no-such-model.gguf"])
def test_a_path_that_does_not_exist_is_named(reference: str) -> None:
    with pytest.raises(Problem, match="There is no file"):
        resolve(reference, "chat")


@pytest.mark.parametrize("reference", ["~nobody-of-this-name/x.gguf", f"{'x' * 1000}.gguf"])
def test_what_cannot_be_a_path_is_said(reference: str) -> None:
    with pytest.raises(Problem) as told:
        resolve(reference, "chat")

    assert reference[:20] in told.value.en and reference[:20] in told.value.zh


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "page.gguf"
    file.write_text("<html>404</html>", encoding="utf-8")
    with pytest.raises(Problem, match=r"not a sound GGUF model: it begins with b'<htm', not b'GGUF'"):
        resolve(str(file), "chat")


@pytest.mark.parametrize(
    "reference",
    [
        "hf:owner/name",
        "hf:file.gguf",
        "modelscope:a/b/../c.gguf",
        "hf:a/b/c.bin",
        "hf:a/b/./c.gguf",
        "hf:a/b//c.gguf",
        "hf:a/b/ c.gguf",
        "hf:./b/c.gguf",
        "HF:a/b/c.gguf",
        "hf：a/b/c.gguf",
        "https://huggingface.co/a/b/blob/main/c.gguf",
    ],
)
def test_a_hub_reference_names_owner_repository_and_file(reference: str) -> None:
    with pytest.raises(Problem, match="OWNER/NAME/FILE"):
        resolve(reference, "chat")


def test_a_piece_of_a_split_model_is_refused() -> None:
    with pytest.raises(Problem, match="several files"):
        resolve("hf:owner/name/big-00001-of-00003.gguf", "chat")


def test_a_model_of_the_other_role_is_refused_with_fitting_ids() -> None:
    with pytest.raises(Problem, match=r"CHAT_MODEL=multilingual-e5-small.*qwen2\.5-coder-1\.5b"):
        resolve("multilingual-e5-small", "chat")
    with pytest.raises(Problem, match=r"EMBEDDING_MODEL=hf:unsloth.*multilingual-e5-small"):
        resolve("hf:unsloth/Qwen3.5-2B-GGUF/Qwen3.5-2B-Q4_K_M.gguf", "embedding")


def test_an_encoder_of_any_origin_is_no_chat_model(tmp_path: Path) -> None:
    file = tmp_path / "vectors.gguf"
    writer = gguf.GGUFWriter(file, "nomic-bert")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    assert resolve(str(file), "embedding").path == file
    with pytest.raises(Problem, match="not for chat"):
        resolve(str(file), "chat")


def test_a_truncated_file_in_the_cache_is_not_served(folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.gguf").write_bytes(b"GGUF")
    with pytest.raises(Problem, match="models rm tiny"):
        resolve("tiny", "chat")


def test_a_model_in_the_cache_is_found_within_ten_milliseconds(folder: Path, tiny: bytes) -> None:
    """Of this thread's own time, whatever else the machine does."""
    folder.mkdir()
    (folder / "tiny.gguf").write_bytes(tiny)
    seconds = []
    for _ in range(5):
        begun = time.thread_time()
        resolve("tiny", "chat")
        seconds.append(time.thread_time() - begun)
    assert min(seconds) < 0.010


def test_the_cache_is_where_models_dir_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODELS_DIR", str(tmp_path))
    assert cache.default_folder() == tmp_path
    monkeypatch.setenv("MODELS_DIR", "~nobody-of-this-name/models")
    with pytest.raises(Problem, match="home folder of nobody"):
        cache.default_folder()
    monkeypatch.setenv("MODELS_DIR", " ")
    assert "agent-starter-kit" in cache.default_folder().parts


@pytest.mark.parametrize(
    ("pooling", "head", "role"),
    [
        (None, [], "chat"),
        (0, ["output.weight"], "chat"),
        (3, [], "embedding"),
        (4, ["cls.output.weight"], "rerank"),
        (None, ["cls.weight", "cls.output.weight"], "rerank"),  # gpustack's files
        (None, ["cls.weight"], "rerank"),  # jina-reranker-v1-tiny-en
        (1, ["cls.weight"], "embedding"),
        (2, ["cls.output.weight"], "rerank"),
    ],
)
def test_what_a_file_is_for_shows_in_its_header(
    tmp_path: Path, pooling: int | None, head: list[str], role: str
) -> None:
    file = tmp_path / "some.gguf"
    write_header(file, pooling, head)

    assert role_of(str(file)) == role
    for other in {"chat", "embedding", "rerank"} - {role}:
        with pytest.raises(Problem, match=f"{other.upper()}_MODEL=.*Choose one of: "):
            resolve(str(file), other)


def test_a_reranker_whose_head_was_lost_is_refused(tmp_path: Path) -> None:
    """llama.cpp loads such a file, and every score is next to nothing."""
    file = tmp_path / "some.gguf"
    write_header(file, 4, ["output.weight"])

    with pytest.raises(Problem, match="no head for it"):
        resolve(str(file), "rerank")


def write_header(file: Path, pooling: int | None, head: list[str]) -> None:
    writer = gguf.GGUFWriter(file, "qwen3")
    if pooling is not None:
        writer.add_uint32("qwen3.pooling_type", pooling)
    writer.add_uint32("qwen3.classifier.pooling_type", 2)
    for name in head:
        writer.add_tensor(name, np.zeros(4, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
