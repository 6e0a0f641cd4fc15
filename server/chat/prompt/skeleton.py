"""The form of an answer, as a small model reads it: JSON with what belongs there in the place of each value.

Decoding holds an answer to its schema in any case, but a model that does not know what is wanted loses its way inside
a text. `python -m benchmarks schemas` shows what this changes.
"""

import json
from typing import Any

FORM = "Answer with JSON of this form:"
# A longer one costs more to read than it helps.
MAX_CHARACTERS = 2_000
MAX_VALUES = 200
MAX_LEVELS = 12
CHOICES = 12
DESCRIPTION_CHARACTERS = 120


def form_of(schema: dict[str, Any]) -> str:
    """What to tell a model of the answer that a schema asks for; empty where there is nothing to tell, or too much."""
    skeleton = Skeleton(schema)
    shown = skeleton.of(schema, 0)
    text = json.dumps(shown, ensure_ascii=False)
    if not shown or not isinstance(shown, dict | list) or skeleton.is_too_large or len(text) > MAX_CHARACTERS:
        return ""
    return f"{FORM}\n{text}"


class Skeleton:
    def __init__(self, schema: dict[str, Any]) -> None:
        self._root = schema
        self._values = 0
        self._on_the_way: list[str] = []

    @property
    def is_too_large(self) -> bool:
        return self._values > MAX_VALUES

    def of(self, schema: Any, level: int) -> Any:
        """One value that stands for all that satisfy a schema, whose keywords may have values of any kind."""
        self._values += 1
        if not isinstance(schema, dict) or level > MAX_LEVELS or self.is_too_large:
            return "<anything>"
        if "const" in schema:
            return schema["const"]
        if isinstance(choices := schema.get("enum"), list) and 0 < len(choices) <= CHOICES:
            return " | ".join(
                choice if isinstance(choice, str) else json.dumps(choice, ensure_ascii=False)
                for choice in choices
            )
        if isinstance(reference := schema.get("$ref"), str):
            return self._behind(reference, level)
        for keyword in ("anyOf", "oneOf", "allOf"):
            if isinstance(parts := schema.get(keyword), list) and parts:
                return self._of_parts(parts, level, together=keyword == "allOf")
        return self._of_type(schema, level)

    def _behind(self, reference: str, level: int) -> Any:
        if reference in self._on_the_way:
            return "<the same again>"
        self._on_the_way.append(reference)
        shown = self.of(self._target(reference), level + 1)
        self._on_the_way.pop()
        return shown

    def _of_type(self, schema: dict[str, Any], level: int) -> Any:
        properties, items = schema.get("properties"), schema.get("items")
        if isinstance(properties, dict) and properties:
            return {name: self.of(each, level + 1) for name, each in properties.items()}
        if isinstance(items, dict):
            return [self.of(items, level + 1)]
        if isinstance(values := schema.get("additionalProperties"), dict):
            return {"<name>": self.of(values, level + 1)}
        description, kind = schema.get("description"), schema.get("format") or schema.get("type")
        if isinstance(kind, list):
            kind = " or ".join(each for each in kind if isinstance(each, str))
        if kind == "object":
            return {}
        if isinstance(description, str) and description.strip():
            kind = description.strip()[:DESCRIPTION_CHARACTERS]
        return f"<{kind if isinstance(kind, str) and kind else 'anything'}>"

    def _of_parts(self, parts: list[Any], level: int, *, together: bool) -> Any:
        """The first of several, or what all of them say of an object; null is what is left out."""
        shown = [
            self.of(part, level + 1)
            for part in (parts if together else [p for p in parts if p != {"type": "null"}][:1])
        ]
        if together and all(isinstance(each, dict) for each in shown):
            return {name: value for each in shown for name, value in each.items()}
        return shown[0] if shown else None

    def _target(self, reference: str) -> Any:
        """What a reference within the schema leads to; None if nothing."""
        found: Any = self._root
        for part in reference.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        return found if reference.startswith("#") else None
