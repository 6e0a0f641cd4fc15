from rag.answering.tables import spell_out, spelt_out
from rag.passage import Passage

MEALS = """Before.

| Meal | Saturday | Sunday |
|---|:--:|---|
| Lunch | 12:00–13:30 | 11:30–12:30 |
| Dinner | 18:30 | – |

After.
"""


def test_every_cell_stands_beside_its_row_and_the_name_of_its_column() -> None:
    assert spell_out(MEALS) == (
        "Before.\n\n"
        "- Lunch, Saturday: 12:00–13:30\n"
        "- Lunch, Sunday: 11:30–12:30\n"
        "- Dinner, Saturday: 18:30\n"
        "\nAfter.\n"
    )


def test_a_table_at_the_end_and_rows_of_uneven_length_are_spelt_out_too() -> None:
    assert spell_out("| a | |\n|---|---|\n| 1 | 2 | 3 |\n| 4 |\n|  | 5 |") == ("- 1: 2\n- 1: 3\n- 4\n- 5\n")


def test_a_row_of_nothing_but_an_escaped_bar_does_no_harm() -> None:
    assert spell_out("| a | b |\n|---|---|\n|\\|\n| 1 | 2 |\n") == "- \n- 1, b: 2\n"


def test_text_with_bars_that_is_no_table_stays() -> None:
    text = "`a | b` or |x| and\n| one line |\n"

    assert spell_out(text) == text


def test_a_bar_in_a_cell_is_said_as_one() -> None:
    assert spell_out("| Use | Command |\n|---|---|\n| count | ls \\| wc |\n") == "- count, Command: ls | wc\n"


def test_a_cell_of_several_lines_is_said_on_one() -> None:
    text = 'Room,Note\n12,"Ring twice.\nThen wait."\n'
    passage = Passage(text, "a.csv", "", "", None, 0, len(text))

    assert spelt_out(passage) == "- 12, Note: Ring twice. Then wait.\n"
