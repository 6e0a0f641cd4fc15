"""`python -m benchmarks growth`: what an index costs as it grows, and what a million chunks would."""

import math
import random
import statistics
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import httpx2
import numpy as np
import psutil
import typer

from benchmarks.servers import START_SECONDS, free_port
from kit.problem import Problem
from rag.embedder import Vectors
from rag.index import Index
from rag.settings import Settings
from rag.store.records import Version
from rag.store.sync import announce
from rag.text.chunker import Chunk
from rag.text.words import content_words

Figures = dict[str, float]

MILLION = 1_000_000
DIMENSION = 384
CHUNKS_PER_DOCUMENT = 500
WORDS_PER_CHUNK = 180
VOCABULARY = [f"word{number}" for number in range(50_000)]
# As in any language, the second word comes half as often as the first, the third a third as often.
OFTEN = [1 / (rank + 1) for rank in range(len(VOCABULARY))]
# How far vectors stray from their mean, about as far as those of sentences do.
SPREAD = 0.4
QUESTIONS = 20
CHROMA = "import sys; from chromadb.cli.cli import app; sys.argv[0] = 'chroma'; app()"


class Made:
    """Vectors out of nothing: no model is asked, and the work of a search is that of real ones."""

    model, query_prefix, passage_prefix = "made up", "", ""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.concatenate([around(np.random.default_rng(zlib.crc32(text.encode())), 1) for text in texts])

    embed_questions = embed_passages


def around(numbers: np.random.Generator, count: int) -> Vectors:
    noise = numbers.standard_normal((count, DIMENSION)).astype(np.float32)
    vectors = SPREAD * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    vectors[:, 0] += 1
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def run(
    chunks: Annotated[list[int] | None, typer.Option(help="Sizes to measure at. 测量的规模。")] = None,
    windows: Annotated[int, typer.Option(min=1, help="Windows in a chunk. 每段的窗口数。")] = 3,
) -> None:
    """Fill an index on a Chroma server with made-up chunks; time, memory and disk at each size, and projected."""
    rows: dict[int, Figures] = {}
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as name,
        chroma(Path(name) / "chroma") as (url, server),
    ):
        folder = Path(name)
        with Index(Settings(folder / "client", url), Made()) as index:
            for size in sorted(chunks or [5_000, 15_000, 45_000]):
                rows[size] = grow(index, size - max(rows, default=0), windows)
                rows[size] |= searched(index)
                rows[size] |= {
                    "Chroma's memory, MB": server.memory_info().rss / 2**20,
                    "Chroma's disk, MB": megabytes(folder / "chroma"),
                    "texts and BM25 on disk, MB": megabytes(folder / "client"),
                    "s for another client to catch up": caught_up(Settings(folder / f"client{size}", url)),
                }
                print(f"{size} chunks: {rows[size]}", file=sys.stderr, flush=True)
    print(table(rows, windows))


def grow(index: Index, count: int, windows: int) -> Figures:
    """Seconds for a thousand chunks more: in Chroma, and in SQLite."""
    dice, numbers = random.Random(count), np.random.default_rng(count)
    in_chroma = in_sqlite = 0.0
    assert index.embedder  # what the index is made with is noted
    for first in range(0, count, CHUNKS_PER_DOCUMENT):
        size = min(CHUNKS_PER_DOCUMENT, count - first)
        name = f"{count}x{first}"
        version = Version(name, f"made/{name}", "", "", {}, size)
        made = [chunk(position, dice) for position in range(size)]
        index.documents.begin(version)
        began = time.perf_counter()
        keys = [(name, position, number) for position in range(size) for number in range(windows)]
        index.vectors.put_windows(keys, around(numbers, len(keys)))
        index.vectors.put_chunks(around(numbers, size), [(version, each) for each in made])
        written = time.perf_counter()
        index.documents.publish(version, made)
        in_chroma += written - began
        in_sqlite += time.perf_counter() - written
    announce(index.vectors, index.documents, shared=False)
    return {
        "s to store 1,000 chunks in Chroma": 1000 * in_chroma / count,
        "s to store 1,000 chunks in SQLite": 1000 * in_sqlite / count,
    }


def chunk(position: int, dice: random.Random) -> Chunk:
    text = " ".join(dice.choices(VOCABULARY, OFTEN, k=WORDS_PER_CHUNK))
    return Chunk(position, text, position * 5000, position * 5000 + len(text), "", None, "", "")


def searched(index: Index) -> Figures:
    dice = random.Random(0)
    questions = [" ".join(dice.choices(VOCABULARY, OFTEN, k=6)) for _ in range(QUESTIONS)]
    index.search(questions[0])  # reads what lies on disk, and measures the baseline
    whole, bm25 = [], []
    for question in questions:
        began = time.perf_counter()
        index.search(question)
        whole.append(time.perf_counter() - began)
        began = time.perf_counter()
        index.documents.search(content_words(question), 50)
        bm25.append(time.perf_counter() - began)
    return {
        "ms to search": 1000 * statistics.median(whole),
        "ms of it for BM25": 1000 * statistics.median(bm25),
    }


def caught_up(settings: Settings) -> float:
    began = time.perf_counter()
    with Index(settings, Made()):
        return time.perf_counter() - began


def megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20


def table(rows: dict[int, Figures], windows: int) -> str:
    """One row a figure; the last column goes on as the last two sizes say, by n to the power before it."""
    sizes = list(rows)
    lines = [
        f"Each chunk with {windows} windows, {windows + 1} vectors of {DIMENSION} numbers.\n",
        "| chunks | " + " | ".join(f"{size:,}" for size in sizes) + f" | grows as | {MILLION:,} |",
        "|---|" + "---|" * (len(sizes) + 2),
    ]
    for figure in rows[sizes[0]]:
        values = [rows[size][figure] for size in sizes]
        cells = " | ".join(f"{value:.3g}" for value in values)
        power = exponent(sizes, values)
        lines.append(
            f"| {figure} | {cells} | n^{power:.2f} | {values[-1] * (MILLION / sizes[-1]) ** power:.3g} |"
        )
    return "\n".join(lines)


def exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    if len(sizes) < 2:
        return 0.0
    return math.log(values[-1] / values[-2]) / math.log(sizes[-1] / sizes[-2])


@contextmanager
def chroma(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """`chroma run` in a process of its own."""
    port = free_port()
    command = [sys.executable, "-c", CHROMA, "run", "--path", str(folder), "--port", str(port)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and running.poll() is None:
            try:
                httpx2.get(f"{url}/api/v2/heartbeat").raise_for_status()
                break
            except httpx2.HTTPError:
                time.sleep(0.2)
        else:
            raise Problem(
                "`chroma run` did not start. Run it by itself to see why.", "`chroma run` 无法启动。"
            )
        yield url, psutil.Process(running.pid)
    finally:
        running.terminate()
        running.wait(30)
