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
    if entry and (not isinstance(model, Path) or _is_cached(model, entry, folder)):
        file = fetch(entry, folder)
    else:
        file = _existing(model) if isinstance(model, Path) else fetch(model, folder)
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


def parse(reference: str) -> CatalogueEntry | HubFile | Path:
    """Raises `Problem` if the reference has none of the three forms."""
    if reference.startswith(("hf:", "modelscope:")):
        file = HubFile.parse(reference)
        if re.search(r"-\d{5}-of-\d{5}\.gguf$", file.file):
            raise Problem(
                f"{reference} is one piece of a model in several files. Choose one that is a single file.",
                f"{reference} 只是多文件模型中的一个分片，请选择单个文件的量化版本。",
            )
        return file
    if entry := catalogue.find(reference):
        return entry
    path = Path(reference).expanduser()
    if path.exists() or path.suffix == ".gguf" or len(path.parts) > 1:
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
    if isinstance(model, HubFile):
        verified.verify(file, None, ("Delete it and start again.", "请删除该文件后重新启动。"))
        return file
    cure = (
        f"Delete it with `python -m server models rm {model.id}` and start again.",
        f"请先运行 `python -m server models rm {model.id}` 删除，再重新启动。",
    )
    if file.stat().st_size != model.size:
        raise Problem(
            f"{file} has {file.stat().st_size:,} bytes instead of {model.size:,}. {cure[0]}",
            f"{file} 大小为 {file.stat().st_size:,} 字节，应为 {model.size:,} 字节。{cure[1]}",
        )
    verified.verify(file, model.sha256, cure)
    return file


def _is_cached(file: Path, entry: CatalogueEntry, folder: Path | None) -> bool:
    return file.resolve() == cache.file_of(entry, folder or cache.default_folder()).resolve()


def _entry_of(model: CatalogueEntry | HubFile | Path) -> CatalogueEntry | None:
    """A catalogue model brought as a file or named by its hub is still that model, with its prefixes."""
    if isinstance(model, CatalogueEntry):
        return model
    for entry in catalogue.entries():
        if isinstance(model, HubFile) and model in entry.hubs:
            return entry
        if isinstance(model, Path) and model.name == entry.file and model.is_file():
            return entry if model.stat().st_size == entry.size else None
    return None


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
