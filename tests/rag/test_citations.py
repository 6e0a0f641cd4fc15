import pytest

from rag.citations import CitationFilter, last_sentence, supports
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


def test_brackets_that_are_no_citation_stay() -> None:
    assert filtered("See [the map] and a[0].x").startswith("See [the map] and a")
