"""The catalogue that is shipped."""

import re
from pathlib import Path

import pytest
from fakes import tiny_models

from server import machine
from server.engine.llama import footprint
from server.engine.llama.model import Model
from server.engine.sampling import SamplingParams
from server.models import catalogue, memory
from server.models.catalogue import CatalogueEntry
from server.models.memory import Layers

ROOT = Path(__file__).parents[3]


def test_ids_and_file_names_are_unique() -> None:
    entries = catalogue.entries()
    assert len({entry.id for entry in entries}) == len(entries)
    assert len({entry.file for entry in entries}) == len(entries)


def test_every_hash_is_a_sha256() -> None:
    for entry in catalogue.entries():
        assert re.fullmatch("[0-9a-f]{64}", entry.sha256), entry.id
        if entry.wheels:
            assert re.fullmatch("[0-9a-f]{64}", entry.wheels.sha256), entry.id


def test_the_parts_of_a_carrier_make_up_the_file() -> None:
    for entry in catalogue.entries():
        if wheels := entry.wheels:
            assert wheels.part_size(wheels.parts) > 0, entry.id
            assert sum(wheels.part_size(part) for part in range(1, wheels.parts + 1)) == wheels.size, entry.id
            assert wheels.repack or (wheels.size, wheels.sha256) == (entry.size, entry.sha256), entry.id


def test_the_defaults_can_be_had_without_a_hub() -> None:
    assert catalogue.get("qwen2.5-coder-1.5b").role == "chat"
    assert catalogue.get("multilingual-e5-small").role == "embedding"
    for default in ("qwen2.5-coder-1.5b", "multilingual-e5-small"):
        assert catalogue.get(default).wheels
        assert catalogue.get(default).measured


def test_embedding_models_tell_their_dimensions() -> None:
    for entry in catalogue.entries():
        assert (entry.role == "embedding") == bool(entry.dimensions), entry.id


def test_every_model_has_a_source() -> None:
    assert all(entry.sources for entry in catalogue.entries())


def test_every_model_has_advice_in_both_languages() -> None:
    assert all(entry.advice["en"] and entry.advice["zh"] for entry in catalogue.entries())


def test_what_the_maker_advises_is_something_that_can_be_set() -> None:
    for entry in catalogue.entries():
        assert SamplingParams(**entry.sampling).temperature >= 0, entry.id
        assert bool(entry.sampling) == (entry.role == "chat"), entry.id


@pytest.mark.parametrize("page", ["models.md", "models.zh-CN.md"])
def test_the_page_has_a_row_of_each_model(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")

    for entry in catalogue.entries():
        assert f"| {row(entry)} |\n" in text


def row(entry: CatalogueEntry) -> str:
    size, ram = f"{entry.size / 1e9:.2f}", f"{entry.ram_bytes / 1e9:.1f}"
    sampling = ", ".join(f"{name} {value}" for name, value in entry.sampling.items())
    return f"`{entry.id}` | {entry.licence} | {size} | {ram} | {entry.context:,} | {sampling}"


def test_the_layers_of_a_model_take_what_llama_cpp_lays_out(chat_file: Path) -> None:
    layers = catalogue.get("qwen2.5-coder-0.5b").layers

    assert layers
    assert layers.token_bytes == pytest.approx(Model(chat_file).footprint.token_bytes, rel=0.01)


def test_recurrent_layers_take_what_llama_cpp_lays_out(tmp_path: Path) -> None:
    tiny_models.qwen35(file := tmp_path / "qwen35.gguf")
    # A state of 16, an inner size of 64, a kernel of 4, two groups.
    layers = Layers(1, 2, 16, recurrent=3, state_length=16 * 64 + 3 * (64 + 2 * 2 * 16))
    found = Model(file).footprint

    assert layers.token_bytes == pytest.approx(found.token_bytes, abs=64)
    assert layers.state_bytes == pytest.approx(found.state_bytes, rel=0.05)
    assert layers.context(1) == pytest.approx(found.context(1), rel=0.05)


def test_memory_is_reckoned_as_the_server_does() -> None:
    assert memory.WORKING_BYTES == machine.WORKING_BYTES
    assert (memory.LARGEST_STATES, memory.FEWEST_SLOTS, memory.MOST_SLOTS) == (
        footprint.LARGEST_STATES,
        footprint.FEWEST_SLOTS,
        footprint.MAX_SLOTS,
    )
