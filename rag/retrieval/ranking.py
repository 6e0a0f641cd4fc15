"""The chunks in the order in which they may answer a question: dense, BM25, and both fused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kit.language import language_of
from rag.embedder import Vectors
from rag.retrieval.baseline import Baseline
from rag.retrieval.dense import dense_ranking
from rag.retrieval.fusion import fuse
from rag.retrieval.selection import Ranking, Selection
from rag.store.documents import DocumentStore
from rag.store.records import Key
from rag.store.vectors import VectorStore
from rag.text.words import content_words, share_of, words

BM25_DEEP = 50
# BM25 whose best hit holds less of the question's words has not understood it: another language, say. On XQuAD in
# Chinese, recall@1 is 0.963 at 0.1, 0.964 here, 0.961 at 0.3.
LEAST_SHARE_FOR_BM25 = 0.2


@dataclass(frozen=True)
class Rankings:
    """Chunks with their scores, best first. Scores of different rankings cannot be compared.

    `similarities` are the cosines, `relevances` the same on a scale from what says nothing, 0, to the same text, 1. The
    dense ranking is in the order of the latter: they differ where the languages of question and document do.
    """

    dense: Ranking
    bm25: Ranking
    fused: Ranking
    similarities: Mapping[Key, float]
    relevances: Mapping[Key, float]


def rank(
    question: str,
    vector: Vectors,
    vectors: VectorStore,
    documents: DocumentStore,
    baseline: Baseline,
    versions: Sequence[str] | None = None,
) -> Rankings:
    """Rank the chunks of `versions`, or of all live documents; `vector` is the question's, shape (1, dimension)."""
    similarities: dict[Key, float] = {}
    relevances: dict[Key, float] = {}
    for language, nothing in baseline[language_of(question)].items():
        if selection := Selection.in_language(language, versions, documents):
            for key, similarity in dense_ranking(selection, vectors, vector):
                similarities[key] = similarity
                relevances[key] = (similarity - nothing) / (1 - nothing)
    dense = sorted(relevances.items(), key=lambda pair: -pair[1])
    terms = content_words(question)
    bm25 = documents.search(terms, BM25_DEEP, versions)
    rankings = [dense]
    if bm25 and _understood(terms, bm25[0][0], documents):
        # Where the two disagree, the third asks how sure each of them was.
        rankings += [bm25, _sum_of_scores(dense, bm25)]
    fused = fuse([[key for key, _ in ranking] for ranking in rankings])
    return Rankings(dense, bm25, fused, similarities, relevances)


def _sum_of_scores(dense: Ranking, bm25: Ranking) -> Ranking:
    """The sum of both scores, each scaled to 1 for its best: BM25 from 0, similarity from its 50th."""
    similarities = [similarity for _, similarity in dense[:BM25_DEEP]] or [0.0]
    least = similarities[-1]
    span = similarities[0] - least or 1.0
    total = {key: max(0.0, (similarity - least) / span) for key, similarity in dense}
    for key, score in bm25:
        total[key] = total.get(key, 0.0) + score / bm25[0][1]
    return sorted(total.items(), key=lambda pair: -pair[1])


def _understood(terms: Sequence[str], best: Key, documents: DocumentStore) -> bool:
    """Whether the best hit of BM25 is worth anything; not, if it was replaced meanwhile."""
    return any(
        share_of(terms, set(words(chunk.in_context))) >= LEAST_SHARE_FOR_BM25
        for chunk, _ in documents.read([best]).values()
    )
