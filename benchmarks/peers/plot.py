"""Throughput and time to first token against the number of agents."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import servers
from benchmarks.peers.workloads import agents
from server import models

NUMBERS = (1, 2, 4, 8, 16)
console = Console(stderr=True, highlight=False)


def run(
    peer: Annotated[str, typer.Option(help="The server to compare with, by name or base URL.")] = "xllamacpp",
    chat: Annotated[str, typer.Option(help="The chat model.")] = "qwen2.5-coder-0.5b",
    out: Annotated[Path, typer.Option(help="The picture.")] = Path("benchmarks/out/engine.png"),
) -> None:
    """Draw how the server and a peer cope with 1 to 16 agents that share a cold prefix."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    chat_file = models.resolve(chat, "chat").path
    embedding_file = models.resolve("multilingual-e5-small", "embedding").path
    figure, (throughput, first) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for name in ("kit", peer):
        with servers.serve(name, chat_file, embedding_file) as at:
            results = []
            for n in NUMBERS:
                results.append(asyncio.run(agents(at, n, turns=1)))
                console.print(f"{name}, {n} agents: {results[-1]}")
        throughput.plot(NUMBERS, [r["tokens/s"] for r in results], marker="o", label=name)
        first.plot(NUMBERS, [r["TTFT p95 s"] for r in results], marker="o", label=name)
    throughput.set(xlabel="agents", ylabel="tokens/s together", title="Throughput, prompt included")
    first.set(xlabel="agents", ylabel="s", title="Time to first token, p95")
    for axes in (throughput, first):
        axes.set_xscale("log", base=2)
        axes.set_xticks(NUMBERS, [str(n) for n in NUMBERS])
        axes.set_ylim(bottom=0)
        axes.legend()
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=110)
