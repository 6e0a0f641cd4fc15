"""What `langgraph dev` is told in langgraph.json."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GRAPHS: dict[str, str] = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"]


@pytest.mark.parametrize("name", GRAPHS)
async def test_each_graph_is_made_by_the_function_that_is_named(name: str) -> None:
    file, _, function = GRAPHS[name].partition(":")
    spec = importlib.util.spec_from_file_location("graphs", ROOT / file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    graph = await getattr(module, function)()

    assert "messages" in graph.get_input_jsonschema()["properties"]
