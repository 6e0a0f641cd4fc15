"""An agent that answers from documents, with sources: python -m agents.rag_agent "When is lunch on Sunday?"

Fill the index first: python -m rag ingest docs/handbook
Every question is looked up, and answered from what was found. In agents/rag_tool_agent.py the model decides whether to
look something up; docs/samples.md compares the two.
"""

from collections.abc import Iterator

from agents.runtime import run
from agents.runtime.steps import Source, Step, TextDelta, ToolCall, ToolResult
from rag import Answer, Index
from rag.answering.follow_up import with_the_question_before

SUMMARY = (
    "answers from your documents, with sources; first: python -m rag ingest docs/handbook",
    "依据您的文档回答并注明出处；请先运行 python -m rag ingest docs/handbook",
)


class RagAgent:
    def __init__(self) -> None:
        self.question_before = ""

    def ask(self, question: str) -> Iterator[Step]:
        # "And the second?" finds nothing by itself. On a small model the question before, put in front of it, finds
        # more than a rewriting by the model: python -m benchmarks.rag.follow_ups
        with Index.open() as index:
            asked, passages = with_the_question_before(index, self.question_before, question)
        yield ToolCall("search", "search", {"question": asked})
        places = [f"[{number}] {passage.citation}" for number, passage in enumerate(passages, 1)]
        yield ToolResult("search", "search", "\n".join(places))
        for number, passage in enumerate(passages, 1):
            yield Source(number, passage.citation, passage.text)
        answer = Answer(asked, passages)
        yield from map(TextDelta, answer)
        if answer.cited:
            sources = "\n".join(
                f"- [{number}] {answer.source(number)}: “{answer.evidence(number)}”"
                for number in sorted(answer.cited)
            )
            yield TextDelta(f"\n\nSources 来源\n\n{sources}")
        self.question_before = question


if __name__ == "__main__":
    run(RagAgent, __doc__)
