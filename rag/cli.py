"""`python -m rag`: the pipeline from the command line."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from kit.console import Console
from kit.endpoint import require_server
from kit.problem import Problem
from rag.answering.answer import Answer
from rag.answering.citations import CITATION
from rag.arguments import Collection, Places, Question, Source, TopK, named
from rag.files.source import shown
from rag.index import Index
from rag.ingest import ingest as ingest_files
from rag.ingest import remove as remove_documents
from rag.ingest_bar import IngestBar
from rag.passage import TOP_K
from rag.report import Fate, Report, Silent
from rag.settings import Settings

app = typer.Typer(
    help="Ask your own documents. 向自己的文档提问。",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
# Names, headings and texts are others' words: nothing in them is markup, nor an emoji's name.
console = Console(markup=False, emoji=False, highlight=False)

FATES: dict[Fate, str] = {"added": "导入", "unchanged": "未变", "skipped": "跳过"}
# Who ingests thousands of files reads the sums.
MOST_LISTED = 40


@app.command()
def ingest(
    paths: Places,
    prune: Annotated[
        bool, typer.Option(help="Drop documents whose file is gone. 移除文件已删除的文档。")
    ] = False,
    encoding: Annotated[
        str | None, typer.Option(help="Of texts whose own is guessed wrong. 文本的编码，自动识别有误时用。")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=32, help="Processes, for a Chroma server. 写入 Chroma 服务器的进程数。")
    ] = 1,
    collection: Collection = None,
) -> None:
    """Bring the index up to date with files and folders. Exit code 0: all taken; 1: a file was skipped; 2: not run.

    用文件和文件夹更新索引。退出码 0：全部导入；1：有文件被跳过；2：未能运行。
    """
    with _open(collection, to_fill=True) as index, IngestBar(console) as bar:
        report = ingest_files(index, paths, bar, prune, encoding, workers)
        documents, chunks = index.documents.counts()
    _tell(report)
    console.print(
        f"The index holds {documents} documents, {chunks} chunks. 索引共 {documents} 篇、{chunks} 段。"
    )
    if report.problems:
        raise typer.Exit(1)


@app.command()
def watch(
    folders: Annotated[list[str], typer.Argument(help="Folders. 文件夹。", callback=named)],
    collection: Collection = None,
) -> None:
    """Ingest folders again whenever something in them changes; end with Ctrl-C.

    文件夹中有变化时自动更新索引；按 Ctrl-C 结束。
    """
    from rag.watch import follow_folders

    for outcome in follow_folders(Settings.from_env(collection), [Path(each) for each in folders], Silent):
        if isinstance(outcome, Problem):
            console.print(str(outcome))
        elif outcome.added or outcome.removed or outcome.problems:
            _tell(outcome)
        console.print("Watching… 等待变化……", style="dim")


@app.command()
def serve(collection: Collection = None) -> None:
    """Let other machines search the index over HTTP; end with Ctrl-C. 让其他机器通过 HTTP 查找索引。"""
    from rag.service.app import serve as listen

    listen(collection)


@app.command()
def remove(places: Places, collection: Collection = None) -> None:
    """Take documents out of the index, whether their files still exist or not. 从索引中移除文档。"""
    with _open(collection) as index:
        gone = remove_documents(index, places)
    console.print(f"{gone} documents removed; their files are untouched. 已移除 {gone} 篇文档，文件未改动。")


def _open(collection: str | None, to_fill: bool = False) -> Index:
    settings = Settings.from_env(collection)
    if not to_fill:
        settings.require_collection()
    return Index.open(settings)


def _tell(report: Report) -> None:
    for name, chunks in report.taken[:MOST_LISTED]:
        console.print(Text.assemble(("added 已导入", "green"), f" {name} ({chunks} chunks)"))
    if (more := len(report.taken) - MOST_LISTED) > 0:
        console.print(f"… and {more} more 另有 {more} 个")
    for warning in report.warnings:
        console.print(Text.assemble(("note 注意", "yellow"), f" {warning.en}\n  {warning.zh}"))
    for problem in report.problems:
        console.print(Text.assemble(("skipped 已跳过", "yellow"), f" {problem.en}\n  {problem.zh}"))
    console.print(
        f"{report.added} documents added or replaced ({report.chunks} chunks), {report.unchanged} unchanged,"
        f" {report.removed} removed, {len(report.problems)} skipped.\n"
        f"新增或更新 {report.added} 篇（{report.chunks} 段），未变 {report.unchanged} 篇，"
        f"移除 {report.removed} 篇，跳过 {len(report.problems)} 篇。"
    )
    for kind, fates in sorted(report.types.items()):
        english = ", ".join(f"{fates[fate]} {fate}" for fate in FATES if fates[fate])
        chinese = "，".join(f"{said} {fates[fate]}" for fate, said in FATES.items() if fates[fate])
        console.print(f"  {kind}: {english} {chinese}")
    if report.others:
        listed = ", ".join(f"{count} × {kind}" for kind, count in report.others.most_common())
        console.print(f"Not read, for other formats, hidden or installed: {listed}")
        console.print(f"未读取的其他格式、隐藏文件和已安装的包：{listed}")


@app.command()
def search(
    question: Question, top_k: TopK = TOP_K, source: Source = None, collection: Collection = None
) -> None:
    """Show the passages most likely to answer. 显示最可能含有答案的段落。"""
    with _open(collection) as index:
        passages = index.search(question, top_k, source)
    for number, passage in enumerate(passages, 1):
        similarity = "" if passage.similarity is None else f"  cosine {passage.similarity:.3f}"
        console.print(
            Text.assemble((f"[{number}]", "bold"), " ", (passage.citation_of(question), "cyan"), similarity)
        )
        console.print(passage.text)
        console.print()


@app.command()
def ask(
    question: Question, top_k: TopK = TOP_K, source: Source = None, collection: Collection = None
) -> None:
    """Answer out of the documents, with sources. 根据文档回答并注明出处。"""
    require_server()
    with _open(collection) as index:
        answer = Answer(question, index.search(question, top_k, source))
        for piece in answer:
            console.print(piece, end="", soft_wrap=True)
    console.print()
    if any(doubt for _, doubt in CITATION.findall(answer.text)):
        console.print("[?] no passage bears the sentence out 没有段落足以支持这句话")
    for number in answer.cited:
        console.print(f"[{number}] {answer.source(number)}")
        console.print(f"    “{answer.evidence(number)}”")


@app.command()
def status(collection: Collection = None) -> None:
    """Show what the index holds. 显示索引的内容。"""
    with _open(collection) as index:
        documents, chunks = index.documents.counts()
        console.print(f"{index.settings.chroma_path}: {documents} documents 篇文档, {chunks} chunks 段")
        for name, value in sorted(index.vectors.metadata.items()):
            if name != "probe":
                console.print(f"  {name}: {value!r}")
        for source in sorted(map(shown, index.documents.live_sources())):
            console.print(f"  {source}")
        others = [name for name in index.vectors.collections() if name != index.settings.collection]
        if others:
            console.print(f"Other collections 其他集合: {', '.join(others)}")


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
    from rag.evaluation.hard import evaluate_hard, is_hard
    from rag.evaluation.report import json_line, markdown, table

    if questions is None and is_hard(data):
        with IngestBar(console) as bar:
            rows = evaluate_hard(data, bar, answers)
        print(table(rows))
        print(json_line(data.name, rows, {}))
        return
    dataset = load_dataset(data, questions, articles)
    with IngestBar(console) as bar:
        rows, facts = run(dataset, bar, answers, crowd)
    print(markdown(rows, facts))
    print(json_line(data.name, rows, facts))


@app.command()
def reset(collection: Collection = None) -> None:
    """Empty the index, of other collections nothing. 清空索引，不影响其他集合。"""
    with _open(collection) as index:
        index.reset()
    console.print("The index is empty. 索引已清空。")
