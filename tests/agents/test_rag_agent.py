import pytest
from fake_endpoint import Play

from agents import rag_agent
from kit.problem import Problem


def test_without_an_index_it_says_how_to_make_one(play: Play) -> None:
    play("never asked")

    with pytest.raises(Problem, match="python -m rag ingest"):
        rag_agent.answer("When is lunch on Sunday?")
