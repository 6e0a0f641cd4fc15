"""`python -m benchmarks hybrid`: agents on a hybrid model, beside llama.cpp's own server on the same file."""

import asyncio
import statistics
import subprocess
import sys
import tarfile
import tempfile
from contextlib import ExitStack
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from benchmarks import servers
from benchmarks.machine import machine
from benchmarks.peers.random_model import SIZES, write
from benchmarks.peers.report import Results
from benchmarks.peers.workloads import Figures, converse, figures_of
from benchmarks.servers import Endpoints
from kit.problem import Problem
from server import models

VOCABULARY = "ggml-vocab-qwen35.gguf"
WORKLOAD = "8 agents, one cold prefix"
# pip asks the sources for their metadata, which takes tools that it may have to fetch first.
SOURCE_SECONDS = 600

console = Console(stderr=True, highlight=False)


def run(
    size: Annotated[Literal["tiny", "0.8B", "2B"], typer.Option(help="Dimensions of Qwen3.5.")] = "0.8B",
    runs: Annotated[int, typer.Option(min=1, help="Runs, of which the median counts.")] = 3,
    peers: Annotated[list[str] | None, typer.Option(help="Peers; by default xllamacpp.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the model and the table.")] = Path("benchmarks/out"),
) -> None:
    """Measure the server and llama.cpp's on a hybrid model with random weights."""
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"qwen3.5-{size}-random-Q4_K.gguf"
    if not file.exists():
        console.print(f"Writing {file} 正在写入 …")
        write(partial := file.with_suffix(".part"), SIZES[size], vocabulary(out))
        partial.replace(file)
    embedding = models.resolve("multilingual-e5-small", "embedding").path
    names = ["kit", *(peers if peers is not None else ["xllamacpp"])]
    results = Results({name: {WORKLOAD: []} for name in names})
    for number in range(runs):
        with ExitStack() as stack:
            running = {name: stack.enter_context(servers.serve(name, file, embedding)) for name in names}
            for name, endpoints in running.items():
                figures = asyncio.run(measure(endpoints))
                results.runs[name][WORKLOAD].append(figures)
                told = ", ".join(f"{figure} {value:.2f}" for figure, value in figures.items())
                console.print(f"run {number + 1}, {name}: {told}")
    print(machine() + "\n")
    print(results.markdown())


async def measure(at: Endpoints) -> Figures:
    """The agents' workload, and what of earlier turns a later one computes again, in tokens a turn."""
    conversations, wall = await converse(at)
    again = [
        max(0, before.prompt_tokens + before.tokens - after.cached_tokens)
        for turns in conversations
        for before, after in pairwise(turns)
    ]
    return figures_of(conversations, wall) | {"tokens computed again a turn": statistics.fmean(again)}


def vocabulary(folder: Path) -> Path:
    """Qwen3.5's, out of llama.cpp's sources, which those of llama-cpp-python hold."""
    file = folder / VOCABULARY
    if file.exists():
        return file
    package = f"llama-cpp-python=={version('llama-cpp-python')}"
    console.print(f"Fetching the sources of {package} 正在下载源码 …")
    command = ["download", package, "--no-deps", "--no-binary", ":all:", "--dest"]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        try:
            subprocess.run(
                [sys.executable, "-m", "pip", *command, scratch],
                check=True,
                capture_output=True,
                timeout=SOURCE_SECONDS,
            )
            [archive] = Path(scratch).glob("*.tar.gz")
            with tarfile.open(archive) as sources:
                name = next(name for name in sources.getnames() if name.endswith(f"/models/{VOCABULARY}"))
                member = sources.extractfile(name)
                assert member
                file.write_bytes(member.read())
        except (subprocess.SubprocessError, ValueError, StopIteration) as error:
            raise Problem(
                f"The package index gives no sources of {package} with {VOCABULARY}: {error}. Put that file of "
                f"llama.cpp's folder models into {folder}.",
                f"软件包索引没有含 {VOCABULARY} 的 {package} 源码：{error}。请把 llama.cpp 的 models 目录中的"
                f"该文件放到 {folder}。",
            ) from None
    return file
