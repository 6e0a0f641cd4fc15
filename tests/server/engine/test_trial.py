"""Numbers in a header that end the process that reads it, far behind what the header's own bounds can know."""

import struct
from pathlib import Path

import pytest

from kit.problem import Problem
from server.engine.llama.trial import try_out
from server.models.gguf_header import read
from tests.fakes import tiny_models


@pytest.mark.parametrize(
    ("kind", "setting", "number"),
    [
        ("qwen35", "qwen35.rope.dimension_count", 7),
        ("qwen35", "qwen35.full_attention_interval", 0),
        ("granite-hybrid", "granitehybrid.ssm.inner_size", 3),
    ],
)
def test_a_file_that_llama_cpp_does_not_survive_is_a_problem(
    tmp_path: Path, kind: str, setting: str, number: int
) -> None:
    file = tmp_path / "absurd.gguf"
    tiny_models.KINDS[kind](file)
    content = bytearray(file.read_bytes())
    at = content.index(setting.encode()) + len(setting) + 4
    content[at : at + 4] = struct.pack("<I", number)
    file.write_bytes(content)
    read(file)  # its header is sound

    with pytest.raises(Problem, match="ended over it"):
        try_out(file)


def test_a_file_without_a_vocabulary_is_a_problem(tmp_path: Path) -> None:
    tiny_models.gemma3(tmp_path / "mute.gguf")

    with pytest.raises(Problem, match="no vocabulary"):
        try_out(tmp_path / "mute.gguf")


def test_a_sound_file_passes(tmp_path: Path) -> None:
    tiny_models.words(tmp_path / "words.gguf", "smollm")

    try_out(tmp_path / "words.gguf")
