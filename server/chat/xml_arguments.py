"""Arguments as XML elements, the way of Qwen3-Coder: strings bare, everything else as JSON."""

import json
from typing import Any

from server.chat.json_schema import UnsupportedSchema, styled

# A string stands there as it is, so nothing holds it to a form but a list of its values.
UNENFORCEABLE = ("pattern", "format", "minLength", "maxLength")


def xml_rules(name: str, schema: dict[str, Any]) -> list[str]:
    """What follows the tool's name in a Lark rule, then the rules that it refers to; raises UnsupportedSchema."""
    required = schema.get("required", [])
    properties = schema.get("properties", {})
    uses, rules = [], []
    for i, (key, value) in enumerate(properties.items()):
        rule = f"{name}_{i}"
        uses.append(rule if key in required else f"{rule}?")
        start = json.dumps(f"<parameter={key}>\n", ensure_ascii=False)
        rules += _element(rule, start, value, schema.get("$defs"))
    return [" ".join(uses), *rules]


def _element(rule: str, start: str, schema: dict[str, Any], definitions: Any) -> list[str]:
    end = json.dumps("\n</parameter>\n")
    if is_bare(schema):
        if values := schema.get("enum"):
            choices = " | ".join(json.dumps(value, ensure_ascii=False) for value in values)
            return [f"{rule}: {start} ({choices}) {end}"]
        if refused := [key for key in UNENFORCEABLE if key in schema]:
            raise UnsupportedSchema(f'"{refused[0]}" cannot be enforced in this model\'s form of tool calls.')
        return [f"{rule}: {start} {rule}_text", f"{rule}_text[lazy]: /(.|\\n)*\\n<\\/parameter>\\n/"]
    if definitions:
        schema = {"$defs": definitions, **schema}
    return [f"{rule}: {start} %json {json.dumps(styled(schema))} {end}"]


def is_bare(schema: dict[str, Any]) -> bool:
    """Whether a value of this schema is written without quotes."""
    return schema.get("type") == "string"


def read_xml_arguments(text: str, schema: dict[str, Any]) -> str:
    """Elements to JSON text; one that is not closed, because the answer was cut short, is left out."""
    arguments = {}
    for element in text.split("\n</parameter>\n")[:-1]:
        key, _, value = element.removeprefix("<parameter=").partition(">\n")
        bare = is_bare(schema.get("properties", {}).get(key, {}))
        arguments[key] = value if bare else json.loads(value)
    return json.dumps(arguments, ensure_ascii=False)
