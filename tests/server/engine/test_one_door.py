"""Who knows llama.cpp."""

import ast
from pathlib import Path

SERVER = Path(__file__).parents[3] / "server"


def imported(file: Path) -> set[str]:
    """The modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_only_what_loads_llama_cpp_and_what_calls_it_import_it() -> None:
    """Sampling and the grammar called llama.cpp too, and a change in its API had to be looked for everywhere.

    llguidance.llamacpp imports it as well, and came before the library was chosen: nothing started without a
    compiled one.
    """
    doors = {
        file.parent for file in SERVER.rglob("*.py") if {"llama_cpp", "llguidance.llamacpp"} & imported(file)
    }

    assert doors == {SERVER / "engine" / "llama", SERVER / "engine" / "library"}
