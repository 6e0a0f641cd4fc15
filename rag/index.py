"""The index: vectors in ChromaDB, words and texts in the ledger beside it."""

import sqlite3
from collections.abc import Sequence
from typing import Self

from chromadb.errors import ChromaError
from filelock import FileLock, Timeout

from kit.problem import Problem
from rag.background import background
from rag.embedder import Embedder, Vectors
from rag.fingerprint import Fingerprint
from rag.ledger import Ledger
from rag.passage import Passage
from rag.retrieve import Rankings, rank
from rag.sentences import Language, language_of
from rag.settings import Settings
from rag.stretch import LONGEST_STRETCH, Stretch
from rag.sync import follow
from rag.vectors import VectorStore


class Index:
    """Open it once and ask it often; safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        try:
            settings.chroma_path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Problem(
                f"CHROMA_PATH={settings.chroma_path} cannot be a folder: {error.strerror}. Name another in .env.",
                f"CHROMA_PATH={settings.chroma_path} 不能用作文件夹：{error.strerror}。请在 .env 中换一个路径。",
            ) from error
        self._file_lock = FileLock(settings.chroma_path / "lock")
        # A second process on one folder of Chroma hangs for minutes; a Chroma server takes many.
        if settings.chroma_url is None:
            self.own()
        try:
            self.vectors = VectorStore(settings)
            self.ledger = Ledger(settings.chroma_path / "ledger.sqlite3")
            follow(self.vectors, self.ledger)
        except BaseException as error:
            self._file_lock.release()
            if isinstance(error, (sqlite3.DatabaseError, ChromaError)):
                raise _broken(settings, error) from error
            raise
        self._embedder: Embedder | None = None
        self._measured: tuple[str | None, dict[Language, float]] | None = None

    @classmethod
    def open(cls, settings: Settings | None = None) -> Self:
        """The index that `.env` names, or an empty one in its place."""
        return cls(settings or Settings.from_env())

    def close(self) -> None:
        self.ledger.close()
        self._file_lock.release(force=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def embedder(self) -> Embedder:
        """The embedding endpoint, once it is sure that this index was made with the same."""
        if self._embedder is None:
            embedder = Embedder()
            fingerprint = Fingerprint.now(embedder)
            if recorded := self.vectors.metadata:
                fingerprint.check(recorded)
            else:
                self.vectors.set_metadata(fingerprint.as_metadata())
            self._embedder = embedder
        return self._embedder

    def search(
        self,
        question: str,
        top_k: int = 5,
        source: str | None = None,
        metadata: dict[str, str] | None = None,
        without: str | None = None,
    ) -> list[Passage]:
        """The passages most likely to answer, best first; neighbouring hits come as one passage.

        `source` narrows the search to a file or folder, `metadata` to documents whose front matter has these
        values; `without` leaves a file or folder out.
        """
        if not question.strip():
            raise Problem("the question is empty. Ask something.", "问题是空的，请输入问题。")
        if self.ledger.counts()[1] == 0:
            raise Problem(
                f"the index in {self.settings.chroma_path} is empty. Fill it: `python -m rag ingest PATH`.",
                f"{self.settings.chroma_path} 中的索引是空的，请先导入文档：`python -m rag ingest 路径`。",
            )
        narrowed = source is not None or metadata is not None or without is not None
        versions = self.ledger.live_versions(source, metadata, without) if narrowed else None
        if versions == []:
            raise Problem(
                f"no document in the index has source {source!r} and metadata {metadata or {}!r}."
                " See what there is: `python -m rag status`.",
                f"索引中没有来源为 {source!r}、元数据为 {metadata or {}!r} 的文档。"
                "可用 `python -m rag status` 查看有哪些文档。",
            )
        vector = self.embedder.embed_questions([question])
        floor = self._background()[language_of(question)]
        return self._passages(self.rank(question, vector, versions), top_k, floor)

    def rank(self, question: str, vector: Vectors, versions: Sequence[str] | None = None) -> Rankings:
        """The chunks of `versions`, or of all documents, in the order of each search and of their fusion.

        `vector` is the embedded question, shape (1, dimension).
        """
        return rank(question, vector, self.vectors, self.ledger, versions)

    def reset(self) -> None:
        """Forget every document, and what the index was made with."""
        self.vectors.reset()
        self.ledger.reset()
        self._embedder = None

    def _background(self) -> dict[Language, float]:
        """Measured anew when the index has changed."""
        revision = self.ledger.revision
        if self._measured is None or self._measured[0] != revision:
            self._measured = revision, background(self.embedder, self.vectors)
        return self._measured[1]

    def _passages(self, rankings: Rankings, top_k: int, floor: float) -> list[Passage]:
        similarities = dict(rankings.dense)
        stretches: list[Stretch] = []
        # Merging needs some more than are asked for.
        for key, score in rankings.fused[: top_k * LONGEST_STRETCH]:
            if key in (found := self.ledger.read([key])):
                chunk, version = found[key]
                similarity = similarities.get(key)
                relevance = None if similarity is None else (similarity - floor) / (1 - floor)
                hit = Stretch([chunk], version, score, similarity, relevance)
                stretches = hit.joined_to(stretches, top_k)
        return [stretch.passage() for stretch in stretches]

    def own(self) -> None:
        """Keep every other process out of this folder until the index is closed."""
        try:
            self._file_lock.acquire(timeout=0)
        except Timeout:
            folder = self.settings.chroma_path
            raise Problem(
                f"another process has the index in {folder} open. End it first; or serve many at once with"
                f" `chroma run --path {folder}` and CHROMA_URL=http://localhost:8000 in .env.",
                f"{folder} 中的索引正被另一个进程使用。请先结束那个进程；如需多个程序同时使用，"
                f"请运行 `chroma run --path {folder}`，并在 .env 中设置 CHROMA_URL=http://localhost:8000。",
            ) from None


def _broken(settings: Settings, error: Exception) -> Problem:
    folder = settings.chroma_path
    return Problem(
        f"the index in {folder} is damaged ({error}). Delete that folder and ingest the documents again.",
        f"{folder} 中的索引已损坏（{error}）。请删除该文件夹，然后重新导入文档。",
    )
