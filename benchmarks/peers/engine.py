"""`python -m benchmarks engine`: the server beside its peers, workload by workload in turn."""

import asyncio
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import jsonschema
import openai
import typer
from rich.console import Console

from benchmarks import servers
from benchmarks.machine import machine
from benchmarks.peers.report import Results
from benchmarks.peers.workloads import WORKLOADS
from server import models

# A request refused, or an answer that is not what was asked for.
WRONG_ANSWERS = (openai.APIStatusError, json.JSONDecodeError, jsonschema.ValidationError)

console = Console(stderr=True, highlight=False)


def run(
    peers: Annotated[
        list[str] | None,
        typer.Option(help="Peers: a name, a base URL or kit@PYTHON; by default all that are installed."),
    ] = None,
    workload: Annotated[list[str] | None, typer.Option(help="Workloads; by default all.")] = None,
    runs: Annotated[int, typer.Option(help="Runs of each, of which the median counts.")] = 3,
    chat: Annotated[str, typer.Option(help="The chat model.")] = "qwen2.5-coder-0.5b",
    out: Annotated[Path, typer.Option(help="Folder for engine.json and engine.md.")] = Path("benchmarks/out"),
) -> None:
    """Measure the server and its peers on what agents do."""
    names = ["kit", *(peers if peers is not None else [n for n in servers.installed() if n != "kit"])]
    chosen = {name: WORKLOADS[name] for name in workload or WORKLOADS}
    chat_file = models.resolve(chat, "chat").path
    embedding_file = models.resolve("multilingual-e5-small", "embedding").path
    results = Results({name: {w: [] for w in chosen} for name in names})
    for number in range(runs):
        with ExitStack() as stack:
            running = {
                name: stack.enter_context(servers.serve(name, chat_file, embedding_file)) for name in names
            }
            for title, measure in chosen.items():
                # In turn, so that the machine's moods hit all of them; whoever is not asked sleeps.
                for name, endpoints in running.items():
                    try:
                        figures = asyncio.run(measure(endpoints))
                    except WRONG_ANSWERS:
                        if name == "kit":
                            raise
                        # Not every peer can do everything, and the others' hours of work should not be lost to that.
                        figures = {}
                    results.runs[name][title].append(figures)
                    shown = (
                        ", ".join(f"{figure} {value:.2f}" for figure, value in figures.items()) or "cannot"
                    )
                    console.print(f"run {number + 1}, {name}, {title}: {shown}")
        results.save(out)
    print(machine() + "\n")
    print(results.markdown())
