"""Identifiers of calls as templates read them: nine characters, the same in a call and its result."""

from typing import Any

from server.chat.prompt.call_ids import with_short_ids


def called(*ids: str | None) -> dict[str, Any]:
    function = {"name": "look_up", "arguments": {}}
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": id_, "function": function} for id_ in ids],
    }


def result(id_: str | None) -> dict[str, Any]:
    return {"role": "tool", "content": "A cry."} | ({"tool_call_id": id_} if id_ else {})


def ids(*messages: dict[str, Any]) -> list[str]:
    """Those of calls and results, in order."""
    return [
        each
        for message in with_short_ids(list(messages))
        for each in [call["id"] for call in message.get("tool_calls", ())] or [message["tool_call_id"]]
    ]


def test_a_result_has_the_identifier_of_its_call() -> None:
    given = called("toolu_01ab-cd", "call_4f"), result("call_4f"), result("toolu_01ab-cd")
    assert ids(*given) == ["call00001", "call00002", "call00002", "call00001"]


def test_a_conversation_that_grows_keeps_its_identifiers() -> None:
    before = [called("call_a"), result("call_a")]
    assert ids(*before, called("call_b"), result("call_b"))[:2] == ids(*before)


def test_calls_of_one_identifier_are_told_apart() -> None:
    """Some clients begin anew with each message."""
    turn = [called("0"), result("0")]
    assert ids(*turn, *turn) == ["call00001", "call00001", "call00002", "call00002"]
    assert ids(called("1", "1"), result("1"), result("1")) == ["call00001", "call00002"] * 2


def test_results_without_an_identifier_answer_the_calls_in_order() -> None:
    assert ids(called(None, None), result(None), result(None)) == ["call00001", "call00002"] * 2


def test_a_result_without_its_call_has_an_identifier_of_its_own() -> None:
    assert ids(result("call_gone"), called("call_a")) == ["call00001", "call00002"]
