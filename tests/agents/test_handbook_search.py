import pytest

from agents.tools import search_handbook


@pytest.mark.parametrize(
    ("query", "file", "fact"),
    [
        ("lunch time Sunday", "en/meals.md", "11:30–12:30"),
        ("WEIGHT of usefulness", "en/judging.md", "3.0"),
        ("Wi-Fi password robots", "en/network.md", "silkworm-27"),
        ("周日午餐几点", "zh/meals.md", "11:30–12:30"),
        ("实用性 权重", "zh/judging.md", "3.0"),
        ("機械臂 培訓", "zh/hardware.md", "十五分钟"),
    ],
)
def test_keywords_in_either_language_find_the_section(query: str, file: str, fact: str) -> None:
    found = search_handbook(query)

    assert f"[{file}]" in found
    assert fact in found


@pytest.mark.parametrize("query", ["zyzzyva", "", '" (*', "？！"])
def test_finding_nothing_is_an_error_that_the_model_can_mend(query: str) -> None:
    with pytest.raises(ValueError, match=r"Nothing in the handbook|holds no words"):
        search_handbook(query)


def test_a_word_repeated_is_asked_for_once() -> None:
    """A query of 20,000 times the same word took SQLite 218 s."""
    assert search_handbook("prize " * 80) == search_handbook("prize")
    with pytest.raises(ValueError, match="Use a few keywords"):
        search_handbook("prize " * 20_000)


def test_half_of_a_character_in_a_query_is_left_out() -> None:
    assert search_handbook("prize \ud800") == search_handbook("prize")
