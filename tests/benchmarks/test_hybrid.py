"""What `python -m benchmarks hybrid` counts."""

from pathlib import Path

from fakes.endpoint import USAGE, FakeEndpoint

from benchmarks.peers.hybrid import VOCABULARY, measure, vocabulary
from benchmarks.servers import Endpoints


async def test_what_earlier_turns_held_and_the_cache_did_not_was_computed_again() -> None:
    with FakeEndpoint("Ten till five.") as endpoint:
        figures = await measure(Endpoints(endpoint.base_url, endpoint.base_url))

    said, cached = 3, 12  # in pieces of five characters
    assert figures["tokens computed again a turn"] == USAGE["prompt_tokens"] + said - cached
    assert figures["wall s"] > 0


def test_a_vocabulary_that_lies_there_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / VOCABULARY).write_bytes(b"GGUF")

    assert vocabulary(tmp_path) == tmp_path / VOCABULARY
