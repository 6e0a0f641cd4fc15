"""`python -m server models list | get | verify | rm | path`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.table import Table

from kit.problem import Problem
from server.models import cache, catalogue, reference, verified
from server.models.catalogue import CatalogueEntry, Role
from server.models.memory import CHAT_CONTEXT

app = typer.Typer(
    no_args_is_help=True,
    help="The models on this machine, and those that it can get. 本机已有的和可下载的模型。",
)
ModelId = Annotated[str, typer.Argument(metavar="ID", help="An id from the list. 目录中的 id。")]
console = Console(highlight=False, soft_wrap=True)


@app.command("list")
def list_models() -> None:
    """Show the catalogue, what to take of it, and what is in the cache. 列出目录、选择建议及本机缓存情况。"""
    folder = cache.default_folder()
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("id", "role", "GB", "RAM GB", "context", "licence", "cached", "measured"):
        numeric = heading in ("GB", "RAM GB", "context")
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=True)
    for entry in catalogue.entries():
        table.add_row(
            entry.id,
            entry.role,
            f"{entry.size / 1e9:.2f}",
            f"{entry.ram_bytes / 1e9:.1f}",
            f"{entry.context:,}",
            entry.licence,
            "yes" if cache.file_of(entry, folder).exists() else "no",
            "yes" if entry.measured else "no *",
        )
    console.print(table)
    console.print("* not measured here 此处未实测: advised by what others published 按他人公布的结果建议")
    _advise("chat", f"with {CHAT_CONTEXT:,} tokens of context", "对话模型", f"含 {CHAT_CONTEXT} 词元上下文")
    _advise("embedding", "beside a chat model", "嵌入模型", "在对话模型之外")
    _advise("rerank", "beside the others", "重排模型", "在其他模型之外")
    console.print(f"\ncache 缓存: {folder}")


def _advise(role: Role, counted: str, role_zh: str, counted_zh: str) -> None:
    free = psutil.virtual_memory().available / 1e9
    console.print(f"\nWhich {role} model, by the RAM that it takes {counted}; {free:.1f} GB are free now.")
    console.print(f"按所需内存（{counted_zh}）选择{role_zh}；现有可用内存 {free:.1f} GB。")
    for entry in sorted(catalogue.entries(), key=lambda entry: entry.ram_bytes):
        if entry.role == role:
            told = f"({' '.join(entry.languages)}): {entry.advice['en']}. {entry.advice['zh']}。"
            console.print(f"  {entry.ram_bytes / 1e9:.1f} GB  [bold]{entry.id}[/] {told}")


@app.command()
def get(
    model: Annotated[str, typer.Argument(metavar="ID", help="An id, hf:REPO/FILE or modelscope:REPO/FILE.")],
) -> None:
    """Download a model unless it is in the cache. 下载模型（缓存中已有则跳过）。"""
    wanted = reference.parse(model)
    if isinstance(wanted, Path):
        catalogue.get(model)
        return
    typer.echo(reference.fetch(wanted))
    # To stderr: the path alone is what a script reads.
    typer.echo(_how_to_use(model), err=True)


def _how_to_use(model: str) -> str:
    line = f"{catalogue.VARIABLES[reference.role_of(model)]}={model}"
    return f"To use it, write {line} in .env, and start the server anew. 要使用它，请在 .env 中写 {line} 并重启服务器。"


@app.command()
def verify() -> None:
    """Compare every model in the cache with the sha256 that is known of it. 校验缓存中的模型。"""
    broken = []
    for name, file, sha256 in _known_files():
        sound = verified.is_sound(file, sha256)
        typer.echo(f"{name}: {'ok 完好' if sound else 'BROKEN 已损坏'} {file}")
        broken += [] if sound else [name]
    if broken:
        first, *more = broken
        again = f"`python -m server models rm {first}`", f"`python -m server models get {first}`"
        raise Problem(
            f"Not what they were when they came: {', '.join(broken)}. Delete with {again[0]}, then {again[1]}"
            f"{', and so on for each' if more else ''}.",
            f"文件已不是下载时的内容：{', '.join(broken)}。请先用 {again[0]} 删除，再用 {again[1]} 重新下载"
            f"{'，其余依此类推' if more else ''}。",
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


def _known_files() -> Iterator[tuple[str, Path, str]]:
    """Models of the catalogue, and those of hubs whose hash was kept: name, file and sha256."""
    catalogued = {_file(entry): entry for entry in catalogue.entries()}
    for file, entry in catalogued.items():
        if file.exists():
            yield entry.id, file, entry.sha256
    folder = cache.default_folder()
    for file in sorted(folder.rglob("*.gguf")):
        if file not in catalogued and (record := verified.known(file)):
            yield file.relative_to(folder).as_posix(), file, record.sha256


def _file(entry: CatalogueEntry) -> Path:
    return cache.file_of(entry, cache.default_folder())
