"""A model of random weights is one for llama.cpp, and answers with whole words."""

from pathlib import Path

import gguf
import numpy as np
import pytest

from benchmarks.peers.random_model import SIZES, write
from server.engine.llama.batch import Batch
from server.engine.llama.context import Context
from server.engine.llama.model import Model

WORDS = ["Ġriver", "Ġbridge", "Ġtrain"]


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    """Of letters and three words."""
    tokens = [*map(chr, range(33, 127)), "Ġ", "Ċ", *WORDS, "<|im_end|>"]
    writer = gguf.GGUFWriter(file := tmp_path / "vocabulary.gguf", "qwen35")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen35")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * (len(tokens) - 1) + [3])
    writer.add_token_merges(["Ġ r"])
    writer.add_eos_token_id(len(tokens) - 1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return file


def test_a_hybrid_of_random_weights_answers_with_words(tmp_path: Path, vocabulary: Path) -> None:
    write(file := tmp_path / "tiny.gguf", SIZES["tiny"], vocabulary)
    model = Model(file)
    context = Context(model, n_ctx=64, n_batch=32, n_slots=1, n_threads=1)
    batch = Batch(32)
    row = batch.add(list(range(20)), 0, 0, wanted=True)

    assert context.decode(batch)
    logits = context.logits(row)

    assert model.recurrent
    assert np.isfinite(logits).all()
    assert logits.std() > 0
    assert model.piece(int(logits.argmax())).decode() in [word.replace("Ġ", " ") for word in WORDS]
    context.close()
