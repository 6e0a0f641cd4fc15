"""Keywords with values of a kind that they do not take were a 500: `minLength: "5"` beside a format, and others."""

from itertools import islice
from typing import Any

import pytest
from random_schemas import random_schemas

from server.chat.constrained import relaxed
from server.chat.constrained.json_schema import UnsupportedSchema
from server.chat.constrained.relaxed import held_as_far_as_possible, strictly_held
from server.chat.tool_calls.format import HERMES
from server.chat.tool_calls.grammar import UnsupportedTool, calls_grammar
from server.chat.tool_calls.tools import Tool

MISFITS: list[tuple[dict[str, Any], str, str]] = [
    ({"type": "string", "format": "email", "minLength": "5"}, "minLength", "a whole number"),
    ({"type": "string", "pattern": "^[a-z]+$", "minLength": [1]}, "minLength", "a whole number"),
    ({"type": "string", "pattern": "a", "format": []}, "format", "a text"),
    ({"type": "object", "propertyNames": {"pattern": [1]}}, "propertyNames", "a schema"),
    ({"type": "object", "propertyNames": 1}, "propertyNames", "a schema"),
    ({"type": "integer", "minimum": True}, "minimum", "a number"),
    ({"type": "string", "not": 1}, "not", "a schema"),
    ({"type": [["string"]]}, "type", "a text or a list of texts"),
    ({"anyOf": {"type": "string"}}, "anyOf", "a list of schemas"),
    ({"properties": 3}, "properties", "an object"),
    ({"type": "string", "nullable": "yes"}, "nullable", "true or false"),
]


def in_property(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {"v": schema}, "required": ["v"]}


@pytest.mark.parametrize(("schema", "keyword", "kind"), MISFITS)
def test_strict_says_what_the_value_has_to_be(schema: dict[str, Any], keyword: str, kind: str) -> None:
    with pytest.raises(UnsupportedSchema, match=rf"^v\.{keyword}: it has to be {kind}"):
        strictly_held(in_property(schema))


@pytest.mark.parametrize(("schema", "keyword", "kind"), MISFITS)
def test_otherwise_the_keyword_is_left_out_and_named(schema: dict[str, Any], keyword: str, kind: str) -> None:
    held = held_as_far_as_possible(in_property(schema))

    assert held.unheld == (f"v.{keyword}",)
    assert keyword not in held.schema["properties"]["v"]


@pytest.mark.parametrize(("schema", "keyword", "kind"), MISFITS)
def test_a_tool_is_held_by_the_same_rule(schema: dict[str, Any], keyword: str, kind: str) -> None:
    loose, strict = (Tool("save", "", in_property(schema), strict=strict) for strict in (False, True))

    assert calls_grammar((loose,), HERMES, repr, parallel=False).unheld == (f"save.v.{keyword}",)
    with pytest.raises(UnsupportedTool, match=f"{keyword}: it has to be {kind}"):
        calls_grammar((strict,), HERMES, repr, parallel=False)


def test_what_null_stands_for_is_no_misfit() -> None:
    assert (
        held_as_far_as_possible(in_property({"type": "object", "propertyNames": {"pattern": None}})).unheld
        == ()
    )


@pytest.mark.parametrize("seed", range(4))
def test_any_schema_is_held_or_refused(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What llguidance says to each is left out here: it would take a minute."""

    def check(schema: Any) -> None:
        if "refused" in str(schema) or schema is False:
            raise UnsupportedSchema("refused")

    monkeypatch.setattr(relaxed, "check", check)
    for schema in islice(random_schemas(seed), 100):
        for parameters in (schema, schema | {"title": "refused"}):
            assert held_as_far_as_possible(parameters).grammar()
            for strict in (False, True):
                tool = Tool("save", "", parameters, strict=strict)
                try:
                    assert calls_grammar((tool,), HERMES, repr, parallel=False).lark
                except UnsupportedTool as refusal:
                    assert str(refusal).startswith("tool 'save': ")
