"""What a document is called: its file by its one path, whichever way that was spelt, or its web address."""

import os
import sys
from contextlib import suppress
from pathlib import Path, PurePath
from urllib.parse import urldefrag

WEB = ("http://", "https://")


def is_url(place: Path | str) -> bool:
    return str(place).lower().startswith(WEB)


def source_of(place: Path | str) -> str:
    """The absolute path without links, in the letters that its folders have; of a web page the address."""
    if is_url(place):
        return urldefrag(str(place)).url
    # Linux allows bytes in a name that are no UTF-8, which neither JSON nor SQLite takes.
    return _resolved(Path(place)).as_posix().encode("utf-8", "backslashreplace").decode("utf-8")


def shown(source: str) -> str:
    """As a citation shows it: relative to the working folder where the file lies inside it."""
    here = source_of(Path.cwd())
    return (
        PurePath(source).relative_to(here).as_posix() if source != here and is_below(source, here) else source
    )


def is_below(source: str, folder: str) -> bool:
    return source == folder or source.startswith(folder.rstrip("/") + "/")


def _resolved(path: Path) -> Path:
    path = path.expanduser().resolve()
    if sys.platform == "darwin" and path.exists():
        # Alone among systems that take readme.md for README.md, macOS does not say the file's own letters by itself.
        import fcntl

        with suppress(OSError):
            opened = os.open(path, os.O_RDONLY)
            try:
                path = Path(os.fsdecode(fcntl.fcntl(opened, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0")))
            finally:
                os.close(opened)
    return path
