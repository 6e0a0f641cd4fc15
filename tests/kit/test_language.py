import pytest

from kit.language import language_of


@pytest.mark.parametrize(
    "text",
    [
        "门票多少钱？",
        "門票多少錢？",
        "Moonlight Agent Hackathon 的午餐在哪里？",
        "用 Python 怎么读 CSV 文件？",
    ],
)
def test_chinese_with_foreign_names_in_it_is_chinese(text: str) -> None:
    assert language_of(text) == "zh"


@pytest.mark.parametrize("text", ["When is lunch?", "What does the word 午餐 mean in English?", "11:30", ""])
def test_anything_else_is_english(text: str) -> None:
    assert language_of(text) == "en"
