"""`python -m server models list | get | verify | rm | path`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kit.problem import Problem
from server.models import cache, catalogue, reference
from server.models.catalogue import CatalogueEntry

app = typer.Typer(
    no_args_is_help=True,
    help="The models on this machine, and those that it can get. 本机已有的和可下载的模型。",
)
ModelId = Annotated[str, typer.Argument(metavar="ID", help="An id from the list. 目录中的 id。")]
console = Console(highlight=False, soft_wrap=True)


@app.command("list")
def list_models() -> None:
    """Show the catalogue, and what of it is in the cache. 列出目录及本机缓存情况。"""
    folder = cache.default_folder()
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("id", "role", "GB", "RAM GB", "licence", "languages", "cached", "measured"):
        numeric = heading.endswith("GB")
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=heading != "languages")
    for entry in catalogue.entries():
        table.add_row(
            entry.id,
            entry.role,
            f"{entry.size / 1e9:.2f}",
            f"{entry.ram_gb:.1f}",
            entry.licence,
            " ".join(entry.languages),
            "yes" if cache.file_of(entry, folder).exists() else "no",
            "yes" if entry.measured else "no *",
        )
    console.print(table)
    console.print("RAM: about, with 8,192 tokens of context. 内存为 8192 词元上下文下的约数。")
    console.print("* not measured here 此处未实测")
    console.print(f"cache 缓存: {folder}")


@app.command()
def get(
    model: Annotated[str, typer.Argument(metavar="ID", help="An id, hf:REPO/FILE or modelscope:REPO/FILE.")],
) -> None:
    """Download a model unless it is in the cache. 下载模型（缓存中已有则跳过）。"""
    wanted = reference.parse(model)
    if isinstance(wanted, Path):
        catalogue.get(model)
    else:
        typer.echo(reference.fetch(wanted))


@app.command()
def verify() -> None:
    """Compare every catalogue model in the cache with its sha256. 校验缓存中的模型。"""
    broken = []
    for entry in catalogue.entries():
        file = _file(entry)
        if file.exists():
            sound = cache.sha256_of(file) == entry.sha256
            typer.echo(f"{entry.id}: {'ok 完好' if sound else 'BROKEN 已损坏'} {file}")
            broken += [] if sound else [entry.id]
    if broken:
        raise Problem(
            f"Not what the catalogue says: {', '.join(broken)}. Delete with `python -m server models rm ID`, "
            "then `python -m server models get ID`.",
            f"与目录记录不符：{', '.join(broken)}。请先用 `python -m server models rm ID` 删除，再用 "
            "`python -m server models get ID` 重新下载。",
        )


@app.command("rm")
def remove(model_id: ModelId) -> None:
    """Delete a model from the cache, with what is left of a broken download. 删除缓存中的模型。"""
    file = _file(catalogue.get(model_id))
    typer.echo(f"deleted 已删除 {file}" if cache.remove(file) else f"not in the cache 缓存中没有 {file}")


@app.command()
def path(model_id: ModelId) -> None:
    """Print where a model of the cache lies. 显示模型文件的路径。"""
    file = _file(catalogue.get(model_id))
    if not file.exists():
        raise Problem(
            f"{model_id} is not in the cache. Download it with `python -m server models get {model_id}`.",
            f"缓存中没有 {model_id}，请用 `python -m server models get {model_id}` 下载。",
        )
    typer.echo(file)


def _file(entry: CatalogueEntry) -> Path:
    return cache.file_of(entry, cache.default_folder())
