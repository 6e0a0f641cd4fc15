"""CSV and JSON, and formats that are refused."""

import json
import sys
from pathlib import Path

import pytest
from fakes.progress import Counter

from kit.problem import Problem
from rag import Index
from rag.ingest import ingest
from rag.loaders import load
from rag.text.chunker import chunk


def test_a_table_with_tabs_is_one(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("machine\tprice\nlathe\t14\n", encoding="utf-8")
    document = load(tmp_path / "a.tsv")

    assert {(block.kind, block.label) for block in document.blocks} == {("table", "machine\tprice\n")}


@pytest.mark.parametrize(("name", "between"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t")])
def test_no_chunk_of_a_table_begins_inside_a_record(tmp_path: Path, name: str, between: str) -> None:
    note = '"line one\n\nline two, of ""it"""'
    records = "".join(f"{number}{between}{note}\n" for number in range(100))
    (tmp_path / name).write_text(f"number{between}note\n{records}", encoding="utf-8")
    first, *others = chunk(load(tmp_path / name))

    assert first.text.startswith("number")
    assert others and all(each.text.split(between)[0].isdecimal() for each in others)
    assert all(each.table_header == f"number{between}note\n" for each in others)


@pytest.mark.parametrize("text", ['a,b\n1,"never closed\n2,x\n', "\n\na,b\n1,2\n", "a,b\n1," + "x" * 200_000])
def test_every_character_of_a_table_is_in_one_chunk(tmp_path: Path, text: str) -> None:
    """A cell of more than 131,072 characters was refused."""
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")

    assert "".join(each.text for each in chunk(load(tmp_path / "a.csv"))) == text


def test_json_is_said_field_by_field_below_its_names(tmp_path: Path) -> None:
    data = {
        "site": "Mill",
        "halls": [{"name": "Hall A", "size": 640, "open": True}, {"name": "B 厅", "tags": ["x"]}],
    }
    (tmp_path / "a.json").write_text(json.dumps(data), encoding="utf-8")
    document = load(tmp_path / "a.json")

    assert (
        "- site: Mill" in document.text and "- size: 640" in document.text and "- open: true" in document.text
    )
    assert [block.label for block in document.blocks if block.kind == "heading"] == [
        "halls",
        "Hall A",
        "B 厅",
        "tags",
    ]


def test_a_record_is_not_below_the_first_ones_name(tmp_path: Path) -> None:
    (tmp_path / "prices.json").write_text('[{"name": "Lathe", "price": 14}, {"name": "Kiln", "price": 2}]')

    kiln = next(each for each in chunk(load(tmp_path / "prices.json")) if "Kiln" in each.text)

    assert "Lathe" not in kiln.context
    assert kiln.in_context.startswith("prices")


@pytest.mark.parametrize(
    "text", ["\n\n# Fees\n\n9 euros.\n", "---\ntitle: Club\n---\n\n# Fees\n\n9 euros.\n"]
)
def test_blank_lines_at_the_head_are_no_chunk(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.md").write_text(text)

    [only] = chunk(load(tmp_path / "a.md"))

    assert only.text.strip() == "# Fees\n\n9 euros."
    assert only.heading == "Fees"


def test_json_lines_are_records(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"id": "q1", "text": "押金 200 元"}\n\n{"id": "q2"}\n', encoding="utf-8"
    )

    assert "# q1\n\n- id: q1\n- text: 押金 200 元" in load(tmp_path / "a.jsonl").text


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "{'no': 1}"), ("a.jsonl", "{}\n{"), ("a.ipynb", "[]"), ("a.epub", "PK")]
)
def test_what_is_broken_is_a_problem_with_its_name(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")

    with pytest.raises(Problem, match=name):
        load(tmp_path / name)


@pytest.mark.parametrize(("suffix", "new"), [(".doc", ".docx"), (".ppt", ".pptx"), (".XLS", ".xlsx")])
def test_formats_of_old_office_are_refused_with_the_cure(
    index: Index, tmp_path: Path, suffix: str, new: str
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / f"old{suffix}").write_bytes(b"\xd0\xcf\x11\xe0")
    [problem] = ingest(index, [tmp_path / "docs"], Counter()).problems

    assert f"old{suffix}" in problem.en and problem.en.endswith(f"save it as {new}.")


def test_a_line_that_is_broken_costs_no_other_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was cut off inside its last record was refused whole."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl").write_text('{"id": "q1"}\nnot json\n{"id": "q2", "text": "cut', encoding="utf-8")
    document = load(tmp_path / "a.jsonl")

    assert "- id: q1" in document.text
    assert [warning.en for warning in document.warnings] == [
        "a.jsonl: line 2, 3 is not valid JSON and was left out."
    ]


def test_json_lines_may_be_called_json(tmp_path: Path) -> None:
    """Refused for "extra data\"."""
    (tmp_path / "a.json").write_text(
        '{"name": "Kiln", "heat": 900}\n{"name": "Lathe"}\n{"name": "cut', encoding="utf-8"
    )
    document = load(tmp_path / "a.json")

    assert [block.label for block in document.blocks if block.kind == "heading"] == ["Kiln", "Lathe"]
    assert "line 3 is not valid JSON" in document.warnings[0].en


def test_json_may_have_the_comments_of_editors(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '// Settings\n{\n  "host": "http://kiln.example", /* not\n  https */ "note": "a, ] // b",\n'
        '  "ports": [1, 2,],\n}\n'
    )
    said = load(tmp_path / "a.json").text

    assert (
        "- host: http://kiln.example\n- note: a, ] // b\n" in said
        and "- 2\n" in said
        and "Settings" not in said
    )


def test_a_record_may_be_called_nought(tmp_path: Path) -> None:
    """It was called by its place, as its neighbour was by its id."""
    (tmp_path / "a.json").write_text('[{"id": 0, "a": "x"}, {"id": 1, "a": "y"}]')

    assert [block.label for block in load(tmp_path / "a.json").blocks if block.kind == "heading"] == [
        "0",
        "1",
    ]


def test_a_record_may_hold_the_line_separators_of_unicode(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "one\u2028two\x85three"}\n', encoding="utf-8")

    assert load(tmp_path / "a.jsonl").warnings == []


def test_zero_and_false_are_records_and_nothing_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('0\nfalse\nnull\n{}\n""\n{"a": 0}\n', encoding="utf-8")
    document = load(tmp_path / "a.jsonl")

    assert document.text.split() == ["-", "0", "-", "false", "#", "6", "-", "a:", "0"]


def test_a_number_is_read_however_long(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(f'{{"prime": {"7" * 5000}}}', encoding="utf-8")

    assert "7" * 5000 in load(tmp_path / "a.json").text


def test_colours_in_values_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"\\u001b[1mpump": "\\u001b[31m4 bar\\u001b[0m"}]', encoding="utf-8")

    assert "- pump: 4 bar\n" in load(tmp_path / "a.json").text


def test_an_endless_number_is_read_by_the_server_too(tmp_path: Path) -> None:
    """It lets Python take no more than 640 digits, and reads documents."""
    (tmp_path / "a.json").write_text('{"pi": ' + "3" * 1_000 + "}", encoding="utf-8")
    allowed = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert "3" * 1_000 in load(tmp_path / "a.json").text
    finally:
        sys.set_int_max_str_digits(allowed)
