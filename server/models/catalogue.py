"""The models that the kit knows, read from `catalogue.toml`."""

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from kit.problem import Problem
from server.models.memory import CHAT_CONTEXT, WINDOW, WORKING_BYTES, Layers
from server.models.sources.source import HubFile, Wheels

Role = Literal["chat", "embedding", "rerank"]
# What names a model of each role in `.env`
VARIABLES: dict[Role, str] = {"chat": "CHAT_MODEL", "embedding": "EMBEDDING_MODEL", "rerank": "RERANK_MODEL"}

FILE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True)
class CatalogueEntry:
    """What is known of one model before it is loaded. `catalogue.toml` explains the fields."""

    id: str
    role: Role
    name: str
    file: str
    size: int
    sha256: str
    licence: str
    context: int
    languages: tuple[str, ...]
    advice: dict[Literal["en", "zh"], str]
    measured: bool
    sources: tuple[HubFile | Wheels, ...]
    layers: Layers | None = None
    sampling: dict[str, Any] = field(default_factory=dict)
    dimensions: int | None = None
    matryoshka: bool = False
    normalize: Literal["NFKC"] | None = None
    query_prefix: str = ""
    passage_prefix: str = ""

    def __str__(self) -> str:
        return self.id

    @property
    def hubs(self) -> list[HubFile]:
        return [source for source in self.sources if isinstance(source, HubFile)]

    @property
    def wheels(self) -> Wheels | None:
        return next((source for source in self.sources if isinstance(source, Wheels)), None)

    @property
    def ram_bytes(self) -> int:
        """What a server takes with this chat model, or more with this model of another role."""
        tokens, working = (CHAT_CONTEXT, WORKING_BYTES) if self.role == "chat" else (WINDOW, 0)
        kept = self.layers.context(min(tokens, self.context)) if self.layers else 0
        return self.size + kept + working


def entries() -> tuple[CatalogueEntry, ...]:
    return _read(FILE)


def find(model_id: str) -> CatalogueEntry | None:
    return next((entry for entry in entries() if entry.id == model_id), None)


def of_hub(file: HubFile) -> CatalogueEntry | None:
    """The model that a hub has under this name, which to hubs is the same in capitals."""
    named = str(file).lower()
    return next((entry for entry in entries() if named in (str(hub).lower() for hub in entry.hubs)), None)


def get(model_id: str) -> CatalogueEntry:
    """Raises `Problem` with the ids there are."""
    if entry := find(model_id):
        return entry
    ids = ", ".join(entry.id for entry in entries())
    raise Problem(
        f"There is no model {model_id!r} in the catalogue. Choose one of: {ids}; or give the path of a .gguf "
        "file, hf:OWNER/NAME/FILE.gguf or modelscope:OWNER/NAME/FILE.gguf.",
        f"目录中没有模型 {model_id!r}。可选：{ids}；也可以写 .gguf 文件的路径、hf:作者/仓库/文件.gguf 或 "
        "modelscope:作者/仓库/文件.gguf。",
    )


@lru_cache
def _read(file: Path) -> tuple[CatalogueEntry, ...]:
    with file.open("rb") as stream:
        return tuple(_entry(table) for table in tomllib.load(stream)["model"])


def _entry(table: dict[str, Any]) -> CatalogueEntry:
    sources: list[HubFile | Wheels] = [HubFile.parse(reference) for reference in table.pop("hubs", [])]
    if carrier := table.pop("wheels", None):
        whole = {"size": table["size"], "sha256": table["sha256"], "parts": 1} | carrier
        sources.append(Wheels(**({"part_bytes": whole["size"]} | whole)))
    if layers := table.pop("layers", None):
        table["layers"] = Layers(**layers)
    return CatalogueEntry(**table | {"languages": tuple(table["languages"]), "sources": tuple(sources)})
