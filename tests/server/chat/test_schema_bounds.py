"""Schemas that a stranger has made up: none ends the process, and none keeps others waiting."""

import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from server.chat.constrained.bounds import excess
from server.chat.constrained.json_schema import Held, UnsupportedSchema
from server.chat.constrained.relaxed import held_as_far_as_possible, strictly_held
from server.chat.constrained.trial import (
    ALL_SECONDS,
    SECONDS,
    TooManyGrammars,
    Trial,
    TriedTooLong,
    in_plain_words,
    together,
)
from server.chat.constrained.trial_process import try_out

Schema = dict[str, Any]
KEYWORDS = [*Draft202012Validator.VALIDATORS, "$defs", "definitions", "else", "nullable", "then", "$id"]
VALUES: list[Any] = [
    3,
    -1,
    1.5,
    "x",
    "",
    [],
    [1],
    ["a"],
    [["a"]],
    [{}],
    {},
    {"a": 1},
    {"a": {}},
    None,
    True,
    False,
]


def properties(count: int, required: int = 0) -> Schema:
    names = [f"p{i}" for i in range(count)]
    return {
        "type": "object",
        "properties": {n: {"type": "null"} for n in names},
        "required": names[:required],
    }


def chained(*multiples: int) -> Schema:
    """A number that is a multiple of each, as each schema refers to the one before."""
    first, *more = multiples
    defs: Schema = {f"{first}": {"type": "integer", "multipleOf": first}}
    for before, multiple in zip(multiples, more, strict=False):
        defs[f"{multiple}"] = {"$ref": f"#/$defs/{before}", "multipleOf": multiple}
    return {"$ref": f"#/$defs/{multiples[-1]}", "$defs": defs}


def nested(count: int, keyword: str) -> Schema:
    schema: Any = {"type": "integer"}
    for _ in range(count):
        schema = {keyword: [schema] if keyword.endswith("Of") else schema}
    return schema


def refs(count: int, around: str) -> Schema:
    """A chain: each definition refers to the next."""
    chain: Any = {
        f"d{i}": json.loads(around % json.dumps({"$ref": f"#/$defs/d{i + 1}"})) for i in range(count)
    }
    return {"$ref": "#/$defs/d0", "$defs": chain | {f"d{count}": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        (refs(6500, "%s"), r"\$ref"),
        (refs(700, '{"type": "object", "properties": {"a": %s}}'), r"\$ref"),
        (refs(1500, '{"anyOf": [%s]}'), r"\$ref"),
        (nested(100_000, "items"), "deeper than 124"),
        (nested(200, "anyOf"), "deeper than 124"),
        (nested(200, "allOf"), "deeper than 124"),
        ({"enum": list(range(100_000))}, "more than 20,000 values"),
        (properties(7_000), "properties.* 7,000"),
        (properties(900), "900 optional"),
        ({"type": "object", "required": [str(i) for i in range(19_000)]}, "required.* 19,000"),
        ({"properties": {"a": {"const": list(range(19_000))}}}, "const.* 19,000"),
        ({"type": "integer", "multipleOf": 999983}, "multipleOf"),
        ({"type": "number", "multipleOf": 1.23456789}, "multipleOf"),
        ({"allOf": [{"pattern": f"^(.{{{n}}})*$"} for n in (2, 3, 5, 7, 11)]}, "allOf"),
        ({"allOf": [{"allOf": [{"multipleOf": n}, {"multipleOf": n + 1}]} for n in (7, 11)]}, "allOf"),
        (chained(7, 11, 13), '"\\$ref" holds more than 2'),
        ({"allOf": [{"$ref": f"#/$defs/{n}"} for n in (7, 11)], **chained(7, 11, 13)}, '"\\$ref" holds more'),
        ({"type": "number", "const": float("inf")}, "inf, which JSON does not have"),
    ],
)
def test_what_is_too_much_is_said_with_its_keyword_and_number(schema: Schema, told: str) -> None:
    """A chain of 6,500 $refs ended the process; `multipleOf: 999983` took 68 s and 400 MB."""
    with pytest.raises(AssertionError, match=told):
        assert excess(schema) is None


