"""The rules by which a function call counts as the right one."""

from typing import Any

import pytest

from benchmarks.model.function_calls import as_tools, calls_match

WEATHER = {"get.weather": {"city": ["Paris", "Paris, France"], "days": [3], "unit": ["celsius", ""]}}


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        ({"city": "Paris", "days": 3, "unit": "celsius"}, True),
        ({"city": "Paris", "days": 3}, True),  # an empty text among the accepted makes it optional
        ({"city": "paris france", "days": 3}, True),  # case, spaces and punctuation do not count
        ({"city": "Lyon", "days": 3}, False),
        ({"city": "Paris"}, False),
        ({"city": "Paris", "days": 4}, False),
        ({"city": "Paris", "days": "3"}, False),
        ({"city": "Paris", "days": 3, "hour": 1}, False),
    ],
)
def test_a_call_is_right_by_its_arguments(arguments: dict[str, Any], right: bool) -> None:
    assert calls_match([("get_weather", arguments)], [WEATHER]) is right


def test_another_function_is_wrong() -> None:
    assert not calls_match([("get_news", {"city": "Paris", "days": 3})], [WEATHER])


def test_several_calls_may_come_in_any_order_and_each_once() -> None:
    truth = [{"add": {"a": [1], "b": [2]}}, {"add": {"a": [3], "b": [4]}}]
    first, second = ("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4})

    assert calls_match([second, first], truth)
    assert not calls_match([first, first], truth)
    assert not calls_match([first], truth)
    assert not calls_match([first, second, second], truth)


def test_no_call_is_right_where_none_is_wanted() -> None:
    assert calls_match([], [])
    assert not calls_match([("add", {})], [])


@pytest.mark.parametrize(
    ("value", "accepted", "right"),
    [
        (True, 1, False),
        (1, True, False),
        (2.0, 2, True),
        (["a", "B"], ["A", "b"], True),
        (["a"], ["a", "b"], False),
        ({"x": 1}, {"x": [1, 2]}, True),
        ({"x": 3}, {"x": [1, 2]}, False),
        ({"y": 1}, {"x": [1]}, False),
        ("it's", 'it"s', True),
    ],
)
def test_values_are_compared_by_their_kind(value: Any, accepted: Any, right: bool) -> None:
    assert calls_match([("f", {"v": value})], [{"f": {"v": [accepted]}}]) is right


def test_functions_become_tools_with_names_and_types_that_openai_knows() -> None:
    parameters = {
        "type": "dict",
        "properties": {
            "points": {"type": "array", "items": {"type": "tuple", "items": {"type": "float"}}},
            "anything": {"type": "any"},
            "type": {"type": "string"},  # a parameter that is itself called type
        },
    }

    [tool] = as_tools([{"name": "geo.area", "description": "Area.", "parameters": parameters}])

    assert tool == {
        "type": "function",
        "function": {
            "name": "geo_area",
            "description": "Area.",
            "parameters": {
                "type": "object",
                "properties": {
                    "points": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
                    "anything": {"type": "string"},
                    "type": {"type": "string"},
                },
            },
        },
    }
