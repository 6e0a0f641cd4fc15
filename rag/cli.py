"""`python -m rag`: the pipeline from the command line."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from kit.endpoint import require_server
from kit.problem import exit_on_problem
from rag.answer import PASSAGES_TO_READ, Answer
from rag.citations import CITATION
from rag.index import Index
from rag.ingest import ingest as ingest_files

app = typer.Typer(
    help="Ask your own documents. 向自己的文档提问。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
console = Console()

Question = Annotated[str, typer.Argument(help="In any language. 任何语言均可。")]
TopK = Annotated[int, typer.Option(min=1, help="How many passages. 取多少段。")]
Source = Annotated[str | None, typer.Option(help="Only this file or folder. 只在这个文件或文件夹中查找。")]


def main() -> None:
    with exit_on_problem():
        app(standalone_mode=True)


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders. 文件和文件夹。")],
    prune: Annotated[
        bool, typer.Option(help="Drop documents whose file is gone. 移除文件已删除的文档。")
    ] = False,
) -> None:
    """Bring the index up to date with files and folders. 用文件和文件夹更新索引。"""
    with Index.open() as index, IngestBar() as bar:
        report = ingest_files(index, paths, bar, prune)
        documents, chunks = index.ledger.counts()
    for problem in report.problems:
        console.print(f"[yellow]skipped 已跳过[/] {problem.en}\n  {problem.zh}", highlight=False)
    console.print(
        f"{report.added} documents added or replaced ({report.chunks} chunks), {report.unchanged} unchanged,"
        f" {report.removed} removed, {len(report.problems)} skipped."
        f" The index holds {documents} documents, {chunks} chunks.\n"
        f"新增或更新 {report.added} 篇（{report.chunks} 段），未变 {report.unchanged} 篇，"
        f"移除 {report.removed} 篇，跳过 {len(report.problems)} 篇。索引共 {documents} 篇、{chunks} 段。",
        highlight=False,
    )


@app.command()
def search(question: Question, top_k: TopK = 5, source: Source = None) -> None:
    """Show the passages most likely to answer. 显示最可能含有答案的段落。"""
    with Index.open() as index:
        passages = index.search(question, top_k, source)
    for number, passage in enumerate(passages, 1):
        similarity = "" if passage.similarity is None else f"  cosine {passage.similarity:.3f}"
        console.print(f"[bold]\\[{number}][/] [cyan]{passage.citation}[/]{similarity}", highlight=False)
        console.print(passage.text, markup=False, highlight=False)
        console.print()


@app.command()
def ask(question: Question, top_k: TopK = PASSAGES_TO_READ, source: Source = None) -> None:
    """Answer out of the documents, with sources. 根据文档回答并注明出处。"""
    require_server()
    with Index.open() as index:
        answer = Answer(question, index.search(question, top_k, source))
        for piece in answer:
            console.print(piece, end="", markup=False, highlight=False, soft_wrap=True)
    console.print()
    if any(doubt for _, doubt in CITATION.findall(answer.text)):
        console.print("[?] no passage bears the sentence out 没有段落足以支持这句话", markup=False)
    for number in answer.cited:
        console.print(f"[{number}] {answer.passages[number - 1].citation}", markup=False, highlight=False)


@app.command()
def status() -> None:
    """Show what the index holds. 显示索引的内容。"""
    with Index.open() as index:
        documents, chunks = index.ledger.counts()
        console.print(f"{index.settings.chroma_path}: {documents} documents 篇文档, {chunks} chunks 段")
        for name, value in sorted(index.vectors.metadata.items()):
            if name != "probe":
                console.print(f"  {name}: {value!r}", markup=False)
        for source in sorted(index.ledger.live_sources()):
            console.print(f"  {source}", markup=False, highlight=False)


@app.command()
def evaluate(
    data: Annotated[
        Path, typer.Argument(help="A SQuAD file, or a folder of documents. SQuAD 文件或文档文件夹。")
    ],
    questions: Annotated[
        Path | None,
        typer.Option(
            help="Ask this SQuAD file's questions or, of a folder, this table's. 改用此文件的问题。"
        ),
    ] = None,
    articles: Annotated[
        bool, typer.Option("--articles", help="One document an article. 每篇文章作为一个文档。")
    ] = False,
    answers: Annotated[
        int, typer.Option(min=0, help="Also generate this many answers. 另外生成若干回答。")
    ] = 0,
    crowd: Annotated[
        int, typer.Option(min=0, help="Time searches among so many more chunks. 混入若干段后计时。")
    ] = 0,
) -> None:
    """Measure retrieval and answers on known questions. 用已知问题衡量检索和回答。"""
    # langchain costs a second to import, which only this command pays.
    from rag.evaluation import evaluate as run
    from rag.evaluation.dataset import load_dataset
    from rag.evaluation.report import json_line, markdown

    dataset = load_dataset(data, questions, articles)
    with IngestBar() as bar:
        rows, facts = run(dataset, bar, answers, crowd)
    print(markdown(rows, facts))
    print(json_line(data.name, rows, facts))


@app.command()
def reset() -> None:
    """Empty the index. 清空索引。"""
    with Index.open() as index:
        index.reset()
    console.print("The index is empty. 索引已清空。")


class IngestBar(ProgressBar):
    """Files, chunks, chunks a second and the time left, measured in bytes of the files."""

    def __init__(self) -> None:
        super().__init__(
            TextColumn("{task.fields[files]}/{task.fields[of_files]} files"),
            BarColumn(),
            TextColumn("{task.fields[chunks]} chunks, {task.fields[rate]:.1f}/s"),
            TimeRemainingColumn(),
            console=console,
        )

    def begin(self, files: int, size: int) -> None:
        self._task = self.add_task("", total=size, files=0, of_files=files, chunks=0, rate=0.0)

    def step(self, files: int, size: float, chunks: int) -> None:
        task = self.tasks[self._task]
        done = task.fields["chunks"] + chunks
        self.update(
            self._task,
            advance=size,
            files=task.fields["files"] + files,
            chunks=done,
            rate=done / max(task.elapsed or 0.0, 0.1),
        )
