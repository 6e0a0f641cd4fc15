"""From what `CHAT_MODEL` and its like say to a file on the disk."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from kit.problem import Problem
from server.models import cache, catalogue, gguf_header, verified
from server.models.catalogue import VARIABLES, CatalogueEntry, Role
from server.models.sources.source import HubFile

# llama.cpp's architectures that make vectors and no text
ENCODERS = {
    "bert",
    "eurobert",
    "gemma-embedding",
    "jina-bert-v2",
    "jina-bert-v3",
    "modern-bert",
    "neo-bert",
    "nomic-bert",
    "nomic-bert-moe",
    "t5encoder",
}

# No drive of Windows, which has one letter
LIKE_A_HUB = re.compile(r"\w{2,}[:：].*/")


@dataclass(frozen=True)
class ModelFile:
    """A model that is on the disk. `entry` is what the catalogue knows of it, if anything."""

    path: Path
    id: str
    entry: CatalogueEntry | None


def resolve(reference: str, role: Role, folder: Path | None = None) -> ModelFile:
    """Find a model, downloading it if the cache has none: takes the network only for that.

    `reference` is a catalogue id, the path of a .gguf file, hf:OWNER/NAME/FILE or modelscope:OWNER/NAME/FILE.
    Raises `Problem` for an unknown id, a missing or broken file, the wrong role, a failed download.
    """
    model = parse(reference)
    entry = _entry_of(model)
    if entry and entry.role != role:
        _refuse_role(reference, entry.role, role)
    if not isinstance(model, Path):
        file = fetch(model, folder)
    elif entry and _is_cached(model, entry, folder):
        file = fetch(entry, folder)
    else:
        file = _existing(model)
    # llama.cpp takes what a header says for granted.
    found = _role_in(file)
    if not entry and found != role:
        _refuse_role(reference, found, role)
    return ModelFile(file, entry.id if entry else file.stem, entry)


def role_of(reference: str, folder: Path | None = None) -> Role:
    """What a model on the disk is for, by the catalogue or by its header. Raises `Problem`."""
    model = parse(reference)
    if entry := _entry_of(model):
        return entry.role
    file = model if isinstance(model, Path) else cache.file_of(model, folder or cache.default_folder())
    return _role_in(_existing(file))


def known(reference: str) -> CatalogueEntry | None:
    """What the catalogue has of it. Raises `Problem`."""
    return _entry_of(parse(reference))


def parse(reference: str) -> CatalogueEntry | HubFile | Path:
    """What the catalogue has is its entry, by whichever name. Raises `Problem` for what has none of the three forms."""
    if reference.startswith(("hf:", "modelscope:")):
        file = HubFile.parse(reference)
        if re.search(r"-\d{5}-of-\d{5}\.gguf$", file.file):
            raise Problem(
                f"{reference} is one piece of a model in several files. Choose one that is a single file.",
                f"{reference} 只是多文件模型中的一个分片，请选择单个文件的量化版本。",
            )
        return catalogue.of_hub(file) or file
    if entry := catalogue.find(reference):
        return entry
    path = cache.with_home(reference)
    if _exists(path):
        return path
    if LIKE_A_HUB.match(reference):  # a page of the hub, say, or HF: in capitals
        HubFile.parse(reference)
    if path.suffix == ".gguf" or len(path.parts) > 1:
        return path
    return catalogue.get(reference)


def fetch(model: CatalogueEntry | HubFile, folder: Path | None = None) -> Path:
    """The model's file in the cache, downloaded if it isn't there.

    Raises `Problem` if the file is not what came, or what the catalogue says.
    """
    file = cache.file_of(model, folder or cache.default_folder())
    if not file.exists():
        # Only a download needs an HTTP client: a start from the cache shouldn't wait for its import.
        from server.models.download import download

        download(model, file)
        return file
    removal = command("rm", model)
    cure = f"Delete it with {removal} and start again.", f"请先运行 {removal} 删除，再重新启动。"
    if isinstance(model, HubFile):
        verified.verify(file, None, cure)
        return file
    if file.stat().st_size != model.size:
        raise Problem(
            f"{file} has {file.stat().st_size:,} bytes instead of {model.size:,}. {cure[0]}",
            f"{file} 大小为 {file.stat().st_size:,} 字节，应为 {model.size:,} 字节。{cure[1]}",
        )
    verified.verify(file, model.sha256, cure)
    return file


def command(verb: str, model: CatalogueEntry | HubFile) -> str:
    """`python -m server models VERB ID`, as it is typed."""
    name = f'"{model}"' if " " in str(model) else str(model)
    return f"`python -m server models {verb} {name}`"


def _is_cached(file: Path, entry: CatalogueEntry, folder: Path | None) -> bool:
    return file.resolve() == cache.file_of(entry, folder or cache.default_folder()).resolve()


def _entry_of(model: CatalogueEntry | HubFile | Path) -> CatalogueEntry | None:
    """A catalogue model brought as a file is still that model, with its prefixes."""
    if not isinstance(model, Path):
        return model if isinstance(model, CatalogueEntry) else None
    named = (entry for entry in catalogue.entries() if entry.file == model.name and model.is_file())
    return next((entry for entry in named if entry.size == model.stat().st_size), None)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # a name that is too long, or a folder of somebody else
        shown = str(path)[:80]
        raise Problem(
            f"{shown} cannot be a path here: {error.strerror}. Correct it, or give an id from "
            "`python -m server models list`.",
            f"{shown} 不能用作路径：{error.strerror}。请改正，或填写 `python -m server models list` 列出的 id。",
        ) from None


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise Problem(
            f"There is no file {file}. Correct the path, or give an id from `python -m server models list`.",
            f"文件 {file} 不存在。请改正路径，或填写 `python -m server models list` 列出的 id。",
        )
    return file


def _role_in(file: Path) -> Role:
    header = gguf_header.read(file)
    if header.ranks and not header.head:
        raise Problem(
            f"{file} says that it ranks and has no head for it: it was converted wrongly, and llama.cpp would make up "
            "scores. Choose another file, or qwen3-reranker-0.6b.",
            f"{file} 声称是重排序模型，却没有排序输出层：转换有误，llama.cpp 会给出无意义的分数。"
            "请换一个文件，或使用 qwen3-reranker-0.6b。",
        )
    if header.ranks:
        return "rerank"
    return "embedding" if header.pooling or header.architecture in ENCODERS else "chat"


def _refuse_role(reference: str, found: Role, wanted: Role) -> NoReturn:
    fitting = ", ".join(entry.id for entry in catalogue.entries() if entry.role == wanted)
    tasks = {"chat": "chat", "embedding": "embedding", "rerank": "reranking"}
    kinds = {"chat": "对话模型", "embedding": "嵌入模型", "rerank": "重排序模型"}
    raise Problem(
        f"{VARIABLES[wanted]}={reference} is a model for {tasks[found]}, not for {tasks[wanted]}. "
        f"Choose one of: {fitting}.",
        f"{VARIABLES[wanted]}={reference} 是{kinds[found]}，不是{kinds[wanted]}。可选：{fitting}。",
    )
