"""The embedding endpoint, with the prefixes that its model was trained on."""

import os
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import openai
from openai.types import Model

from kit.api_problems import api_problems
from kit.endpoint import PROBE_SECONDS, answer_of_a_model, endpoint
from kit.problem import Problem

Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]

# Families whose prefixes are part of the model, by a piece of the name, for servers that do not tell them.
KNOWN_PREFIXES = {
    "e5-": ("query: ", "passage: "),
    "nomic-embed": ("search_query: ", "search_document: "),
}


class Embedder(Protocol):
    """Unit vectors of questions and passages, float32, shape (texts, dimension).

    `model` and the prefixes tell an index later whether it was made with the same.
    """

    model: str
    query_prefix: str
    passage_prefix: str

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...
    def embed_questions(self, questions: Sequence[str]) -> Vectors: ...


class EndpointEmbedder:
    """The vectors of the endpoint that `.env` names."""

    def __init__(self) -> None:
        place = endpoint("EMBEDDING")
        self._name = place.model
        self._client = openai.OpenAI(base_url=place.base_url, api_key=place.api_key)
        card = self._card()
        file = card.get("file")
        self.model = f"{place.model} ({file})" if file else place.model
        self.query_prefix, self.passage_prefix = self._prefixes(card)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed([self.passage_prefix + text for text in texts])

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        return self._embed([self.query_prefix + question for question in questions])

    def _embed(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.empty((0, 0), dtype=np.float32)
        with answer_of_a_model("EMBEDDING"):
            try:
                answer = self._client.embeddings.create(model=self._name, input=texts)
            except openai.BadRequestError:
                if len(texts) == 1:
                    raise
                # Cloud providers take fewer texts in a request, some no more than ten.
                half = len(texts) // 2
                return np.concatenate([self._embed(texts[:half]), self._embed(texts[half:])])
            vectors = _unit_vectors([item.embedding for item in answer.data])
        if len(vectors) != len(texts):
            raise Problem(
                f"the embedding endpoint gave {len(vectors)} vectors for {len(texts)} texts."
                " Check EMBEDDING_MODEL_BASE_URL in .env.",
                f"嵌入接口对 {len(texts)} 段文本返回了 {len(vectors)} 个向量。"
                "请检查 .env 中的 EMBEDDING_MODEL_BASE_URL。",
            )
        return vectors

    def _card(self) -> dict[str, str]:
        """What the endpoint tells of the model in words; our own server tells its file and its prefixes."""
        with api_problems("EMBEDDING"):
            try:
                probe = self._client.with_options(timeout=PROBE_SECONDS, max_retries=0)
                card = probe.models.retrieve(self._name)
                told = card.model_dump() if isinstance(card, Model) else {}
                return {name: value for name, value in told.items() if isinstance(value, str)}
            except (openai.NotFoundError, openai.PermissionDeniedError, openai.BadRequestError, ValueError):
                return {}  # not every provider tells of single models

    def _prefixes(self, card: dict[str, str]) -> tuple[str, str]:
        """`.env` first, then what the server tells of the model, then what is known of its name."""
        # Not by setting(): the space at the end of a prefix counts, and an empty one says that there is none.
        from_env = os.environ.get("EMBEDDING_QUERY_PREFIX"), os.environ.get("EMBEDDING_PASSAGE_PREFIX")
        if from_env != (None, None):
            return from_env[0] or "", from_env[1] or ""
        if "query_prefix" in card or "passage_prefix" in card:
            return card.get("query_prefix", ""), card.get("passage_prefix", "")
        known = [prefixes for family, prefixes in KNOWN_PREFIXES.items() if family in self._name.lower()]
        return known[0] if known else ("", "")


def _unit_vectors(lists: list[list[float]]) -> Vectors:
    """Raises `ValueError` or `TypeError` for what are no vectors of one length, or have no direction."""
    with np.errstate(over="ignore", invalid="ignore"):
        vectors = np.array(lists, dtype=np.float32)
        if vectors.ndim != 2:
            raise ValueError(f"no vectors but an array of shape {vectors.shape}")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not ((lengths > 0) & np.isfinite(lengths)).all():
        raise ValueError("vectors of no length, or none that can be calculated")
    unit: Vectors = vectors / lengths
    return unit
