"""The similarity that says nothing: what an index shows to questions that it has nothing to do with.

It is another one for each pair of languages: models put a question nearer to anything in its own language than to its
answer in another.
"""

from collections.abc import Mapping
from statistics import median
from typing import get_args

from kit.language import Language
from rag.embedder import Embedder, Vectors
from rag.retrieval.dense import dense_ranking
from rag.retrieval.selection import Selection
from rag.store.documents import DocumentStore
from rag.store.vectors import VectorStore

# Every model has its own idea of how alike strangers are: 0.8 for e5, 0.2 for others; more in one language than in
# another, and more in a large collection. Whatever an index is about, most of these are about something else.
# After a change here, `python -m rag reset`.
UNRELATED: dict[Language, list[str]] = {
    "en": [
        "How do I get a coffee stain out of a carpet?",
        "How long does a tortoise live?",
        "Which key is a clarinet tuned in?",
        "How often should I water a cactus?",
        "Why do my knitting needles slip?",
        "What is the best bait for catching trout?",
        "How thick should the ice be for skating?",
    ],
    "zh": [
        "地毯上的咖啡渍怎么去掉？",
        "乌龟能活多少年？",
        "单簧管是什么调的乐器？",
        "仙人掌多久浇一次水？",
        "织毛衣时针脚太松怎么办？",
        "钓鳟鱼用什么鱼饵最好？",
        "冰面多厚才能滑冰？",
    ],
}

# As long as so much of the index is what it was when the baseline was measured, the baseline holds: a tenth of XQuAD
# less lowers it by 0.003 at most, half of it by 0.011, nine tenths by 0.025.
LEAST_SHARE_KEPT = 0.9


Baseline = Mapping[Language, Mapping[Language, float]]


def baseline(documents: DocumentStore, vectors: VectorStore, embedder: Embedder) -> Baseline:
    """By the language of question and of documents, the median of the best similarities that unrelated questions find.

    It is kept with the documents and measured anew when more than a tenth of the chunks came or went since.
    """
    known = documents.baseline
    now = documents.counts()[1]
    if known and known.kept >= LEAST_SHARE_KEPT * max(known.chunks, now):
        return known.similarities
    selections = {
        language: Selection.in_language(language, None, documents) for language in get_args(Language)
    }
    measured = {
        asked_in: {
            language: median(_best(selection, vectors, vector[None]) for vector in asked)
            for language, selection in selections.items()
            if selection
        }
        for asked_in, asked in (
            (language, embedder.embed_questions(questions)) for language, questions in UNRELATED.items()
        )
    }
    documents.set_baseline(measured)
    return measured


def _best(selection: Selection, vectors: VectorStore, vector: Vectors) -> float:
    return dense_ranking(selection, vectors, vector)[0][1]
