"""Which better model is said to be one command away, and when nothing is said."""

import pytest
from fakes.origin import Origin

from server.models import better, catalogue
from server.models.better import at_hand, better_than

ROOM = 16_000_000_000


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take more than a second to import the hubs' clients."""
    monkeypatch.setattr(better, "ANSWER_SECONDS", 60)


def test_the_default_is_told_of_the_best_that_is_not_much_slower() -> None:
    default = catalogue.get("qwen2.5-coder-1.5b")

    found = better_than(default.id, ROOM)

    assert found
    assert default.size < found.size <= 2 * default.size


def test_what_does_not_fit_is_not_suggested() -> None:
    for entry in catalogue.entries():
        for memory in (1_000_000_000, 2_200_000_000, 4_000_000_000):
            found = better_than(entry.id, memory)
            assert found is None or found.ram_bytes <= memory


@pytest.mark.parametrize("present", ["qwen3.5-4b", "multilingual-e5-small", "my-own-model"])
def test_nothing_is_better_than_the_best_or_than_what_nobody_knows(present: str) -> None:
    assert better_than(present, ROOM) is None


@pytest.mark.usefixtures("folder", "patience")
def test_a_model_is_at_hand_when_one_hub_has_its_file(origin: Origin) -> None:
    origin.silent.add("modelscope")

    assert at_hand(catalogue.get("tiny"))


@pytest.mark.usefixtures("folder")
def test_hubs_that_stay_silent_have_nothing_at_hand(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(better, "ANSWER_SECONDS", 0.1)
    origin.silent |= {"hf", "modelscope"}

    assert not at_hand(catalogue.get("tiny"))


@pytest.mark.usefixtures("folder", "patience")
def test_another_file_under_the_name_is_not_at_hand(origin: Origin) -> None:
    """It would have been suggested, and then refused as another file."""
    origin.files["tiny.gguf"] = b"another"

    assert not at_hand(catalogue.get("tiny"))
