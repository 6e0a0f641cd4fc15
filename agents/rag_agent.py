"""An agent that answers from documents, with sources: python -m agents.rag_agent "When is lunch on Sunday?"

Fill the index first: python -m rag ingest docs/handbook
Every question is looked up, and answered from what was found. In agents/rag_tool_agent.py the model decides whether to
look something up; docs/samples.md compares the two.
"""

from collections.abc import Iterator

from agents.front import run
from agents.front.steps import Called, Returned, Step, Token
from rag import Answer, Index

SUMMARY = (
    "answers from your documents, with sources; first: python -m rag ingest docs/handbook",
    "依据您的文档回答并注明出处；请先运行 python -m rag ingest docs/handbook",
)

PASSAGES = 3


class RagAgent:
    def __init__(self) -> None:
        self.question_before = ""

    def ask(self, question: str) -> Iterator[Step]:
        # "And the second?" finds nothing by itself. On a small model the question before, put in front of it, finds
        # more than a rewriting by the model: python -m benchmarks.follow_ups
        whole = f"{self.question_before} {question}".strip()
        yield Called("search", "search", {"question": whole})
        with Index.open() as index:
            passages = index.search(whole, PASSAGES)
        places = [f"[{number}] {passage.citation}" for number, passage in enumerate(passages, 1)]
        yield Returned("search", "search", "\n".join(places))
        answer = Answer(whole, passages)
        yield from map(Token, answer)
        if answer.cited:
            sources = "\n".join(f"- {places[number - 1]}" for number in sorted(answer.cited))
            yield Token(f"\n\nSources 来源\n\n{sources}")
        self.question_before = question


if __name__ == "__main__":
    run(RagAgent, __doc__)
