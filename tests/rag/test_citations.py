import pytest

from rag.answering.citations import CitationFilter, last_sentence, supports
from rag.passage import Passage


def passage(text: str) -> Passage:
    return Passage(text, source="a.md", title="", heading="", page=None, start=0, end=len(text))


TICKETS = passage("A ticket costs 30 yuan. Children under six enter free of charge.")
BUS = passage("巴士每天早上八点从火车站出发，车程四十分钟。")


def filtered(*pieces: str) -> str:
    return "".join(CitationFilter("What does a ticket cost?", [TICKETS, BUS]).filter(pieces))


def test_a_supported_citation_passes() -> None:
    assert filtered("A ticket costs 30 yuan [1].") == "A ticket costs 30 yuan [1]."


@pytest.mark.parametrize("number", ["[3]", "[0]", "[17]", "【9】", "[3, 4]"])
def test_an_invented_number_does_not_survive(number: str) -> None:
    assert filtered(f"A ticket costs 30 yuan {number}.") == "A ticket costs 30 yuan ."


def test_a_citation_in_pieces_is_checked_too() -> None:
    assert filtered("A ticket costs 30 yuan. [", "1", "7", "]", " Yes") == "A ticket costs 30 yuan.  Yes"


def test_text_is_not_held_back_longer_than_a_bracket() -> None:
    stream = CitationFilter("", [TICKETS]).filter(iter(["Hello ", "world ", "[", "1]"]))

    assert next(stream) == "Hello "
    assert next(stream) == "world "


def test_chinese_brackets_and_lists_become_single_citations() -> None:
    assert filtered("门票30元。【1】") == "门票30元。[1]"
    assert filtered("A ticket costs 30 yuan [1, 1].") == "A ticket costs 30 yuan [1]."


def test_a_sentence_that_no_passage_bears_out_is_marked() -> None:
    assert (
        filtered("Dogs must be kept on a leash in the park [1].")
        == "Dogs must be kept on a leash in the park [1?]."
    )


def test_a_wrong_number_is_corrected_where_another_passage_bears_the_sentence_out() -> None:
    assert filtered("A ticket costs 30 yuan [2].") == "A ticket costs 30 yuan [1]."


def test_a_citation_before_any_word_is_dropped() -> None:
    assert filtered("[2]. A ticket costs 30 yuan [1].") == "A ticket costs 30 yuan [1]."


def test_a_figure_that_no_passage_holds_is_marked() -> None:
    assert filtered("A ticket costs 45 yuan [1].") == "A ticket costs 45 yuan [1?]."


def test_a_sentence_that_only_repeats_the_question_and_invents_the_rest_is_marked() -> None:
    park = passage("The park opened in spring. A ticket to the park costs 30 yuan.")
    answer = ["The park that opened in spring was founded by Jones [1]."]
    said = CitationFilter("Who founded the park that opened in spring?", [park]).filter(answer)

    assert "".join(said) == "The park that opened in spring was founded by Jones [1?]."


def test_a_citation_behind_the_full_stop_belongs_to_the_sentence_before() -> None:
    assert last_sentence("One. A ticket costs 30 yuan. ") == "A ticket costs 30 yuan."
    assert last_sentence("第一句。门票三十元。[1]") == "门票三十元。"


def test_across_languages_only_numbers_can_be_checked() -> None:
    assert supports(TICKETS, "门票价格为30元。")
    assert not supports(TICKETS, "门票价格为45元。")


def test_a_bare_time_is_found_in_a_passage_of_any_language() -> None:
    meals = passage("周日的午餐从 11:30 开始。")

    assert (
        "".join(CitationFilter("周日几点吃午饭？", [meals, TICKETS]).filter(["11:30[2]。"])) == "11:30[1]。"
    )


def in_pieces(answer: str, size: int = 1, *, question: str = "") -> str:
    pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
    return "".join(CitationFilter(question, [TICKETS, BUS]).filter(pieces))


@pytest.mark.parametrize(
    "answer",
    [
        "See [the map] and a[0].x",
        "The third of items[3] is sold out.",
        "Use list[10] or my_tickets[1].",
        "Use a[0][1] and a[0][1][2], f(x)[7].",
        "The rules of [2024] hold. So do those of 【2025】.",
        "Write `tickets[1]`, or `[1, 2]` for both.",
        "It goes like this:\n```python\nprice = [1]\n# [1]\n```\n",
        "Call sum([1, 2]) or x = [2].",
        "tickets[1].price and tickets[1] = 30",
        "Read [1](https://example.org/1), [2](/map) and\n[1]: https://example.org",
        "An open [ and [1",
    ],
)
def test_brackets_that_are_no_citation_stay(answer: str) -> None:
    """items[3] lost its index, [2024] its year."""
    assert filtered(answer) == answer
    assert [in_pieces(answer, size) for size in (1, 2, 5)] == [answer] * 3


@pytest.mark.parametrize(
    ("written", "checked"),
    [
        ("一张票 30 元[1]。", "一张票 30 元[1]。"),
        ("A ticket costs 30 yuan [1]", "A ticket costs 30 yuan [1]"),
        ("A ticket costs 30 yuan[1]", "A ticket costs 30 yuan[1]"),
        ("A ticket costs 30[1]", "A ticket costs 30[1]"),
        ("A ticket costs 30 yuan [1, 7].", "A ticket costs 30 yuan [1]."),
        ("A ticket (30 yuan)[1]", "A ticket (30 yuan)[1]"),
        ("A ticket costs 30 yuan ([1])", "A ticket costs 30 yuan ([1])"),
        (
            "`Ticket`: a ticket costs 30 yuan [1] (children less)",
            "`Ticket`: a ticket costs 30 yuan [1] (children less)",
        ),
        ("票价30元［1］。", "票价30元[1]。"),
        ("票价30元【 1 】", "票价30元[1]"),
        ("票价30元[12]。", "票价30元。"),
        ("Dogs must be kept on a leash[1].", "Dogs must be kept on a leash[1?]."),
    ],
)
def test_a_citation_is_known_wherever_it_stands(written: str, checked: str) -> None:
    assert filtered(written) == checked
    assert [in_pieces(written, size, question="What does a ticket cost?") for size in (1, 2, 5)] == [
        checked
    ] * 3


def test_two_citations_behind_one_word_are_two() -> None:
    citations = CitationFilter("", [TICKETS, passage("Every ticket costs 30 yuan.")])

    assert "".join(citations.filter(["A ticket costs 30 yuan[1][2]"])) == "A ticket costs 30 yuan[1][2]"
    assert citations.cited == [1, 2]


def test_code_that_stands_in_a_passage_is_no_citation() -> None:
    manual = passage("The first ticket is tickets[0]. Sort [10, 20] with sort().")
    answer = "The second is tickets[1], and [10, 20] is sorted."
    citations = CitationFilter("What is the second ticket?", [manual, TICKETS])

    assert "".join(citations.filter([answer])) == answer
    assert citations.cited == []
