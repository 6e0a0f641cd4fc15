"""The served embedding model, for the index, without a detour over HTTP."""

import asyncio
from collections.abc import Sequence

import numpy as np

from server.api.served import EMBEDDING_ID, Served
from server.engine.encoders.embedder import Embedder
from server.engine.worker import ModelUnloaded

LOOK_SECONDS = 0.5

Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]


class ServedEmbedder:
    """What `rag` takes for an embedding endpoint. To be called from threads, never from the event loop.

    It stands for one model file: once another is served, it raises ModelUnloaded.
    """

    def __init__(self, served: Served, loop: asyncio.AbstractEventLoop) -> None:
        self._served = served
        self._loop = loop
        self.file = served.embedding.model.path
        entry = served.embedding_entry
        self.model = f"{EMBEDDING_ID} ({self.file.name})"  # as the endpoint calls it
        self.query_prefix = entry.query_prefix if entry else ""
        self.passage_prefix = entry.passage_prefix if entry else ""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed([self.passage_prefix + text for text in texts])

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        return self._embed([self.query_prefix + question for question in questions])

    def count_tokens(self, text: str) -> int:
        return len(self._embedder().tokenize(self.passage_prefix + text))

    @property
    def is_served(self) -> bool:
        return self._served.embedding.model.path == self.file

    def _embedder(self) -> Embedder:
        embedder = self._served.embedding
        if embedder.model.path != self.file:
            raise ModelUnloaded
        return embedder

    def _embed(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.empty((0, 0), np.float32)
        embedder = self._embedder()
        tokens = [embedder.tokenize(text) for text in texts]
        vectors = asyncio.run_coroutine_threadsafe(embedder.embed(tokens), self._loop)
        while not self._loop.is_closed():
            try:
                return np.array(vectors.result(LOOK_SECONDS), np.float32)
            except TimeoutError:
                continue
        raise ModelUnloaded  # the server stops
