"""What the gate and the constraint read out of scores, without a model."""

import numpy as np
import pytest

from server.chat.tool_calls.gate import CallGate
from server.engine.llama.model import Floats

# Five tokens: two words, a mark of the template's form, a fence, and the end.
STARTS = np.array([False, False, True, True, False])
OWN = np.array([False, False, True, False, False])


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