@pytest.mark.parametrize(
    "schema",
    [
        properties(1000, required=700),
        {"type": "number", "multipleOf": 0.01},
        {"type": "integer", "multipleOf": 10_000},
        refs(300, "%s"),
        {"$ref": "#"},
        {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"$ref": "#/no/such/place"},
        {"properties": {"properties": {"type": "null"}, "$ref": {"type": "null"}}},
        chained(7, 11),
        {
            "properties": {"a": {"description": "the first", "$ref": "#/$defs/b"}},
            "allOf": [{"$ref": "#/$defs/b"}],
            "$defs": {"b": {"properties": {name: {"pattern": f"^{name}+$"} for name in "abcd"}}},
        },
        {"properties": 3, "$ref": 4, "allOf": 5, "multipleOf": "six", "required": 7},
    ],
)
def test_what_is_not_too_much_is_let_through(schema: Schema) -> None:
    assert excess(schema) is None


def as_grammar(schema: Schema) -> str:
    return f"start: %json {json.dumps(schema)}\n"


@pytest.fixture
def trial() -> Trial:
    return Trial()


@pytest.mark.real
def test_a_grammar_that_takes_too_long_is_given_up_and_the_next_is_tried(trial: Trial) -> None:
    began = time.monotonic()
    [complaint] = trial.complaints(as_grammar({"type": "integer", "multipleOf": 9_999_991}))

    assert f"more than {SECONDS} s" in complaint
    assert '"multipleOf"' in complaint
    assert time.monotonic() - began < 60  # it would have gone on for minutes
    assert trial.complaints(as_grammar({"type": "string", "pattern": "^a$"})) == []


@pytest.mark.real
def test_a_grammar_that_ends_the_process_ends_another_one(trial: Trial) -> None:
    deep = refs(50_000, '{"type": "object", "properties": {"a": %s}, "multipleOf": 1}')
    [complaint] = trial.complaints(as_grammar(deep))

    assert "to compile" in complaint
    assert trial.complaints(as_grammar({"type": "integer", "multipleOf": 3})) == []


def test_few_wait_for_costly_grammars(trial: Trial) -> None:
    """They took every thread that all routes share: embeddings waited for half a minute."""
    for _ in range(3):
        trial._places.acquire()

    assert trial.complaints(as_grammar({"type": "string"})) == []
    with pytest.raises(TooManyGrammars):
        trial.complaints(as_grammar({"type": "string", "pattern": "^a$"}))


def test_special_tokens_are_no_obstacle(trial: Trial) -> None:
    for schema in ({"type": "null"}, {"type": "string", "pattern": "^<\\[5\\]>$"}):
        assert trial.complaints(f'start: <[151657]> "a" %json {json.dumps(schema)}\n') == []


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("NoExtensionBias\n<state>\nTokens: ...", "nothing can satisfy it."),
        (
            "lexer error: too many expressions constructed\n<state>",
            "its patterns or numbers are too complex together.",
        ),
        ("Unable to determine if regex is empty: (And (And x", "Unable to determine if regex is empty:"),
        ('Unimplemented keys: ["not"]', 'Unimplemented keys: ["not"]'),
    ],
)
def test_llguidance_speaks_of_the_schema_only(theirs: str, ours: str) -> None:
    assert in_plain_words(theirs) == ours


def test_the_first_tokens_are_tried_too(byte_tokenizer: Any) -> None:
    """Seven patterns at once compile in a millisecond, and their first mask took 77 s."""
    several = {
        "allOf": [{"type": "string", "pattern": f"^(.{{{n}}})*$"} for n in (2, 3, 5, 7, 11, 13, 17, 19)]
    }
    [complaint] = try_out(as_grammar(several), byte_tokenizer)

    assert "lexer error" in complaint


def test_all_grammars_of_a_request_have_an_end_together(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three hundred patterns of some seconds each held a thread for half an hour."""
    now = time.monotonic() + 1
    with together():
        assert trial.complaints(as_grammar({"type": "integer"})) == []
        monkeypatch.setattr(time, "monotonic", lambda: now + ALL_SECONDS)
        with pytest.raises(TriedTooLong):
            trial.complaints(as_grammar({"type": "integer"}))
    assert trial.complaints(as_grammar({"type": "integer"})) == []


@pytest.mark.real
@pytest.mark.parametrize("keyword", KEYWORDS)
@pytest.mark.parametrize("hold", [strictly_held, held_as_far_as_possible])
def test_a_keyword_with_a_value_of_any_kind_is_held_or_refused(
    keyword: str, hold: Callable[[Any], Held]
) -> None:
    """`properties: 3`, `pattern: {}` and `multipleOf: true` were a 500."""
    for value in VALUES:
        for schema in ({keyword: value}, {"type": "object", keyword: value}, {"anyOf": [{keyword: value}]}):
            with contextlib.suppress(UnsupportedSchema):
                assert excess(schema) is None
                assert hold(schema).grammar()
