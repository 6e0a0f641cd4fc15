"""Whether function calls are the right ones, by the rules of the Berkeley Function-Calling Leaderboard."""

import re
from typing import Any

Call = tuple[str, dict[str, Any]]

# The leaderboard's names of types, in words of JSON schema.
TYPES = {"dict": "object", "float": "number", "tuple": "array", "any": "string"}


def as_tools(functions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A case's functions as OpenAI's tools."""
    return [
        {
            "type": "function",
            "function": {
                "name": as_name(function["name"]),
                "description": function["description"],
                "parameters": _json_schema(function["parameters"]),
            },
        }
        for function in functions
    ]


def as_name(name: str) -> str:
    """OpenAI's names have no dots."""
    return name.replace(".", "_")


def calls_match(calls: list[Call], truth: list[dict[str, Any]]) -> bool:
    """Whether every call is one that is wanted, in any order, and none is left."""
    wanted = [(as_name(name), accepted) for each in truth for name, accepted in each.items()]
    if len(calls) != len(wanted):
        return False
    for name, arguments in calls:
        match = next((w for w in wanted if w[0] == name and _arguments_match(arguments, w[1])), None)
        if match is None:
            return False
        wanted.remove(match)
    return True


def _arguments_match(arguments: dict[str, Any], accepted: dict[str, list[Any]]) -> bool:
    if any(name not in accepted or not _accepts(accepted[name], arguments[name]) for name in arguments):
        return False
    return all(name in arguments or "" in values for name, values in accepted.items())


def _accepts(accepted: list[Any], value: Any) -> bool:
    return any(_equal(value, each) for each in accepted)


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, str) and isinstance(value, str):
        return _plain(value) == _plain(wanted)
    if isinstance(wanted, list) and isinstance(value, list):
        return len(value) == len(wanted) and all(map(_equal, value, wanted))
    if isinstance(wanted, dict) and isinstance(value, dict):
        return _arguments_match(value, wanted)
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted


def _plain(text: str) -> str:
    return re.sub(r"[ ,./\-_*^]", "", text).lower().replace("'", '"')


def _json_schema(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_json_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _json_schema(value) for key, value in schema.items()}
    if isinstance(kind := result.get("type"), str):
        result["type"] = TYPES.get(kind, kind)
    return result
