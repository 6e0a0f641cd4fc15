"""Whom the benchmarks measure."""

from pathlib import Path

import pytest

from benchmarks.peers.report import Results
from benchmarks.servers import serve
from kit.problem import Problem

NO_FILE = Path("model.gguf")


def test_a_base_url_is_a_peer_that_runs_already() -> None:
    with serve("http://localhost:9/v1", NO_FILE, NO_FILE) as at:
        assert (at.chat, at.embeddings, at.processes) == (
            "http://localhost:9/v1",
            "http://localhost:9/v1",
            (),
        )


def test_a_peer_that_nobody_knows_is_named_with_those_there_are() -> None:
    with pytest.raises(Problem, match=r"no peer 'vllm'.*xllamacpp"):
        serve("vllm", NO_FILE, NO_FILE)


def test_a_peer_that_cannot_do_a_workload_has_an_empty_cell() -> None:
    """llama_cpp.server refuses `json_schema`, and the table of everything else was lost."""
    runs = {"kit": {"schema": [{"tokens/s": 9.0}]}, "other": {"schema": [{}]}}

    assert Results(runs).markdown().splitlines()[-1] == "| schema | tokens/s | 9.00 |  |"
