"""What a document is called: its file by its one path, whichever way that was spelt, or its web address."""

import errno
import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Literal

WEB = ("http://", "https://")
# Of an address, what servers take in any letters: its scheme and, behind a user's name, its host.
HOST = re.compile(r"([^:/]+://)([^/?]*@)?([^/?]*)")

Kind = Literal["file", "folder", "device", "closed", "missing"]
# No file is called so, its folder is none, or a link leads to itself; the last is Windows' word for the first.
NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL)


def is_url(place: Path | str) -> bool:
    return str(place).lower().startswith(WEB)


def source_of(place: Path | str) -> str:
    """The absolute path without links, in the letters that its folders have; of a web page the address."""
    if is_url(place):
        return HOST.sub(_in_small_letters, str(place).partition("#")[0], count=1)
    # Linux allows bytes in a name that are no UTF-8, which neither JSON nor SQLite takes.
    return resolved(place).as_posix().encode("utf-8", "backslashreplace").decode("utf-8")


def shown(source: str) -> str:
    """As a citation shows it, in one line: relative to the working folder where the file lies inside it."""
    here = source_of(Path.cwd())
    is_here = source != here and is_below(source, here)
    name = PurePath(source).relative_to(here).as_posix() if is_here else source
    return name.replace("\n", "\\n").replace("\r", "\\r")


def is_below(source: str, folder: str) -> bool:
    return source == folder or source.startswith(folder.rstrip("/") + "/")


def path_of(place: Path | str) -> Path:
    """What somebody has named: `~` is the home folder, unless something here is called so."""
    path = Path(place)
    if not os.path.lexists(path):
        with suppress(RuntimeError):  # nobody here has that name
            return path.expanduser()
    return path


def kind_of(path: Path) -> Kind:
    """What lies there; "closed" is what may not be looked at, and what a drive that is not there holds."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return "missing" if error.errno in NOTHING_THERE else "closed"
    return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "device"


def resolved(place: Path | str) -> Path:
    """The absolute path without links; a link to itself stays."""
    path = Path.cwd() / path_of(place)
    with suppress(ValueError):  # a zero byte, which no name has
        path = Path(os.path.realpath(path))
    if sys.platform == "darwin":
        # Alone among systems that take readme.md for README.md, macOS does not say the file's own letters by itself.
        import fcntl

        with suppress(OSError, ValueError):
            opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            try:
                path = Path(os.fsdecode(fcntl.fcntl(opened, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0")))
            finally:
                os.close(opened)
    return path


def _in_small_letters(host: re.Match[str]) -> str:
    return host[1].lower() + (host[2] or "") + host[3].lower()
