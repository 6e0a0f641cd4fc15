"""Answers out of your own documents: load, chunk, embed, store, retrieve, answer, evaluate.

with Index.open() as index:
    passages = index.search("When does the hackathon start?")
    answer = Answer("When does the hackathon start?", passages)
    for piece in answer:  # streams; afterwards answer.text, answer.cited and answer.abstained are set
        print(piece, end="")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Only who asks for them pays for the database; and `python -m rag` can say that it is not installed.
if TYPE_CHECKING:
    from rag.answering.answer import Answer
    from rag.index import Index
    from rag.passage import Passage

__all__ = ["Answer", "Index", "Passage"]

MODULES = {"Answer": "rag.answering.answer", "Index": "rag.index", "Passage": "rag.passage"}


def __getattr__(name: str) -> Any:
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(MODULES[name]), name)
