"""Files in one folder, `workspace` in the current one, which no path leaves."""

import errno
import os
import re
import stat
import unicodedata
from pathlib import Path, PureWindowsPath

from agents.tools.folder import UNSAVED, LeavesFolder, open_file, replace_file

WORKSPACE = Path("workspace")
READ_CHARACTERS = 4_000
WRITE_CHARACTERS = 20_000
LISTED_FILES = 100
LEVELS = 32

# Windows opens a device under these names in every folder, whatever the extension.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE)
# Control characters, marks such as those that turn the direction of text, halves of characters, line separators.
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")


def list_files() -> str:
    """List the user's files."""
    root = WORKSPACE.resolve()
    found = {}
    for folder, folders, names in os.walk(root):
        if len(Path(folder).parts) - len(root.parts) >= LEVELS:
            folders.clear()
        for name in names:
            file = Path(folder, name)
            size = _size(file, root)
            if size is not None:
                found[file.relative_to(root).as_posix()] = size
    listed = [f"{path} ({size} bytes)" for path, size in sorted(found.items())[:LISTED_FILES]]
    if len(found) > LISTED_FILES:
        listed.append(f"and {len(found) - LISTED_FILES} more")
    return "\n".join(listed) or "There are no files yet."


def read_file(path: str) -> str:
    """Read one of the user's text files."""
    root, file = inside(path)
    try:
        if not file.is_file():
            raise FileNotFoundError
        with os.fdopen(open_file(root, file), encoding="utf-8") as text:
            content = text.read(READ_CHARACTERS + 1)
    except UnicodeDecodeError:
        raise ValueError(f"{path!r} is not UTF-8 text.") from None
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise ValueError(f"There is no file {path!r}. list_files names them all.") from None
    except OSError as error:
        raise ValueError(f"Cannot read {path!r}: {_reason(error)}.") from None
    if len(content) > READ_CHARACTERS:
        return f"{content[:READ_CHARACTERS]}\n(cut after {READ_CHARACTERS} characters)"
    return content or "(The file is empty.)"


def write_file(path: str, content: str) -> str:
    """Save text as a file of the user's, replacing what it held."""
    if len(content) > WRITE_CHARACTERS:
        raise ValueError(f"The content is longer than {WRITE_CHARACTERS} characters.")
    try:
        encoded = content.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"Character {error.start + 1} of the content, {content[error.start]!r}, is half of a character."
            " Leave it out, or write the whole character."
        ) from None
    root, file = inside(path)
    try:
        if file.is_dir():
            raise ValueError(f"{path!r} is a folder. Add a file name.")
        replace_file(root, file, encoded)
    except OSError as error:
        raise ValueError(f"Cannot write {path!r}: {_reason(error)}.") from None
    return f"Wrote {len(content)} characters to {path}."


def _size(file: Path, root: Path) -> int | None:
    """In bytes; None for what read_file would refuse: odd names, links out or in a circle, devices."""
    try:
        if not all(map(_is_name, file.relative_to(root).parts)):
            return None
        if not file.resolve(strict=True).is_relative_to(root):
            return None
        found = file.stat()
    # Gone meanwhile, or a path too long for the system.
    except (OSError, RuntimeError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _reason(error: OSError) -> str:
    if isinstance(error, LeavesFolder) or error.errno == errno.ELOOP:
        return "a link leads out of the folder"
    return error.strerror or str(error) or type(error).__name__


def _is_name(part: str) -> bool:
    """Whether this names a file on every system, and shows what it is: no device, no invisible characters; nor does
    it look like what a write leaves behind."""
    if (
        UNSAVED.fullmatch(part)
        or _DEVICE.fullmatch(part)
        or part.endswith((".", " "))
        or re.search(r'[:*?"<>|\\/]', part)
    ):
        return False
    return not any(unicodedata.category(character) in _INVISIBLE for character in part)


def inside(path: str) -> tuple[Path, Path]:
    """The folder, and the file that a relative path names in it: on every system the same or none."""
    # Windows' rules everywhere: they know drives, shares, and both slashes.
    windows = PureWindowsPath(path.strip())
    if windows.drive or windows.root:
        raise ValueError(f"{path!r} is not a relative path. Use one such as notes.txt.")
    if not windows.parts:
        raise ValueError("The path is empty. Use one such as notes.txt.")
    for part in windows.parts:
        if part == "..":
            raise ValueError(f"{path!r} leaves the folder. Use a path such as notes.txt.")
        if not _is_name(part):
            raise ValueError(f"{part!r} is no name for a file here. Use one such as notes.txt.")
    if len(windows.parts) > LEVELS:
        raise ValueError(f"The path has more than {LEVELS} parts. Use one such as notes.txt.")
    root = WORKSPACE.resolve()
    try:
        file = root.joinpath(*windows.parts).resolve()
    except (OSError, RuntimeError):
        raise ValueError(f"{path!r} runs in a circle of links.") from None
    if not file.is_relative_to(root):
        raise ValueError(f"{path!r} leaves the folder by a link.")
    if file == root:
        raise ValueError(f"{path!r} is a folder. Add a file name.")
    return root, file
