"""A word of 30,000 letters ended the process: libstdc++ goes down a level of the stack for each of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from server.engine.llama.model import Model
from server.engine.llama.pieces import LENGTH, pieces
from tests.fakes import tiny_models

TOKENIZE = """
import sys
from pathlib import Path
from server.engine.llama.model import Model
model = Model(Path(sys.argv[1]))
for letter in "a! ":
    print(len(model.tokenize(letter * 100_000, add_special=True, parse_special=True)))
"""


@pytest.mark.parametrize(
    "piece", ["a", "中", "!", "\n", " ", "7", "<", "<|", "<|im_end|>", "e\u0301", "👩\u200d🚀"]
)
def test_a_text_without_an_end_is_cut(piece: str) -> None:
    cut = pieces(piece * 10_000)

    assert "".join(cut) == piece * 10_000
    assert min(map(len, cut)) > 0
    assert max(map(len, cut)) <= LENGTH


@pytest.mark.parametrize("token", ["<|im_end|>", "<｜Assistant｜>", "[/INST]"])
def test_a_special_token_is_not_cut(token: str) -> None:
    for before in range(LENGTH - len(token) - 1, LENGTH + 1):
        assert any(token in piece for piece in pieces("长" * before + token + "长" * LENGTH))


def test_the_tokens_are_those_of_the_whole(model: Model) -> None:
    page = (
        "Dr. O'Neil's 3.14 metres, so to say:\n\n\tif x[0] == 'y': return {\"a\": [1, 2]}\n"
        "今天天气很好，我们去公园。"
    )
    text = page * 300

    whole = model._tokens(text, True, True)

    assert len(pieces(text)) > 5
    assert model.tokenize(text, add_special=True, parse_special=True) == whole


@pytest.mark.real
@pytest.mark.parametrize("splitting", ["gpt-4o", "tekken"])
def test_one_endless_word_does_not_end_the_process(tmp_path: Path, splitting: str) -> None:
    tiny_models.words(tmp_path / "words.gguf", splitting)

    counted = subprocess.run(
        [sys.executable, "-c", TOKENIZE, tmp_path / "words.gguf"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )

    assert counted.returncode == 0
    assert all(int(count) > 0 for count in counted.stdout.split())
