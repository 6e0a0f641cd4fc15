"""An agent that answers from documents: python -m agents.rag_agent "When is lunch on Sunday?"

Fill the index first: python -m rag ingest docs/handbook
"""

from agents import terminal
from agents.terminal import console
from kit.api_problems import api_problems
from kit.endpoint import require_server
from kit.problem import exit_on_problem
from rag import Answer, Index

PASSAGES = 5


def answer(question: str) -> None:
    """Print the answer as it is written, then the passages that the model was given; * marks a cited one."""
    with Index.open() as index:
        reply = Answer(question, index.search(question, top_k=PASSAGES))
    for piece in reply:
        console.print(piece, end="", markup=False)
    console.print("\n\nSources 来源")
    for number, passage in enumerate(reply.passages, 1):
        mark = "*" if number in reply.cited else " "
        console.print(f"{mark} [{number}] {passage.citation}", markup=False)


def main() -> None:
    with exit_on_problem(), api_problems():
        question = terminal.question(__doc__)
        require_server()
        answer(question)


if __name__ == "__main__":
    main()
