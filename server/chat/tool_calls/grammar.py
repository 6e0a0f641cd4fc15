"""The grammar of tool calls: declared names only, arguments by their schemas."""

from dataclasses import dataclass

from server.chat.constrained.json_schema import Held, UnsupportedSchema
from server.chat.constrained.relaxed import held_as_far_as_possible, strictly_held
from server.chat.constrained.spelling import COMBINED, spelt
from server.chat.tool_calls.arguments.notation import Literal
from server.chat.tool_calls.format import ToolFormat
from server.chat.tool_calls.tools import Tool

# A small model that has lost its way would go on calling to the end of the context.
MAX_CALLS = 32

# A tool that says nothing of its properties has none: so some MCP servers declare tools without arguments.
SAYING_WHAT_IS_IN_IT = COMBINED | {"properties", "patternProperties", "additionalProperties", "propertyNames"}


class UnsupportedTool(Exception):
    """Tools, by their names, whose parameters cannot be enforced."""

    def __init__(self, names: list[str], reason: str) -> None:
        super().__init__(f"tool {', '.join(map(repr, names))}: {reason}")


@dataclass(frozen=True)
class CallsGrammar:
    """Lark rules for calls; `unheld` are keywords, by tool, that they leave out: `save.tags.uniqueItems`."""

    lark: str
    unheld: tuple[str, ...]


def calls_grammar(
    tools: tuple[Tool, ...], form: ToolFormat, literal: Literal, *, parallel: bool
) -> CallsGrammar:
    """For one call or, if `parallel`, several, from the first token to the end of the answer.

    `literal` gives the Lark symbols for a fixed text. Raises UnsupportedTool for parameters that are `strict` or are
    no object, and cannot be held.
    """
    more = f"({literal(form.separator)} call){{0,{MAX_CALLS - 1}}}" if parallel else ""
    names = " | ".join(f"tool_{i}" for i in range(len(tools)))
    rules = [
        f"start: {literal(form.begin)} call {more} {literal(form.end)}",
        f"call: {literal(form.before_name)} ({names}) {literal(form.after_arguments)}",
    ]
    unheld: list[str] = []
    for i, tool in enumerate(tools):
        head = literal(tool.name + form.before_arguments)
        try:
            held = _arguments(tool)
            loose = form.notation.unheld(held) if form.notation else []
            if loose and tool.strict:
                raise UnsupportedSchema(f"{loose[0]} cannot be enforced in this model's form of tool calls.")
        except UnsupportedSchema as error:
            raise UnsupportedTool([tool.name], str(error)) from error
        rule = f"tool_{i}"
        arguments, *others = form.notation.rules(rule, held, literal) if form.notation else [held.symbol()]
        unheld += [f"{tool.name}.{keyword}" for keyword in (*held.unheld, *loose)]
        rules += [f"{rule}: {head} {arguments}", *others]
    return CallsGrammar("\n".join(rules) + "\n", tuple(unheld))


def _arguments(tool: Tool) -> Held:
    schema = spelt(tool.parameters)
    if not isinstance(schema, dict):
        raise UnsupportedSchema("nothing satisfies it.")
    types = schema.get("type", "object")
    if types != "object" and not (isinstance(types, list) and "object" in types):
        raise UnsupportedSchema('the "type" of all arguments together is "object".')
    schema["type"] = "object"
    if not schema.keys() & SAYING_WHAT_IS_IN_IT:
        schema["properties"] = {}
    return strictly_held(schema) if tool.strict else held_as_far_as_possible(schema)
