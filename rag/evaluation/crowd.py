"""Made-up chunks by the thousand, to see how the time of a search grows."""

import random
from collections.abc import Iterator

import numpy as np

from rag.embedder import Vectors
from rag.evaluation.dataset import Dataset
from rag.index import Index
from rag.store.records import Version
from rag.text.chunker import Chunk
from rag.text.words import words

CHUNKS_PER_DOCUMENT = 500
WORDS_PER_CHUNK = 60
# How far a made-up vector strays from the mean of the dataset's own, about as far as those do.
SPREAD = 0.4


def crowd(index: Index, dataset: Dataset, count: int) -> Iterator[int]:
    """Put `count` chunks of shuffled words and random vectors into the index; yields how many went in.

    No model is asked, so their ranking means nothing; the work of the searches is that of real ones.
    """
    picker, numbers = random.Random(0), np.random.default_rng(0)
    vocabulary = [word for text in dataset.documents.values() for word in words(text)]
    mean = index.embedder.embed_passages(list(dataset.documents.values())[:32]).mean(axis=0)
    for first in range(0, count, CHUNKS_PER_DOCUMENT):
        size = min(CHUNKS_PER_DOCUMENT, count - first)
        version = Version(f"crowd{first}", f"crowd/{first}", "", "", {}, size)
        chunks = [_chunk(position, picker.choices(vocabulary, k=WORDS_PER_CHUNK)) for position in range(size)]
        index.documents.begin(version)
        vectors = _around(mean, size, numbers)
        # Chunks this short are their own only window.
        index.vectors.put_windows([(version.name, position, 0) for position in range(size)], vectors)
        index.vectors.put_chunks(vectors, [(version, chunk) for chunk in chunks])
        index.documents.publish(version, chunks)
        yield size


def _chunk(position: int, picked: list[str]) -> Chunk:
    text = " ".join(picked)
    return Chunk(position, text, position * 1000, position * 1000 + len(text), "", None, "", "")


def _around(mean: np.ndarray, count: int, numbers: np.random.Generator) -> Vectors:
    noise = numbers.standard_normal((count, len(mean))).astype(np.float32)
    vectors = mean + SPREAD * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
