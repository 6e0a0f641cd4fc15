"""What `.env` says about the index."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from kit.env import load_env, setting
from kit.problem import Problem

DEFAULT_COLLECTION = "rag"
# What Chroma takes, and what is one name on file systems that do not tell capitals from small letters.
COLLECTION = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class Settings:
    """`chroma_url` names a Chroma server; without one the vectors lie in `chroma_path` as well. `index_url` names a
    machine that keeps all of it: `python -m rag serve`.

    Each `collection` is an index of its own in there: documents of one are never found in another.
    """

    chroma_path: Path
    chroma_url: str | None = None
    collection: str = DEFAULT_COLLECTION
    chroma_tenant: str = "default_tenant"
    chroma_database: str = "default_database"
    chroma_api_key: str = field(default="", repr=False)
    index_url: str | None = None
    index_api_key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not COLLECTION.fullmatch(self.collection):
            raise Problem(
                f"{self.collection!r} cannot name a collection. Take up to 40 of a-z, 0-9, and . _ - in between.",
                f"{self.collection!r} 不能用作集合名。请用不超过 40 个小写字母、数字，中间可以有 . _ -。",
            )

    @property
    def documents_path(self) -> Path:
        of = "" if self.collection == DEFAULT_COLLECTION else f"-{self.collection}"
        return self.chroma_path / f"documents{of}.sqlite3"

    def require_collection(self) -> None:
        """Raise `Problem` for one that nothing was ever put into: asking must not make it. Others may have put
        something into that of a server."""
        if (
            self.chroma_url
            or self.index_url
            or self.collection == DEFAULT_COLLECTION
            or self.documents_path.exists()
        ):
            return
        there = sorted(
            path.stem.removeprefix("documents-") for path in self.chroma_path.glob("documents-*.sqlite3")
        )
        raise Problem(
            f"there is no collection {self.collection!r} in {self.chroma_path}; there are: {DEFAULT_COLLECTION}"
            f"{''.join(f', {name}' for name in there)}. Correct the name, or make it:"
            f" `python -m rag ingest PATH --collection {self.collection}`.",
            f"{self.chroma_path} 中没有集合 {self.collection!r}，已有：{DEFAULT_COLLECTION}"
            f"{''.join(f'、{name}' for name in there)}。请更正名称，或新建："
            f"`python -m rag ingest 路径 --collection {self.collection}`。",
        )

    @classmethod
    def from_env(cls, collection: str | None = None) -> "Settings":
        load_env()
        return cls(
            chroma_path=Path(setting("CHROMA_PATH", ".chroma")),
            chroma_url=setting("CHROMA_URL") or None,
            collection=collection or setting("CHROMA_COLLECTION", DEFAULT_COLLECTION),
            chroma_tenant=setting("CHROMA_TENANT", cls.chroma_tenant),
            chroma_database=setting("CHROMA_DATABASE", cls.chroma_database),
            chroma_api_key=setting("CHROMA_API_KEY"),
            index_url=setting("INDEX_URL") or None,
            index_api_key=setting("INDEX_API_KEY"),
        )
