"""`python -m benchmarks model`: how often the model that `.env` names is right, as a row for docs/models.md."""

import csv
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import httpx2
import openai
import typer

from agents.runtime.evaluation.case import Case, read_cases
from agents.runtime.evaluation.run import evaluate
from agents.tool_agent import ToolAgent
from benchmarks.machine import machine
from kit.api_problems import api_problems
from kit.endpoint import endpoint, require_server
from rag.answering.answer import Answer
from rag.evaluation.dataset import QUESTIONS_FILE
from rag.evaluation.hard import Hard
from rag.index import Index
from rag.ingest import ingest
from rag.report import Silent
from rag.settings import Settings
from server.models import catalogue

ROOT = Path(__file__).parents[2]
TOOL_CASES = ROOT / "agents" / "cases" / "tool_agent.jsonl"
DOCUMENTS = ROOT / "benchmarks" / "data" / "hard"
TABLE = "table"
KINDS = ("tools", "tables", "documents")
HEAD = "| model | tool cases | about tables | about documents | s a tool case | s an answer |"
RULE = "|---|---|---|---|---|---|"
NOT_IN_NAMES = re.compile(r"[^\w.-]")
INFO_SECONDS = 5


@dataclass(frozen=True)
class Result:
    """What came of one question."""

    kind: str
    question: str
    right: bool
    seconds: float


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


class Journal:
    """Results on the disk, each as soon as it is there: a run that was broken off goes on from them."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.results: list[Result] = []
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError):  # the line that was being written
                    self.results.append(Result(**json.loads(line)))

    def add(self, result: Result) -> None:
        self.results.append(result)
        with self.file.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")

    def has(self, task: Task) -> bool:
        return any((known.kind, known.question) == (task.kind, task.question) for known in self.results)


def run(
    every: Annotated[int, typer.Option(min=1, help="Take each n-th question only. 每 n 题取一题。")] = 1,
    out: Annotated[Path, typer.Option(help="Where results are kept. 结果保存位置。")] = Path(
        "benchmarks/out"
    ),
) -> None:
    """Ask the model in .env the kit's tool cases, questions about tables, and about documents; goes on where it was."""
    require_server()
    name = model_name()
    journal = Journal(out / f"model-{NOT_IN_NAMES.sub('-', name)}.jsonl")
    with questions() as asked, api_problems():
        tasks = [task for kind in asked for task in kind[::every]]
        for number, task in enumerate(tasks, 1):
            if not journal.has(task):
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
    print(row(name, [each for each in journal.results if (each.kind, each.question) in wanted]))


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


def model_name() -> str:
    """The catalogue's id or the file's name where the server tells the file, and otherwise what `.env` says."""
    chat = endpoint("CHAT")
    try:
        told = httpx2.get(
            f"{chat.base_url}/info",
            headers={"Authorization": f"Bearer {chat.api_key}"},
            timeout=INFO_SECONDS,
        ).json()
        file = next(str(model["file"]) for model in told["models"] if model["type"] == "chat")
    except (httpx2.HTTPError, ValueError, LookupError, TypeError, StopIteration):
        return chat.model
    known = (entry.id for entry in catalogue.entries() if entry.file == file)
    return next(known, Path(file).stem)


def _mean(seconds: list[float]) -> str:
    return f"{sum(seconds) / len(seconds):.1f}" if seconds else ""
