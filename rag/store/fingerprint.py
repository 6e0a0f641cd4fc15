"""What an index was made with, so that nothing else is ever mixed into it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kit.problem import Problem
from rag.embedder import Embedder
from rag.text.chunker import CHUNK_TOKENS, CHUNKER_VERSION, WINDOW_TOKENS
from rag.text.words import TOKENIZER_VERSION

PROBE = "The quick brown fox jumps over the lazy dog. 敏捷的棕色狐狸跳过懒狗。"
PROBE_NUMBERS = 32
# Another batch, thread count or machine moves a vector in the third digit; another model's has no likeness.
LEAST_PROBE_SIMILARITY = 0.95


@dataclass(frozen=True)
class Fingerprint:
    """`probe` is the beginning of the vector of a fixed text: it tells models apart that share a name."""

    embedding_model: str
    dimension: int
    query_prefix: str
    passage_prefix: str
    chunker: str
    tokenizer: int
    distance: str
    sources: str
    probe: str

    @classmethod
    def now(cls, embedder: Embedder) -> "Fingerprint":
        vector = embedder.embed_passages([PROBE])[0]
        return cls(
            embedding_model=embedder.model,
            dimension=len(vector),
            query_prefix=embedder.query_prefix,
            passage_prefix=embedder.passage_prefix,
            chunker=f"{CHUNKER_VERSION}, {CHUNK_TOKENS}/{WINDOW_TOKENS} tokens",
            tokenizer=TOKENIZER_VERSION,
            distance="cosine",
            sources="absolute paths",
            probe=json.dumps([round(float(number), 4) for number in vector[:PROBE_NUMBERS]]),
        )

    def as_metadata(self) -> dict[str, Any]:
        return asdict(self)

    def check(self, recorded: Mapping[str, Any]) -> None:
        """Raise `Problem` where an index with this metadata was made with something else."""
        differences = [
            f"{name}: {recorded.get(name)!r} ≠ {value!r}"
            for name, value in asdict(self).items()
            if name != "probe" and recorded.get(name) != value
        ]
        if not differences and not _alike(self.probe, str(recorded.get("probe"))):
            differences = [f"embedding_model: {self.embedding_model!r} now gives other vectors"]
        if differences:
            listed = "; ".join(differences)
            raise Problem(
                f"the index was made with other settings than today's ({listed}). Go back to those, or make"
                " it anew: `python -m rag reset`, then `python -m rag ingest PATH`.",
                f"索引建立时的设置与现在不同（{listed}）。请恢复原设置，或重建索引："
                "先运行 `python -m rag reset`，再运行 `python -m rag ingest 路径`。",
            )


def _alike(probe: str, other: str) -> bool:
    a, b = np.array(json.loads(probe)), np.array(json.loads(other))
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)) > LEAST_PROBE_SIMILARITY
