"""What the gate and the constraint read out of scores, without a model."""

from typing import Any

import numpy as np
import pytest

from server.chat.output.thought_marks import THINK, ThoughtMarks
from server.chat.tool_calls.calling import ToolCalling
from server.chat.tool_calls.format import HERMES
from server.chat.tool_calls.gate import CallGate, call_starts
from server.engine.llama.model import Floats

# Five tokens: two words, a mark of the template's form, a fence, and the end.
STARTS = np.array([False, False, True, True, False])
OWN = np.array([False, False, True, False, False])


# A vocabulary in which `<think>` is text, and the rest in brackets are control tokens, without a text of their own.
PIECES = ["Hello", "{", "<think>", "<|tool_call|>", "<|answer|>", "[THINK]", "<tool", "<|end|>"]
CONTROL = ("<|", "[")
NO_GRAMMARS: Any = None


class Vocabulary:
    n_vocab = len(PIECES)

    def piece(self, token: int, *, special: bool = False) -> bytes:
        return b"" if PIECES[token].startswith(CONTROL) and not special else PIECES[token].encode()

    def ends_generation(self, token: int) -> bool:
        return PIECES[token] == "<|end|>"

    def tokenize(self, text: str, **_: Any) -> list[int]:
        return [next((i for i, piece in enumerate(PIECES) if text.startswith(piece)), 0)]


def scores(*probabilities: float) -> Floats:
    return np.log(np.array(probabilities, np.float32))


@pytest.mark.parametrize(
    ("probabilities", "results", "open_"),
    [
        ((0.35, 0.36, 0.10, 0.18, 0.01), False, False),
        ((0.30, 0.36, 0.20, 0.13, 0.01), False, True),
        ((0.30, 0.36, 0.20, 0.13, 0.01), True, False),
        ((0.20, 0.24, 0.30, 0.25, 0.01), True, True),
    ],
)
def test_only_what_the_gate_lets_through_can_come(
    probabilities: tuple[float, ...], results: bool, open_: bool
) -> None:
    gate, logits = CallGate(STARTS, OWN, results=results), scores(*probabilities)

    gate.apply(logits)

    assert gate.open is open_
    assert gate.probability == pytest.approx(probabilities[2] + probabilities[3])
    assert np.isfinite(logits).tolist() == (STARTS if open_ else ~STARTS).tolist()


def test_a_shut_gate_lets_no_call_begin_however_likely() -> None:
    gate, logits = CallGate(STARTS, OWN, shut=True), scores(0.01, 0.01, 0.9, 0.07, 0.01)

    gate.apply(logits)

    assert not gate.open
    assert np.isfinite(logits).tolist() == (~STARTS).tolist()


def test_the_gate_looks_at_the_first_token_only() -> None:
    gate = CallGate(STARTS, OWN)
    gate.apply(scores(0.01, 0.01, 0.9, 0.07, 0.01))
    gate.accept(2)
    later = scores(0.2, 0.2, 0.2, 0.2, 0.2)

    gate.apply(later)

    assert np.isfinite(later).all()


@pytest.mark.parametrize(("mark", "fence", "off"), [(0.10, 0.60, True), (0.60, 0.10, False)])
def test_the_gate_tells_in_which_form_the_model_would_call(mark: float, fence: float, off: bool) -> None:
    gate = CallGate(STARTS, OWN)

    gate.apply(scores(0.1, 0.1, mark, fence, 0.1))

    assert gate.off_template is off


@pytest.mark.parametrize(
    ("thoughts", "thinks"), [(THINK, "<think>"), (ThoughtMarks("[THINK]", "[/THINK]"), "")]
)
def test_calls_begin_otherwise_than_thoughts_and_answers(thoughts: ThoughtMarks, thinks: str) -> None:
    """A model that opens its thoughts itself seemed to begin a call, in a form that is not its own."""
    vocabulary: Any = Vocabulary()
    starts = call_starts(vocabulary, thoughts)

    begin = {piece for piece, start in zip(PIECES, starts, strict=True) if start}
    assert begin == {"{", "<|tool_call|>", "<tool", "<think>"} - {thinks}


@pytest.mark.parametrize("probabilities", [(0.05, 0.9, 0.05), (0.6, 0.3, 0.1), (0.1, 0.2, 0.7)])
@pytest.mark.parametrize("shut", [True, False])
def test_a_thought_may_come_before_a_call_and_before_words(
    probabilities: tuple[float, float, float], shut: bool
) -> None:
    vocabulary: Any = Vocabulary()
    gate = ToolCalling(vocabulary, HERMES, NO_GRAMMARS).gate(shut=shut)
    logits = np.full(len(PIECES), -99, np.float32)
    logits[[0, 2, 1]] = np.log(np.array(probabilities, np.float32))

    gate.apply(logits)

    assert gate.probability == pytest.approx(probabilities[2], abs=1e-4)
    assert np.isfinite(logits[2])


def test_marks_have_a_text_where_they_are_control_tokens() -> None:
    """All that Ministral thought was content: the tokens around it had no text."""
    vocabulary: Any = Vocabulary()
    calling = ToolCalling(vocabulary, HERMES, NO_GRAMMARS, ThoughtMarks("[THINK]", "<|answer|>"))

    shown = [calling.piece(token).decode() for token in range(len(PIECES))]
    assert shown == ["Hello", "{", "<think>", "", "<|answer|>", "[THINK]", "<tool", ""]
