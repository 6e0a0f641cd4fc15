"""The index: vectors in ChromaDB, words and texts in SQLite beside it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Self

from filelock import FileLock, Timeout

from kit.problem import Problem
from rag.embedder import Embedder, EndpointEmbedder, Vectors
from rag.files.source import source_of
from rag.passage import TOP_K, Passage
from rag.retrieval.baseline import baseline
from rag.retrieval.neighbours import best_passages
from rag.retrieval.ranking import Rankings, rank
from rag.settings import Settings
from rag.store.documents import DocumentStore
from rag.store.fingerprint import Fingerprint
from rag.store.problems import storage_problems
from rag.store.sync import follow
from rag.store.vectors import VectorStore
from rag.text.halves import whole


class Index:
    """Open it once and ask it often; safe to use from several threads.

    `embedder` stands in for the endpoint of `.env`; `patience` is how many seconds to wait for another process that has
    the index open.
    """

    def __init__(self, settings: Settings, embedder: Embedder | None = None, patience: float = 0) -> None:
        self.settings = settings
        self._patience = patience
        try:
            settings.chroma_path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Problem(
                f"CHROMA_PATH={settings.chroma_path} cannot be a folder: {error.strerror}. Name another in .env.",
                f"CHROMA_PATH={settings.chroma_path} 不能用作文件夹：{error.strerror}。请在 .env 中换一个路径。",
            ) from error
        # One for all indexes of this process, whichever thread they are in.
        self._file_lock = FileLock(settings.chroma_path / "lock", thread_local=False, is_singleton=True)
        # A second process on one folder of Chroma hangs for minutes; a Chroma server takes many.
        if not self.is_shared:
            self._acquire(patience)
        try:
            with storage_problems(settings):
                self.vectors = VectorStore(settings)
                self.documents = DocumentStore(settings.documents_path)
                follow(self.vectors, self.documents)
        except BaseException:
            if not self.is_shared:
                self._file_lock.release()
            raise
        self._given = embedder
        self._embedder: Embedder | None = None
        self._once = RLock()
        self._is_open = True

    @classmethod
    def open(
        cls, settings: Settings | None = None, embedder: Embedder | None = None, patience: float = 0
    ) -> "Index":
        """The index that `.env` names, or an empty one in its place."""
        settings = settings or Settings.from_env()
        if settings.index_url:
            from rag.service.remote import RemoteIndex

            return RemoteIndex(settings)
        return cls(settings, embedder, patience)

    def close(self) -> None:
        self.documents.close()
        if self._is_open and not self.is_shared:
            self._file_lock.release()
        self._is_open = False

    @property
    def is_shared(self) -> bool:
        """Whether others may change the vectors meanwhile."""
        return self.settings.chroma_url is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def embedder(self) -> Embedder:
        """The embedding endpoint, once it is sure that this index was made with the same."""
        with self._once:
            if self._embedder is None:
                embedder = self._given or EndpointEmbedder()
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
        top_k: int = TOP_K,
        source: Path | str | None = None,
        metadata: dict[str, str] | None = None,
        without: Path | str | None = None,
    ) -> list[Passage]:
        """The passages most likely to answer, best first; neighbouring hits come as one passage.

        `source` narrows the search to a file or folder, `metadata` to documents whose front matter has these
        values; `without` leaves a file or folder out.
        """
        question = whole(question)
        if not question.strip():
            raise Problem("the question is empty. Ask something.", "问题是空的，请输入问题。")
        if self.is_shared:
            with self._once, storage_problems(self.settings):
                follow(self.vectors, self.documents)
        if self.documents.counts()[1] == 0:
            raise Problem(
                f"the index in {self.settings.chroma_path} is empty. Fill it: `python -m rag ingest PATH`.",
                f"{self.settings.chroma_path} 中的索引是空的，请先导入文档：`python -m rag ingest 路径`。",
            )
        narrowed = source is not None or metadata is not None or without is not None
        versions = self._versions(source, metadata, without) if narrowed else None
        if versions == []:
            raise Problem(
                f"no document in the index has source {str(source)!r} and metadata {metadata or {}!r}."
                " See what there is: `python -m rag status`.",
                f"索引中没有来源为 {str(source)!r}、元数据为 {metadata or {}!r} 的文档。"
                "可用 `python -m rag status` 查看有哪些文档。",
            )
        with storage_problems(self.settings):
            vector = self.embedder.embed_questions([question])
            return best_passages(self.rank(question, vector, versions), top_k, self.documents)

    def rank(self, question: str, vector: Vectors, versions: Sequence[str] | None = None) -> Rankings:
        """The chunks of `versions`, or of all documents, in the order of each search and of their fusion.

        `vector` is the embedded question, shape (1, dimension).
        """
        with self._once:
            unrelated = baseline(self.documents, self.vectors, self.embedder)
        return rank(question, vector, self.vectors, self.documents, unrelated, versions)

    def reset(self) -> None:
        """Forget every document, and what the index was made with."""
        with storage_problems(self.settings):
            self.vectors.reset()
            self.documents.reset()
        self._embedder = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep every other process from writing into this folder; where a Chroma server takes many, wait for one that
        does."""
        self._acquire(-1 if self.is_shared else self._patience)
        try:
            with storage_problems(self.settings):
                yield
        finally:
            self._file_lock.release()

    def _versions(
        self, source: Path | str | None, metadata: dict[str, str] | None, without: Path | str | None
    ) -> list[str]:
        below, beside = (None if place is None else source_of(place) for place in (source, without))
        return self.documents.live_versions(below, metadata, beside)

    def _acquire(self, timeout: float) -> None:
        try:
            with storage_problems(self.settings):
                self._file_lock.acquire(timeout=timeout)
        except Timeout:
            folder = self.settings.chroma_path
            raise Problem(
                f"another process has the index in {folder} open. End it first; or serve many at once with"
                f" `chroma run --path {folder}` and CHROMA_URL=http://localhost:8000 in .env.",
                f"{folder} 中的索引正被另一个进程使用。请先结束那个进程；如需多个程序同时使用，"
                f"请运行 `chroma run --path {folder}`，并在 .env 中设置 CHROMA_URL=http://localhost:8000。",
            ) from None
