"""The catalogue that is shipped."""

import re

from server.models import catalogue


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
