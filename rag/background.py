"""The similarity that says nothing: what an index shows to questions that it has nothing to do with."""

from statistics import median

from rag.embedder import Embedder, Vectors
from rag.retrieve import CHUNKS_DEEP, WINDOWS_DEEP, by_meaning
from rag.sentences import Language
from rag.vectors import VectorStore

# Every model has its own idea of how alike strangers are: 0.8 for e5, 0.2 for others; more in one language than in
# another, and more in a large collection. Whatever an index is about, most of these are about something else.
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


def background(embedder: Embedder, vectors: VectorStore) -> dict[Language, float]:
    """By language, the median of the best similarities that unrelated questions find."""
    return {
        language: median(_best(vectors, vector[None]) for vector in embedder.embed_questions(questions))
        for language, questions in UNRELATED.items()
    }


def _best(vectors: VectorStore, vector: Vectors) -> float:
    ranking = by_meaning(
        vectors.nearest_chunks(vector, CHUNKS_DEEP), vectors.nearest_windows(vector, WINDOWS_DEEP)
    )
    return ranking[0][1]
