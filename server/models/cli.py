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
from server.models.sources.source import HubFile

app = typer.Typer(
    no_args_is_help=True,
    help="The models on this machine, and those that it can get. 本机已有的和可下载的模型。",
)
Reference = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="An id from the list, hf:OWNER/NAME/FILE or modelscope:OWNER/NAME/FILE. "
        "目录中的 id、hf:作者/仓库/文件 或 modelscope:作者/仓库/文件。",
    ),
]
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
def get(model: Reference) -> None:
    """Download a model unless it is in the cache. 下载模型（缓存中已有则跳过）。"""
    wanted = _of_the_cache(model)
    typer.echo(reference.fetch(wanted))
    # To stderr: the path alone is what a script reads.
    typer.echo(_how_to_use(str(wanted)), err=True)


def _how_to_use(model: str) -> str:
    line = f"{catalogue.VARIABLES[reference.role_of(model)]}={model}"
    return f"To use it, write {line} in .env, and start the server anew. 要使用它，请在 .env 中写 {line} 并重启服务器。"


@app.command()
def verify() -> None:
    """Compare every model in the cache with the sha256 that is known of it. 校验缓存中的模型。"""
    broken = []
    for model, file, sha256 in _known_files():
        sound = verified.is_sound(file, sha256)
        typer.echo(f"{model or file}: {'ok 完好' if sound else 'BROKEN 已损坏'} {file}")
        broken += [] if sound else [(model, file)]
    if broken:
        names = list(dict.fromkeys(str(model or file) for model, file in broken))
        en, zh = _renewal(*broken[0])
        more = (", and so on for each", "，其余依此类推") if names[1:] else ("", "")
        raise Problem(
            f"Not what they were when they came: {', '.join(names)}. {en}{more[0]}.",
            f"文件已不是下载时的内容：{'、'.join(names)}。{zh}{more[1]}。",
        )


def _renewal(model: CatalogueEntry | HubFile | None, file: Path) -> tuple[str, str]:
    if not model:  # an earlier version of the kit had it
        return f"Delete {file}", f"请删除 {file}"
    again = reference.command("rm", model), reference.command("get", model)
    return f"Delete with {again[0]}, then {again[1]}", f"请先用 {again[0]} 删除，再用 {again[1]} 重新下载"


@app.command("rm")
def remove(model: Reference) -> None:
    """Delete a model from the cache, with what is left of a broken download. 删除缓存中的模型。"""
    places = cache.places_of(_of_the_cache(model), cache.default_folder())
    try:
        removed = [place for place in places if cache.remove(place)]
    except OSError as error:
        raise Problem(
            f"{error.filename} can't be deleted: {error.strerror}. Stop the server if it has the file open, or give "
            "yourself the right.",
            f"无法删除 {error.filename}：{error.strerror}。请停止正在使用它的服务器，或取得写权限。",
        ) from None
    for file in removed or places[:1]:
        typer.echo(f"deleted 已删除 {file}" if removed else f"not in the cache 缓存中没有 {file}")


@app.command()
def path(model: Reference) -> None:
    """Print where a model of the cache lies. 显示模型文件的路径。"""
    wanted = _of_the_cache(model)
    file = cache.file_of(wanted, cache.default_folder())
    if not file.exists():
        fetching = reference.command("get", wanted)
        raise Problem(
            f"{wanted} is not in the cache. Download it with {fetching}.",
            f"缓存中没有 {wanted}，请用 {fetching} 下载。",
        )
    typer.echo(file)


def _of_the_cache(model: str) -> CatalogueEntry | HubFile:
    wanted = reference.parse(model)
    if isinstance(wanted, Path):
        raise Problem(
            f"{model} is a path, and this command is about models of the cache. Give an id from `python -m server "
            "models list`, hf:OWNER/NAME/FILE.gguf or modelscope:OWNER/NAME/FILE.gguf; for a file of yours, write its "
            "path in .env.",
            f"{model} 是路径，而此命令只处理缓存中的模型。请给出 `python -m server models list` 中的 id、"
            "hf:作者/仓库/文件.gguf 或 modelscope:作者/仓库/文件.gguf；自己的文件请把路径写进 .env。",
        )
    return wanted


def _known_files() -> Iterator[tuple[CatalogueEntry | HubFile | None, Path, str]]:
    """All whose sha256 is known, by the catalogue or since they came; with no model, where nothing names them now."""
    folder = cache.default_folder()
    named: dict[Path, CatalogueEntry | HubFile] = {file: model for model, file in cache.hub_files(folder)}
    for entry in catalogue.entries():
        for file in cache.places_of(entry, folder):
            if file.exists():
                yield entry, file, entry.sha256
            named[file] = entry
    for file in sorted(folder.rglob("*.gguf")):
        model = named.get(file)
        if not isinstance(model, CatalogueEntry) and (record := verified.known(file)):
            yield model, file, record.sha256
