"""The row to beat: what a hundred-line Chroma tutorial does, with the same embedding model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import chromadb
from chromadb.config import Settings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from kit.api_problems import api_problems
from kit.endpoint import embeddings
from rag.evaluation import metrics
from rag.evaluation.dataset import Place

TEXTS_PER_CALL = 1000


class Tutorial:
    """The splitter's and Chroma's defaults, dense only, no prefixes."""

    def __init__(self, folder: Path, documents: dict[str, str]) -> None:
        client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
        self._collection = client.create_collection("tutorial", embedding_function=None)
        self._embeddings = embeddings()
        splitter = RecursiveCharacterTextSplitter(add_start_index=True)
        pieces = [
            (piece.page_content, Place(name, start, start + len(piece.page_content)))
            for name, text in documents.items()
            for piece in splitter.create_documents([text])
            for start in [piece.metadata["start_index"]]
        ]
        self._places = [place for _, place in pieces]
        for first in range(0, len(pieces), TEXTS_PER_CALL):
            some = [text for text, _ in pieces[first : first + TEXTS_PER_CALL]]
            with api_problems():
                vectors: list[Any] = self._embeddings.embed_documents(some)
            self._collection.add(
                ids=[str(first + n) for n in range(len(some))], embeddings=vectors, documents=some
            )

    def rank(self, questions: Sequence[str]) -> list[list[Place]]:
        with api_problems():
            vectors: list[Any] = self._embeddings.embed_documents(list(questions))
        found = self._collection.query(
            query_embeddings=vectors, n_results=min(metrics.DEEP, len(self._places)), include=[]
        )
        return [[self._places[int(id_)] for id_ in ids] for ids in found["ids"]]
