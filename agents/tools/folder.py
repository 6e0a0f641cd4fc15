"""A folder that no open and no replacement leaves, whoever swaps a link into the path meanwhile.

Where the system can open a name relative to a folder that is open already (Linux, macOS), the path is walked that way
and no link is followed. Elsewhere what was opened is compared with what lies in the folder afterwards.
"""

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UNSAVED = re.compile(r"\.[0-9a-f]{16}\.unsaved")  # left behind by a write that was killed

_WALKS = {os.open, os.mkdir, os.unlink, os.rename, os.access} <= os.supports_dir_fd and hasattr(
    os, "O_NOFOLLOW"
)
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _FLAGS
# A pipe without a writer would be waited for.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _FLAGS
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS


class LeavesFolder(OSError):
    """A link that leads out of the folder came into the path while it was opened."""


def open_file(root: Path, file: Path) -> int:
    """A descriptor for reading `file`, a path without links under `root`. Raises `OSError`."""
    with _parent(root, file, make=False) as (at, name):
        descriptor = os.open(name, _READ, dir_fd=at)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise IsADirectoryError("Not a file")
        _stays(root, file, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def replace_file(root: Path, file: Path, content: bytes) -> None:
    """Give `file`, a path without links under `root`, this content: all of it, or what it had before.

    Folders on the way are made. Raises `OSError`.
    """
    with _parent(root, file, make=True) as (at, name):
        mode = _mode(name, at)
        # A replacement needs no right to the file itself, so it is asked for.
        if mode is not None and not os.access(name, os.W_OK, dir_fd=at):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        unsaved = os.path.join(os.path.dirname(name), f".{secrets.token_hex(8)}.unsaved")  # noqa: PTH118, PTH120
        descriptor = os.open(unsaved, _WRITE, 0o666, dir_fd=at)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                _stays(root, file.with_name(Path(unsaved).name), descriptor)
                stream.write(content)
                stream.flush()
                os.fsync(descriptor)
                if mode is not None and hasattr(os, "fchmod"):
                    os.fchmod(descriptor, mode)
            os.replace(unsaved, name, src_dir_fd=at, dst_dir_fd=at)
        except BaseException:
            with suppress(OSError):
                os.unlink(unsaved, dir_fd=at)
            raise


@contextmanager
def _parent(root: Path, file: Path, make: bool) -> Iterator[tuple[int | None, str]]:
    """The folder of `file` as a descriptor and the name in it; where nothing can be held, None and the path."""
    if make:
        root.mkdir(parents=True, exist_ok=True)
    if not _WALKS:
        if make:
            file.parent.mkdir(parents=True, exist_ok=True)
        yield None, str(file)
        return
    *folders, name = file.relative_to(root).parts
    here = os.open(root, _FOLDER)
    try:
        for folder in folders:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(folder, dir_fd=here)
            here, above = os.open(folder, _FOLDER, dir_fd=here), here
            os.close(above)
        yield here, name
    finally:
        os.close(here)


def _stays(root: Path, file: Path, descriptor: int) -> None:
    """Without a held folder: what was opened must be what the path names once no link is in it."""
    if _WALKS:
        return
    found = file.resolve()
    if not (found.is_relative_to(root) and os.path.samestat(os.fstat(descriptor), found.lstat())):
        raise LeavesFolder


def _mode(name: str, at: int | None) -> int | None:
    """The permissions of a file, or of a link in its place; None if there is none. Raises `OSError` for a pipe or a
    device."""
    try:
        mode = os.stat(name, dir_fd=at, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise OSError(errno.EINVAL, "what has this name is no file; choose another")
    return stat.S_IMODE(mode)
