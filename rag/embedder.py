"""The embedding endpoint, with the prefixes that its model was trained on."""

import os
from collections.abc import Sequence

import numpy as np
import openai

from kit.api_problems import api_problems
from kit.endpoint import PROBE_SECONDS, endpoint
from kit.problem import Problem

Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]

# For a server whose model card says nothing; the names are what `.env` calls the models.
KNOWN_PREFIXES = {"moly-embedding": ("query: ", "passage: ")}


class Embedder:
    """Unit vectors of questions and passages, float32, shape (texts, dimension)."""

    def __init__(self) -> None:
        place = endpoint("EMBEDDING")
        self.model = place.model
        self._client = openai.OpenAI(base_url=place.base_url, api_key=place.api_key)
        self.query_prefix, self.passage_prefix = self._prefixes()

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed([self.passage_prefix + text for text in texts])

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        return self._embed([self.query_prefix + question for question in questions])

    def _embed(self, texts: list[str]) -> Vectors:
        with api_problems():
            answer = self._client.embeddings.create(model=self.model, input=texts)
        vectors = np.array([item.embedding for item in answer.data], dtype=np.float32)
        if len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise Problem(
                f"the embedding endpoint gave {len(vectors)} vectors for {len(texts)} texts, or no numbers."
                " Check EMBEDDING_MODEL_BASE_URL in .env.",
                f"嵌入接口对 {len(texts)} 段文本返回了 {len(vectors)} 个向量，或含有无效数值。"
                "请检查 .env 中的 EMBEDDING_MODEL_BASE_URL。",
            )
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def _prefixes(self) -> tuple[str, str]:
        """`.env` first, then what the server tells of the model, then what is known of its name."""
        from_env = os.environ.get("EMBEDDING_QUERY_PREFIX"), os.environ.get("EMBEDDING_PASSAGE_PREFIX")
        if from_env[0] is not None or from_env[1] is not None:
            return from_env[0] or "", from_env[1] or ""
        with api_problems():
            try:
                probe = self._client.with_options(timeout=PROBE_SECONDS, max_retries=0)
                card = probe.models.retrieve(self.model).model_dump()
            except (openai.NotFoundError, openai.PermissionDeniedError):
                card = {}  # not every provider tells of single models
        if "query_prefix" in card or "passage_prefix" in card:
            return card.get("query_prefix") or "", card.get("passage_prefix") or ""
        return KNOWN_PREFIXES.get(self.model, ("", ""))
