"""`python -m benchmarks ingest`: what an ingest costs beside the bare endpoint, with the same texts in turn."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from rag.embedder import EndpointEmbedder
from rag.files.folder import find_files
from rag.index import Index
from rag.ingest import TEXTS_PER_REQUEST, ingest
from rag.loaders import load
from rag.report import Silent
from rag.settings import Settings
from rag.text.chunker import chunk


def run(
    folder: Annotated[Path, typer.Argument(help="Documents. 文档。")] = Path("docs/handbook"),
    runs: Annotated[int, typer.Option(min=1, help="Runs, of which the median counts. 次数，取中位数。")] = 3,
) -> None:
    """Passages a second of an ingest and of the endpoint in .env alone. 导入与单独调用接口的速度对比。"""
    texts = [text for file in find_files([folder]) for each in chunk(load(file)) for text in each.texts()]
    embedder = EndpointEmbedder()
    embedder.embed_passages(texts[:1])
    rates: dict[str, list[float]] = {"the endpoint alone": [], "ingest": []}
    for _ in range(runs):
        rates["the endpoint alone"].append(len(texts) / _post(embedder, texts))
        rates["ingest"].append(len(texts) / _ingest(folder))
    alone, whole = (statistics.median(rate) for rate in rates.values())
    print(f"{len(texts)} passages, {runs} runs in turn\n\n| | passages/s, median | each run |\n|---|---|---|")
    for name, each in rates.items():
        print(f"| {name} | {statistics.median(each):.1f} | {', '.join(f'{rate:.1f}' for rate in each)} |")
    print(f"\ningest is {whole / alone:.2f} × the endpoint")


def _post(embedder: EndpointEmbedder, texts: list[str]) -> float:
    began = time.perf_counter()
    for first in range(0, len(texts), TEXTS_PER_REQUEST):
        embedder.embed_passages(texts[first : first + TEXTS_PER_REQUEST])
    return time.perf_counter() - began


def _ingest(folder: Path) -> float:
    # Chroma holds its files open until the process ends, which Windows does not forgive.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        began = time.perf_counter()
        with Index.open(Settings(Path(name))) as index:
            ingest(index, [folder], Silent())
        return time.perf_counter() - began
