"""Grammars that cost much, and the process in which they are tried."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from server.chat.constrained import trial
from server.chat.constrained.cost import harmless
from server.chat.constrained.trial import TooManyGrammars, Trial, together

Schema = dict[str, Any]

COSTLY = 'start: %json {"type": "string", "pattern": "^a$"}\n'


@pytest.fixture
def trying() -> Trial:
    return Trial()


def chain(link: Callable[[str, int], Schema], length: int = 12) -> Schema:
    """Definitions that each refer to the next."""
    links = {f"d{i}": link(f"#/$defs/d{i + 1}", i) for i in range(length)}
    return {"$ref": "#/$defs/d0", "$defs": links | {f"d{length}": {"type": "object"}}}


def alternatives_beside_a_reference(ref: str, i: int) -> Schema:
    return {"anyOf": [{"properties": {f"{name}{i}": {"type": "integer"}}} for name in "ab"], "$ref": ref}


def references_beside_a_type(ref: str, _: int) -> Schema:
    return {"type": "object", "properties": {name: {"$ref": ref, "type": "object"} for name in "ab"}}


def of_pydantic(ref: str, i: int) -> Schema:
    described = {"$ref": ref, "description": "the next", "default": None}
    optional = {"anyOf": [{"$ref": ref}, {"type": "null"}], "title": "Other", "default": None}
    return {"type": "object", "title": f"D{i}", "properties": {"next": described, "other": optional}}


@pytest.mark.parametrize("link", [alternatives_beside_a_reference, references_beside_a_type])
def test_what_a_reference_multiplies_is_not_harmless(link: Callable[[str, int], Schema]) -> None:
    """It was compiled in the server itself: 16 links of 2.7 kB took 8 s, and eight of them every thread there is."""
    schema = json.dumps(chain(link))

    assert not harmless(f"start: %json {schema}\n")
    assert not harmless(json.dumps({"grammars": [{"json_schema": chain(link)}]}))


def test_schemas_as_pydantic_writes_them_are_harmless() -> None:
    schema = json.dumps(chain(of_pydantic))

    assert harmless(f'start: "anyOf" %json {schema} "$ref"\n')
    assert harmless(json.dumps({"grammars": [{"json_schema": json.loads(schema)}]}))
    assert harmless('start: "no schema"\n')
    assert not harmless('start: %json {"anyOf": \n')


def test_a_request_that_takes_long_waits_among_the_costly_ones(
    trying: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However plain each of its grammars is."""
    for _ in range(trial.MAX_WAITING):
        trying._places.acquire()
    with together():
        assert trying.complaints("start: %json {}\n") == []
        monkeypatch.setattr(trial, "BRIEF_SECONDS", 0)
        with pytest.raises(TooManyGrammars):
            trying.complaints("start: %json {}\n")


def test_one_costly_grammar_at_a_time_is_made_use_of(trying: Trial) -> None:
    """What took the process its time takes the server as long."""
    second = threading.Thread(target=trying.complaints, args=[COSTLY])
    with trying.tried(COSTLY):
        second.start()
        time.sleep(0.05)
        assert second.is_alive()
    second.join()
