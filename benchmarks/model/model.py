"""`python -m benchmarks model`: how often the model that `.env` names is right, as a row for docs/models.md."""

import csv
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import openai
import typer

from agents.runtime.evaluation.case import Case, read_cases
from agents.runtime.evaluation.run import evaluate
from agents.tool_agent import ToolAgent
from benchmarks.machine import machine
from benchmarks.model.answering import Answering
from benchmarks.model.journal import Journal, Result
from kit.api_problems import api_problems
from kit.endpoint import require_server
from rag.answering.answer import Answer
from rag.evaluation.dataset import QUESTIONS_FILE
from rag.evaluation.hard import Hard
from rag.index import Index
from rag.ingest import ingest
from rag.report import Silent
from rag.settings import Settings

ROOT = Path(__file__).parents[2]
TOOL_CASES = ROOT / "agents" / "cases" / "tool_agent.jsonl"
DOCUMENTS = ROOT / "benchmarks" / "data" / "hard"
TABLE = "table"
KINDS = ("tools", "tables", "documents")
HEAD = "| model | tool cases | about tables | about documents | s a tool case | s an answer |"
RULE = "|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Task:
    kind: str
    question: str
    is_right: Callable[[], bool]

    def run(self) -> Result:
        began = time.monotonic()
        try:
            right = self.is_right()
        except openai.BadRequestError:  # too long for the model, or more than it can do
            right = False
        return Result(self.kind, self.question, right, time.monotonic() - began)


def run(
    every: Annotated[int, typer.Option(min=1, help="Take each n-th question only. 每 n 题取一题。")] = 1,
    out: Annotated[Path, typer.Option(help="Where results are kept. 结果保存位置。")] = Path(
        "benchmarks/out"
    ),
) -> None:
    """Ask the model in .env the kit's tool cases, questions about tables, and about documents; goes on where it was."""
    require_server()
    model = Answering.now()
    journal = Journal(out / model.journal)
    if journal.results:
        print(
            f"Going on from {len(journal.results)} results in {journal.file}; delete it to start anew. "
            f"接着已有的 {len(journal.results)} 条结果继续；如需重新开始，请删除该文件。",
            file=sys.stderr,
        )
    with questions() as asked, api_problems():
        tasks = [task for kind in asked for task in kind[::every]]
        for number, task in enumerate(tasks, 1):
            if not journal.has(task.kind, task.question):
                result = task.run()
                journal.add(result)
                print(
                    f"{number}/{len(tasks)} {task.kind} {'right' if result.right else 'wrong'} "
                    f"{result.seconds:.1f} s {task.question}",
                    file=sys.stderr,
                )
    wanted = {(task.kind, task.question) for task in tasks}
    print(machine() + "\n")
    print(f"{HEAD}\n{RULE}")
    print(row(model.name, [each for each in journal.results if (each.kind, each.question) in wanted]))


@contextmanager
def questions() -> Iterator[list[list[Task]]]:
    """Those of each kind, while the index that they are answered from is there."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Index.open(Settings(Path(folder))) as index,
    ):
        pages = [path for path in DOCUMENTS.rglob("*") if path.is_file() and path.name != QUESTIONS_FILE]
        ingest(index, pages, Silent())
        with (DOCUMENTS / QUESTIONS_FILE).open(encoding="utf-8", newline="") as opened:
            hard = [Hard.read(row, DOCUMENTS) for row in csv.DictReader(opened)]
        yield [
            [tool_task(case) for case in read_cases(TOOL_CASES)],
            [document_task("tables", each, index) for each in hard if each.kind == TABLE],
            [document_task("documents", each, index) for each in hard if each.kind != TABLE],
        ]


def tool_task(case: Case) -> Task:
    def is_right() -> bool:
        outcomes = evaluate(ToolAgent, [case], repeat=1)
        if not outcomes:  # Ctrl-C
            raise typer.Abort
        return not outcomes[0].attempts[0].failures

    return Task("tools", case.question, is_right)


def document_task(kind: str, hard: Hard, index: Index) -> Task:
    def is_right() -> bool:
        answer = Answer(hard.question, index.search(hard.question))
        for _ in answer:
            pass
        return hard.is_right(answer)

    return Task(kind, hard.question, is_right)


def row(model: str, results: list[Result]) -> str:
    of = {kind: [result for result in results if result.kind == kind] for kind in KINDS}
    shares = [f"{sum(result.right for result in of[kind])}/{len(of[kind])}" for kind in KINDS]
    seconds = [
        _mean([each.seconds for each in group]) for group in (of["tools"], of["tables"] + of["documents"])
    ]
    return f"| `{model}` | {' | '.join(shares + seconds)} |"


def _mean(seconds: list[float]) -> str:
    return f"{sum(seconds) / len(seconds):.1f}" if seconds else ""
