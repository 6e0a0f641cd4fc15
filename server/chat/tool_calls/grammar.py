"""The grammar of tool calls: declared names only, arguments by their schemas."""

from dataclasses import dataclass

from server.chat.constrained.closing import closed
from server.chat.constrained.json_schema import Held, UnsupportedSchema
from server.chat.constrained.relaxed import held_as_far_as_possible, strictly_held
from server.chat.constrained.spelling import COMBINED, Schema, spelt
from server.chat.tool_calls.arguments.notation import Literal, Notation
from server.chat.tool_calls.arguments.parameters import Parameters, alternatives, any_of
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
        try:
            held, rule = _held(tool), f"tool_{i}"
            arguments, loose, others = _arguments(rule, held, form.notation, literal)
            if loose and tool.strict:
                raise UnsupportedSchema(f"{loose[0]} cannot be enforced in this model's form of tool calls.")
        except UnsupportedSchema as error:
            raise UnsupportedTool([tool.name], str(error)) from error
        unheld += [f"{tool.name}.{keyword}" for keyword in (*held.unheld, *loose)]
        rules += [f"{rule}: {literal(tool.name + form.before_arguments)} ({arguments})", *others]
    return CallsGrammar("\n".join(rules) + "\n", tuple(unheld))


def parameters_of(tool: Tool) -> Parameters:
    """What its arguments are read by."""
    schema = _of_an_object(tool)
    return any_of(alternatives(closed(schema, strict=tool.strict)))


def _arguments(
    rule: str, held: Held, notation: Notation | None, literal: Literal
) -> tuple[str, list[str], list[str]]:
    """Lark for the arguments, the keywords that it does not hold, and the rules that it refers to."""
    if not notation:
        return held.symbol(), [], []
    uses, unheld, rules = [], [], []
    for i, parameters in enumerate(alternatives(held.schema)):
        use, *others = notation.rules(f"{rule}_{i}", parameters, literal)
        uses.append(use)
        rules += others
        unheld += [*parameters.unheld, *notation.unheld(parameters)]
    return " | ".join(uses), list(dict.fromkeys(unheld)), rules


def _held(tool: Tool) -> Held:
    schema = _of_an_object(tool)
    return strictly_held(schema) if tool.strict else held_as_far_as_possible(schema)


def _of_an_object(tool: Tool) -> Schema:
    schema = spelt(tool.parameters)
    if not isinstance(schema, dict):
        raise UnsupportedSchema("nothing satisfies it.")
    types = schema.get("type", "object")
    if types != "object" and not (isinstance(types, list) and "object" in types):
        raise UnsupportedSchema('the "type" of all arguments together is "object".')
    schema["type"] = "object"
    if not schema.keys() & SAYING_WHAT_IS_IN_IT:
        schema["properties"] = {}
    return schema
