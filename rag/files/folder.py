"""What a folder holds: the files to read, and how many others."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from kit.problem import Problem
from rag.files.source import Kind, kind_of, path_of
from rag.loaders import LOADERS, OLD_OFFICE

NO_FILES: dict[Kind, str] = {"missing": "broken link", "device": "device or pipe"}
# What other programs put beside a project's own files.
NOT_WRITTEN_HERE = ("node_modules", "site-packages", "__pycache__")


def find_files(paths: Iterable[Path], others: Counter[str] | None = None) -> Iterator[Path]:
    """The readable files among `paths` and in the folders below them; hidden ones are passed over, what Word keeps
    beside an open document, and installed packages. `others` counts all that are not read, by the end of their name or
    the folder that they are in. A folder that cannot be looked into comes as if it were a file."""
    others = Counter() if others is None else others
    for path in map(path_of, paths):
        kind = kind_of(path)
        if kind == "folder":
            closed = list[OSError]()
            tree = list(os.walk(path, onerror=closed.append))
            links = [name for at, below, _ in tree for name in below if Path(at, name).is_symlink()]
            if links:  # which may lead anywhere, and back here
                others["linked folder"] += len(links)
            for file in sorted(Path(folder, name) for folder, _, names in tree for name in names):
                if why := _passed_over(file, file.relative_to(path).parts):
                    others[why] += 1
                else:
                    yield file
            yield from (Path(error.filename) for error in closed)
        elif kind == "missing":
            raise Problem(
                f"{path} does not exist. Name a file or a folder of documents.",
                f"{path} 不存在，请给出文档文件或文件夹的路径。",
            )
        elif kind == "device":
            raise Problem(
                f"{path} is a device or a pipe, which may never end. Name a file or a folder of documents.",
                f"{path} 是设备或管道，可能永远读不完，请给出文档文件或文件夹的路径。",
            )
        else:
            yield path


def _passed_over(file: Path, parts: tuple[str, ...]) -> str:
    """Why a file of a folder is not read, as briefly as one can count it; "" of one that is."""
    if any(part.startswith((".", "~$")) for part in parts):
        return "hidden"
    if installed := [part for part in parts if part in NOT_WRITTEN_HERE]:
        return f"{installed[0]}/"
    if unread := NO_FILES.get(kind_of(file)):
        return unread
    suffix = file.suffix.lower()
    return "" if suffix in (*LOADERS, *OLD_OFFICE) else suffix or file.name
