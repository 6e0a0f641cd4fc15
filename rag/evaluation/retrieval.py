"""How often the right passage is found, and how long it takes."""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from rich.progress import track

from rag.embedder import Vectors
from rag.evaluation import metrics
from rag.evaluation.dataset import Dataset, Place
from rag.evaluation.tutorial import Tutorial
from rag.index import Index
from rag.retrieval.selection import Ranking

Measures = dict[str, float]


def measure(index: Index, dataset: Dataset, sources: dict[str, str]) -> tuple[dict[str, Measures], Measures]:
    """Measures by row (dense, BM25, fused), and median seconds a question by stage.

    `sources` maps the dataset's file names to the index's.
    """
    names = {source: name for name, source in sources.items()}
    ranks: dict[str, list[int | None]] = {"dense": [], "BM25": [], "fused": []}
    embedding, searching = [], []
    for question in track(dataset.questions, "questions"):
        began = time.perf_counter()
        vector = index.embedder.embed_questions([question.text])
        embedded = time.perf_counter()
        found = index.rank(question.text, vector)
        embedding.append(embedded - began)
        searching.append(time.perf_counter() - embedded)
        for row, ranking in (("dense", found.dense), ("BM25", found.bm25), ("fused", found.fused)):
            ranks[row].append(dataset.rank(_places(index, ranking[: metrics.DEEP], names), question.place))
    rows = {row: metrics.retrieval(of_row) for row, of_row in ranks.items()}
    return rows, {"embed a question": median(embedding), "search": median(searching)}


def measure_narrowed(index: Index, dataset: Dataset) -> Measures:
    """Median seconds of searches in one document, in half of all, and in all but one."""
    versions = index.documents.live_versions()
    narrowed = {"one document": versions[:1], "half": versions[::2], "all but one": versions[1:]}
    vectors = [(each.text, index.embedder.embed_questions([each.text])) for each in dataset.questions]
    return {
        f"search in {name}": median(_seconds_to_rank(index, *question, some) for question in vectors)
        for name, some in narrowed.items()
    }


def _seconds_to_rank(index: Index, question: str, vector: Vectors, versions: Sequence[str]) -> float:
    began = time.perf_counter()
    index.rank(question, vector, versions)
    return time.perf_counter() - began


def measure_tutorial(dataset: Dataset, folder: Path) -> Measures:
    tutorial = Tutorial(folder, dataset.documents)
    found = tutorial.rank([question.text for question in dataset.questions])
    return metrics.retrieval(
        [
            dataset.rank(places, question.place)
            for places, question in zip(found, dataset.questions, strict=True)
        ]
    )


def _places(index: Index, ranking: Ranking, names: dict[str, str]) -> list[Place]:
    chunks = index.documents.read(key for key, _ in ranking)
    return [
        # A chunk of the crowd has no place in the dataset.
        Place(names.get(version.source, ""), chunk.start, chunk.end)
        for key, _ in ranking
        if key in chunks
        for chunk, version in [chunks[key]]
    ]
