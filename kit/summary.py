"""What an agent's file says of itself, in two languages."""

import ast
from pathlib import Path


def summary(path: Path) -> tuple[str, str] | None:
    """A module's SUMMARY, read and not imported: a sample may bring seconds of imports."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SUMMARY":
            en, zh = ast.literal_eval(node.value)
            return en, zh
    return None
