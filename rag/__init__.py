"""Answers out of your own documents: load, chunk, embed, store, retrieve, answer, evaluate.

with Index.open() as index:
    passages = index.search("When does the hackathon start?", top_k=5)
    answer = Answer("When does the hackathon start?", passages)
    for piece in answer:  # streams; afterwards answer.text, answer.cited and answer.abstained are set
        print(piece, end="")
"""

from rag.answer import Answer
from rag.index import Index
from rag.passage import Passage

__all__ = ["Answer", "Index", "Passage"]
