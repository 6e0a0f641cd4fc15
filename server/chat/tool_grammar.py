"""The grammar of tool calls: declared names only, arguments by their schemas."""

import json
from collections.abc import Callable
from typing import Any

from server.chat.json_schema import UnsupportedSchema, closed, styled
from server.chat.tool_format import ToolFormat
from server.chat.tools import Tool
from server.chat.xml_arguments import xml_rules

# A small model that has lost its way would go on calling to the end of the context.
MAX_CALLS = 32

Literal = Callable[[str], str]


class UnsupportedTool(Exception):
    """Tools, by their names, whose parameters cannot be enforced."""

    def __init__(self, names: list[str], reason: str) -> None:
        super().__init__(f"tool {', '.join(map(repr, names))}: {reason}")


def calls_grammar(tools: tuple[Tool, ...], form: ToolFormat, literal: Literal, *, parallel: bool) -> str:
    """Lark rules for one call or, if `parallel`, several, from the first token to the end of the answer.

    `literal` gives the Lark symbols for a fixed text. Raises UnsupportedTool.
    """
    more = f"({literal(form.separator)} call){{0,{MAX_CALLS - 1}}}" if parallel else ""
    names = " | ".join(f"tool_{i}" for i in range(len(tools)))
    rules = [
        f"start: {literal(form.begin)} call {more} {literal(form.end)}",
        f"call: {literal(form.before_name)} ({names}) {literal(form.after_arguments)}",
    ]
    for i, tool in enumerate(tools):
        head = literal(tool.name + form.before_arguments)
        try:
            schema = {"type": "object", **closed(tool.parameters)}
            if schema["type"] != "object":
                raise UnsupportedSchema('the "type" of all arguments together is "object".')
            arguments, *others = xml_rules(f"tool_{i}", schema) if form.xml_arguments else [_json(schema)]
        except UnsupportedSchema as error:
            raise UnsupportedTool([tool.name], str(error)) from error
        rules += [f"tool_{i}: {head} {arguments}", *others]
    return "\n".join(rules) + "\n"


def _json(schema: dict[str, Any]) -> str:
    return f"%json {json.dumps(styled(schema))}"
