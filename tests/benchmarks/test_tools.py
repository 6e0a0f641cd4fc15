"""The conversations that tool calls are measured on."""

import json
from collections import Counter

from benchmarks.model.function_calls import as_name
from benchmarks.model.tools import CONVERSATIONS, _grouped, _read


def test_conversations_are_measured_apart_by_language_and_by_whether_there_is_something_to_call() -> None:
    groups = _grouped(_read(CONVERSATIONS))

    assert set(groups) == {
        f"later turn{rest}{language}" for rest in ("", ", nothing to call") for language in ("", " 中文")
    }
    for group, cases in groups.items():
        assert len(cases) >= 5
        assert all(bool(case["ground_truth"]) != ("nothing" in group) for case in cases)


def test_in_every_conversation_the_model_has_called_before_and_the_user_speaks_last() -> None:
    for case in _read(CONVERSATIONS):
        [messages] = case["question"]
        assert messages[-1]["role"] == "user"
        calls = [call for message in messages for call in message.get("tool_calls") or []]
        results = [message["tool_call_id"] for message in messages if message["role"] == "tool"]
        assert calls
        assert [call["id"] for call in calls] == results
        declared = {as_name(function["name"]) for function in case["function"]}
        assert {call["function"]["name"] for call in calls} <= declared
        assert {name for truth in case["ground_truth"] for name in truth} <= declared
        assert all(json.loads(call["function"]["arguments"]) for call in calls)


def test_no_case_is_there_twice() -> None:
    asked = Counter(json.dumps(case["question"], ensure_ascii=False) for case in _read(CONVERSATIONS))

    assert asked.most_common(1)[0][1] == 1
