"""Vectors: there, in order, and near where the meaning is near."""

import base64
import math
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from kit.doctor.finding import Finding, error, note, ok
from kit.doctor.probes.api import Api, Refused

CAT, KITTEN, TAX = "A cat sleeps on the sofa.", "A kitten naps on the couch.", "Tax forms are due in April."
# multilingual-e5-small has the first two nearer by 0.07; a wrong pooling by nothing.
LEAST_DIFFERENCE = 0.02


def vectors(api: Api) -> Iterator[Finding]:
    try:
        cat, kitten, tax = _embed(api, [CAT, KITTEN, TAX])
        [alone] = _embed(api, [TAX])
    except (Refused, ValueError) as refused:
        yield error(
            "can.embeddings",
            f"embeddings: {refused}. Correct EMBEDDING_MODEL_NAME={api.place.model} and"
            " EMBEDDING_MODEL_BASE_URL in .env,"
            " for example to those of `python -m server`.",
            f"嵌入向量：{refused}。请更正 .env 中的 EMBEDDING_MODEL_NAME={api.place.model} 和"
            " EMBEDDING_MODEL_BASE_URL，"
            "例如指向 `python -m server`。",
        )
        return
    if _cosine(alone, tax) < 0.99:
        yield error(
            "can.embeddings_order",
            "embeddings: the vector of a text alone is not the one it has in a list; the server mixes them up."
            " Send one text a request, or take another EMBEDDING_MODEL_BASE_URL.",
            "嵌入向量：同一段文本单独请求与批量请求的结果不同，服务器弄混了顺序。"
            "请每次只发一段，或更换 EMBEDDING_MODEL_BASE_URL。",
        )
    near, far = _cosine(cat, kitten), _cosine(cat, tax)
    told = f"cosine {near:.2f} (alike), {far:.2f} (unlike)"
    if near - far < LEAST_DIFFERENCE:
        yield error(
            "can.pooling",
            f"embeddings tell nothing apart: {told}. {api.place.model} is a chat model or pools wrongly; set"
            " EMBEDDING_MODEL=multilingual-e5-small (llama-server: --embeddings --pooling mean), then ingest anew.",
            f"嵌入向量无法区分语义：{told}。{api.place.model} 是对话模型，或池化方式不对；请改用"
            " EMBEDDING_MODEL=multilingual-e5-small（llama-server：--embeddings --pooling mean），然后重新导入文档。",
        )
    else:
        size = f"{len(cat)} dimensions, {told}"
        yield ok("can.embeddings", f"embeddings: {size}", f"嵌入向量：{size}")


def as_base64(api: Api) -> Iterator[Finding]:
    """How the openai package asks unless it is told otherwise."""
    try:
        [data] = _data(api, [CAT], encoding_format="base64")
        packed = data["embedding"]
        if isinstance(packed, str):
            raw = base64.b64decode(packed)
            struct.unpack(f"<{len(raw) // 4}f", raw)
            yield ok("can.embeddings_base64", "embeddings in base64", "base64 嵌入向量")
            return
    except (Refused, ValueError, KeyError, struct.error):
        pass
    yield note(
        "can.embeddings_base64",
        'embeddings in base64 do not come: pass encoding_format="float" to the openai package.',
        '不支持 base64 嵌入向量：使用 openai 包时请传 encoding_format="float"。',
    )


def _embed(api: Api, texts: Sequence[str]) -> list[list[float]]:
    """Raises `ValueError` for what is not as many vectors of numbers."""
    found = [item.get("embedding") for item in _data(api, texts, encoding_format="float")]
    for vector in found:
        if not (isinstance(vector, list) and vector and all(isinstance(x, int | float) for x in vector)):
            raise ValueError("an answer without vectors")
        if not all(map(math.isfinite, vector)) or not any(vector):
            raise ValueError("a vector of zeros or of no numbers")
    if len(found) != len(texts):
        raise ValueError(f"{len(found)} vectors for {len(texts)} texts")
    return found  # type: ignore[return-value]


def _data(api: Api, texts: Sequence[str], **more: Any) -> list[dict[str, Any]]:
    told = api.post("/embeddings", {"model": api.place.model, "input": list(texts)} | more).get("data")
    if not (isinstance(told, list) and all(isinstance(item, dict) for item in told)):
        raise ValueError("an answer without vectors")
    return told


def _cosine(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / (math.hypot(*a) * math.hypot(*b))
