"""How good the pipeline is on questions whose passage is known."""

import math
import tempfile
import time
from pathlib import Path

from rich.progress import track

from rag.evaluation.answers import measure_answers
from rag.evaluation.crowd import CHUNKS_PER_DOCUMENT, crowd
from rag.evaluation.dataset import Dataset
from rag.evaluation.retrieval import measure, measure_narrowed, measure_tutorial
from rag.evaluation.trials import measure_answerability, trials
from rag.files.folder import find_files
from rag.files.source import source_of
from rag.index import Index
from rag.ingest import TEXTS_PER_REQUEST, ingest
from rag.loaders import load
from rag.report import Progress
from rag.settings import Settings
from rag.text.chunker import chunk

ENDPOINT_SAMPLE = 512
ANSWERABILITY_SAMPLE = 200


def evaluate(
    dataset: Dataset, progress: Progress, answers: int = 0, crowd_of: int = 0
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Build an index of its own for the dataset and question it; measures by ranking, and other figures.

    `crowd_of` made-up chunks are put in with the dataset's own, to measure the time of a search among many.
    """
    # Chroma holds its files open until the process ends, which Windows does not forgive.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name) / "documents"
        dataset.write(folder)
        with Index.open(Settings(Path(name) / "index")) as index:
            facts = _ingest(index, folder, progress)
            if crowd_of:
                steps = math.ceil(crowd_of / CHUNKS_PER_DOCUMENT)
                for _ in track(crowd(index, dataset, crowd_of), "crowd", steps):
                    pass
            sources = {name: source_of(folder / name) for name in dataset.documents}
            rows, seconds = measure(index, dataset, sources)
            if crowd_of:
                seconds |= measure_narrowed(index, dataset)
            rows["tutorial"] = measure_tutorial(dataset, Path(name) / "tutorial")
            facts |= {f"seconds to {stage}": value for stage, value in seconds.items()}
            sample = list(trials(index, dataset, sources, ANSWERABILITY_SAMPLE))
            facts |= measure_answerability(sample, sources)
            if answers:
                facts |= measure_answers(list(trials(index, dataset, sources, answers)), sources)
    return rows, facts


def _ingest(index: Index, folder: Path, progress: Progress) -> dict[str, float]:
    index.embedder.embed_passages(["The first request pays for what the server does once."])
    began = time.perf_counter()
    report = ingest(index, [folder], progress)
    seconds = time.perf_counter() - began
    return {
        "documents": report.added,
        "chunks": report.chunks,
        "embedded texts": report.texts,
        "seconds to ingest": seconds,
        "embedded texts a second": report.texts / seconds,
        "bare endpoint, texts a second": _endpoint_rate(index, folder),
    }


def _endpoint_rate(index: Index, folder: Path) -> float:
    """What the endpoint alone makes of a sample of the same texts, in requests of the same size."""
    texts = [text for file in find_files([folder]) for each in chunk(load(file)) for text in each.texts()]
    sample = texts[:: max(1, len(texts) // ENDPOINT_SAMPLE)]
    began = time.perf_counter()
    for first in range(0, len(sample), TEXTS_PER_REQUEST):
        index.embedder.embed_passages(sample[first : first + TEXTS_PER_REQUEST])
    return len(sample) / (time.perf_counter() - began)
