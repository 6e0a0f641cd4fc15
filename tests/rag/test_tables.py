from rag.answering.tables import spell_out

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
