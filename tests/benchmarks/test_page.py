"""What counts as a line of code."""

from benchmarks.page.page import lines_of


def test_blank_lines_comments_and_docstrings_do_not_count() -> None:
    text = '"""A module.\n\nMore.\n"""\n\n# why\nx = """\na\n"""\n\n\ndef f():\n    """Short."""\n    return x  # x\n'

    assert lines_of(text) == 5
