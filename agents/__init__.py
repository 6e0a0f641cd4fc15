"""Sample agents that run on whatever endpoint `.env` names. `python -m agents` lists them."""

from importlib.util import find_spec

from kit.problem import exit_on_problem

# Here, since a sample imports langchain above anything of its own that could say what is missing.
with exit_on_problem():
    for package in ("langchain", "langchain_openai", "langgraph", "openai", "rich", "typer"):
        if find_spec(package) is None:
            raise ModuleNotFoundError(name=package)
