"""reStructuredText, with what Sphinx adds to it."""

from pathlib import Path

import pytest

from rag.document import Document
from rag.loaders import load
from rag.text.chunker import chunk

GUIDE = """
=====
Pumps
=====

The pump runs at *4 bar*.

Opening hours
=============

We open at 8:15. See :ref:`the map <map>` and :doc:`prices`.

Weekends
--------

.. note:: On Saturday, ring twice.

.. versionchanged:: 2.1
   The bell is new.

.. function:: start(pressure)
   :async:

   Open the valve.

.. toctree::
   :maxdepth: 2

   install

.. code-block:: python

   start(4)

========  =====
Machine   Price
========  =====
Lathe     14
========  =====

A note [1]_ and 中文。

.. [1] The footnote says heron.
"""


def read(folder: Path, text: str) -> Document:
    (folder / "a.rst").write_text(text, encoding="utf-8")
    return load(folder / "a.rst")


def test_sections_are_headings_and_nothing_is_lost(tmp_path: Path) -> None:
    document = read(tmp_path, GUIDE)
    headings = {each.heading for each in chunk(document)}

    assert document.title == "Pumps"
    assert {"Pumps", "Pumps › Opening hours", "Pumps › Opening hours › Weekends"} >= headings
    assert [
        text
        for text in ("4 bar", "8:15", "the map", "prices", "ring twice", "The bell is new.", "start(pressure)",
                     "Open the valve.", "start(4)", "| Lathe | 14 |", "heron", "中文。")
        if text not in document.text
    ] == []  # fmt: skip
    assert ":ref:" not in document.text and "System Message" not in document.text


@pytest.mark.parametrize(
    "text",
    [
        "Title\n===\n\nToo short a line.\n",
        "A *word that is not ended.\n\n|nothing| and `x`_ and [9]_.\n",
        ".. include:: secret.txt\n\nAfter.\n",
        ".. raw:: html\n\n   <script>alert(1)</script>\n\nAfter.\n",
        ".. csv-table::\n   :file: secret.txt\n\nAfter.\n",
        "One.\n\n   Two.\n Three.\n",
    ],
)
def test_what_is_wrong_in_it_ends_nothing_and_reaches_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text("the secret", encoding="utf-8")
    text_read = read(tmp_path, text).text

    assert any(word in text_read for word in ("Too short", "not ended", "After.", "Two."))
    assert "alert" not in text_read and "the secret" not in text_read


@pytest.mark.parametrize(
    "text",
    [
        ".. code-block:: python\n   :caption: cap\n   :linenos:\n\n   start(4471)\n",
        ".. code:: python 3\n\n   start(4471)\n",
        ".. math::\n   :label: area\n\n   4471 = a b\n",
        ".. note::\n   :collapsible:\n\n   Ring at 4471.\n",
        ".. figure:: a.png\n   :zoom: 3\n   :width: 50 units\n\n   The pump of 4471.\n",
        ".. list-table::\n\n   * - 4471\n     - b\n   * - c\n",
        ".. image:: a.png\n\n   The pump of 4471.\n",
    ],
)
def test_a_directive_used_as_docutils_does_not_know_it_keeps_its_content(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).text.count("4471") == 1


def test_what_has_no_title_gets_none(tmp_path: Path) -> None:
    """It was "<string>", before every chunk."""
    assert read(tmp_path, "The pump runs.\n").title == ""
    assert read(tmp_path, "Fees\n====\n\n1\n\nHours\n=====\n\n2\n").title == "Fees"
    assert read(tmp_path, ".. title:: A <B>\n\nThe pump runs.\n").title == "A <B>"


def test_headings_are_neither_links_nor_numbered(tmp_path: Path) -> None:
    text = read(tmp_path, ".. contents::\n.. sectnum::\n\nFees\n====\n\n1\n\nHours\n=====\n\n2\n").text

    assert text == "## Fees\n\n1\n\n## Hours\n\n2\n"


def test_a_title_that_may_not_stand_where_it_does_is_a_heading(tmp_path: Path) -> None:
    skipped = "Pumps\n-----\n\nValves\n======\n\nTanks\n-----\n\nSmall & new\n~~~~~~~~~~~\n\nFour.\n"

    assert chunk(read(tmp_path, skipped))[-1].heading == "Tanks › Small & new"
    assert "Inside\n" in read(tmp_path, ".. note:: One.\n\n   Inside\n   ======\n\n   Two.\n").text


def test_of_a_version_it_is_said_what_happened(tmp_path: Path) -> None:
    text = read(tmp_path, ".. deprecated:: 2.0\n\n.. versionadded:: 2.1 Use ``start``.\n").text

    assert text == "Deprecated since version 2.0\n\nAdded in version 2.1: Use start.\n"


@pytest.mark.parametrize(
    "text",
    [
        ".. sidebar:: Side\n   Ring at 4471.\n",
        ".. admonition::\n   Ring at 4471.\n",
        ".. admonition::\n\n   Ring at 4471.\n",
        ".. topic:: Ring at 4471.\n",
        ".. sidebar:: See\n\n   `4471 <https://x.example>`_\n",
        ".. sidebar:: Out\n\n   .. sidebar:: 4471\n\n      In.\n",
        "Menu\n====\n\n`4471 <https://x.example>`_\n\nEnd\n===\n",
        ".. note:: `4471 <https://x.example>`_\n",
    ],
)
def test_what_is_written_as_docutils_does_not_like_it_is_read(tmp_path: Path, text: str) -> None:
    assert "4471" in read(tmp_path, f"Before.\n\n{text}").text


def test_an_argument_that_is_no_text_is_none(tmp_path: Path) -> None:
    text = ".. role:: big(code)\n\n.. class:: wide\n\nText.\n"

    assert read(tmp_path, text).text == "Text.\n"


def test_a_line_may_be_of_any_length(tmp_path: Path) -> None:
    """A paragraph that no editor had wrapped, or a picture in letters, cost the whole file."""
    picture = f".. image:: data:image/png;base64,{'iVBORw0KGgoAAAA' * 1000}\n"
    text = read(tmp_path, f"Fees\n====\n\nForty.\n\n{picture}\n{'word ' * 3000}4471\n").text

    assert "Forty." in text and "4471" in text


@pytest.mark.parametrize(
    "table",
    [
        "+------+-----+\n| Item | Fee |\n+------+-----+\n| Lamp | 44 |\n+------+-----+\n",
        "====  ===\nItem  Fee\n====  ===\nLamp 44 euros and more\nVery long item  3\n====  ===\n",
        ".. table:: Fees\n\n   +------+-----+\n   | Item | Fee |\n   +------+-----+\n   | Lamp | 44 |\n"
        "   +------+-----+\n",
    ],
    ids=["a row out of line", "a cell too wide", "in a directive"],
)
def test_a_table_that_docutils_refuses_is_read_as_it_is_written(tmp_path: Path, table: str) -> None:
    """It was left out without a word."""
    text = read(tmp_path, f"Fees\n====\n\nBefore.\n\n{table}\nAfter.\n").text

    assert "Lamp" in text and "44" in text and text.endswith("After.\n")
    assert "Malformed" not in text


@pytest.mark.real
def test_thousands_of_titles_take_a_moment(tmp_path: Path) -> None:
    """24 kB took five seconds: each part of a page was looked through again for each around it."""
    assert read(tmp_path, "=\na\n" * 6000).text
