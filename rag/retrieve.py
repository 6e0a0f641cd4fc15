"""A question into ranked chunks: by meaning, by words, and by both."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.embedder import Vectors
from rag.fusion import fuse
from rag.ledger import Key, Ledger
from rag.selection import Ranking, Selection
from rag.vectors import VectorStore
from rag.words import question_words, words

# How deep each search looks. On XQuAD the deepest ones (every chunk, every window) rank the same.
CHUNKS_DEEP = 100
WINDOWS_DEEP = 300
WORDS_DEEP = 50
# A sentence is nearer to a question than the text around it, which still tells what it is about.
WEIGHT_OF_WINDOW = 0.6
# A word search whose best hit holds less of the question's words has not understood it: another language, say.
LEAST_SHARE_OF_WORDS = 0.2


@dataclass(frozen=True)
class Rankings:
    """Chunks with their scores, best first. Scores of different rankings cannot be compared."""

    dense: Ranking
    words: Ranking
    fused: Ranking


def rank(
    question: str,
    vector: Vectors,
    vectors: VectorStore,
    ledger: Ledger,
    versions: Sequence[str] | None = None,
) -> Rankings:
    """Rank the chunks of `versions`, or of all live documents; `vector` is the question's, shape (1, dimension)."""
    selection = Selection.of(versions, ledger)
    dense = by_meaning(
        selection.nearest(vectors.nearest_chunks, vector, CHUNKS_DEEP),
        selection.nearest(vectors.nearest_windows, vector, WINDOWS_DEEP),
    )
    terms = question_words(question)
    by_words = ledger.search(terms, WORDS_DEEP, versions)
    rankings = [dense]
    if by_words and _share(terms, ledger, by_words[0][0]) >= LEAST_SHARE_OF_WORDS:
        # Where the two disagree, the third asks how sure each of them was.
        rankings += [by_words, _by_both(dense, by_words)]
    return Rankings(dense, by_words, fuse([[key for key, _ in ranking] for ranking in rankings]))


def by_meaning(chunks: Ranking, windows: Ranking) -> Ranking:
    """A chunk's own similarity and its best window's, weighted; one not found counts as the last that was."""
    best_window: dict[Key, float] = {}
    for key, similarity in windows:
        best_window.setdefault(key, similarity)
    whole = dict(chunks)
    least_whole = min(whole.values(), default=0.0)
    least_window = min(best_window.values(), default=0.0)
    weighted = {
        key: (1 - WEIGHT_OF_WINDOW) * whole.get(key, least_whole)
        + WEIGHT_OF_WINDOW * best_window.get(key, least_window)
        for key in dict.fromkeys([*whole, *best_window])
    }
    return sorted(weighted.items(), key=lambda pair: -pair[1])


def _by_both(dense: Ranking, by_words: Ranking) -> Ranking:
    """The sum of both scores, each scaled to 1 for its best: BM25 from 0, similarity from its 50th."""
    best, least = dense[0][1], dense[:WORDS_DEEP][-1][1]
    span = best - least or 1.0
    total = {key: max(0.0, (similarity - least) / span) for key, similarity in dense}
    for key, score in by_words:
        total[key] = total.get(key, 0.0) + score / by_words[0][1]
    return sorted(total.items(), key=lambda pair: -pair[1])


def _share(terms: Sequence[str], ledger: Ledger, key: Key) -> float:
    """The part of the terms that stand in a chunk."""
    chunk, _ = ledger.read([key])[key]
    held = set(words(chunk.in_context))
    return sum(term in held for term in terms) / len(terms)
