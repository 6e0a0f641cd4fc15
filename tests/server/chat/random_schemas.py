"""Schemas whose keywords have values of any kind, such as a fuzzer sends."""

import random
from collections.abc import Iterator
from typing import Any

from server.chat.constrained.kinds import KINDS
from server.chat.constrained.spelling import NOTES

KEYWORDS = [*KINDS, *NOTES, "const", "$id", "id", "$anchor", "$schema", "x-guidance"]
WORDS = [
    "x",
    "",
    "#",
    "#/",
    "#/$defs/a",
    "^a$",
    "^[a-z]+$",
    "[",
    "email",
    "uuid4",
    "url",
    "string",
    "str",
    "object",
]
PLAIN: list[Any] = [
    *(None, True, False, 0, 1, -1, 2.5, 3.0, 1e300, 10**40, "\ud800", *WORDS),
    *([], [1], ["a"], [None], [["a"]], {}, {"a": 1}, {"a": None}, {"\ud800": 1}, ["string", "null"]),
    *({"pattern": [1]}, {"pattern": None}, {"enum": 5}, {"enum": [1, [2]]}, {"type": [[]]}, {"const": [1]}),
]


def random_schemas(seed: int) -> Iterator[dict[str, Any]]:
    """Without end, the same for the same seed."""
    chance = random.Random(seed)

    def schema(levels: int) -> dict[str, Any]:
        return {chance.choice(KEYWORDS): value(levels) for _ in range(chance.randint(1, 5))}

    def value(levels: int) -> Any:
        if levels == 0 or chance.random() < 0.4:
            return chance.choice(PLAIN)
        inside = [schema(levels - 1) for _ in range(chance.randint(1, 2))]
        return chance.choice([inside[0], inside, dict(zip("ab", inside, strict=False))])

    while True:
        yield schema(3)
