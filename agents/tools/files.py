"""Files in one folder, `workspace` in the current one, which no path leaves."""

import os
import re
from pathlib import Path, PureWindowsPath

WORKSPACE = Path("workspace")
READ_CHARACTERS = 4_000
WRITE_CHARACTERS = 20_000
LISTED_FILES = 100

# Windows opens a device under these names in every folder, whatever the extension.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE)


def list_files() -> str:
    """List the user's files."""
    root = WORKSPACE.resolve()
    found = []
    for folder, _, names in os.walk(root):
        found += [path for name in names if (path := Path(folder, name)).resolve().is_relative_to(root)]
    listed = [
        f"{path.relative_to(root).as_posix()} ({path.stat().st_size} bytes)"
        for path in sorted(found)[:LISTED_FILES]
    ]
    if len(found) > LISTED_FILES:
        listed.append(f"and {len(found) - LISTED_FILES} more")
    return "\n".join(listed) or "There are no files yet."


def read_file(path: str) -> str:
    """Read one of the user's text files."""
    file = _inside(path)
    if not file.is_file():
        raise ValueError(f"There is no file {path!r}. list_files names them all.")
    try:
        with file.open(encoding="utf-8") as text:
            content = text.read(READ_CHARACTERS + 1)
    except UnicodeDecodeError:
        raise ValueError(f"{path!r} is not UTF-8 text.") from None
    except OSError as error:
        raise ValueError(f"Cannot read {path!r}: {error.strerror}.") from None
    if len(content) > READ_CHARACTERS:
        return f"{content[:READ_CHARACTERS]}\n(cut after {READ_CHARACTERS} characters)"
    return content or "(The file is empty.)"


def write_file(path: str, content: str) -> str:
    """Save text as a file of the user's, replacing what it held."""
    if len(content) > WRITE_CHARACTERS:
        raise ValueError(f"The content is longer than {WRITE_CHARACTERS} characters.")
    file = _inside(path)
    if file.exists() and not file.is_file():
        raise ValueError(f"{path!r} is a folder. Add a file name.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise ValueError(f"Cannot write {path!r}: {error.strerror}.") from None
    return f"Wrote {len(content)} characters to {path}."


def _inside(path: str) -> Path:
    """The file that a relative path names, on every system the same or none."""
    # Windows' rules everywhere: they know drives, shares, and both slashes.
    windows = PureWindowsPath(path.strip())
    if windows.drive or windows.root:
        raise ValueError(f"{path!r} is not a relative path. Use one such as notes.txt.")
    if not windows.parts:
        raise ValueError("The path is empty. Use one such as notes.txt.")
    for part in windows.parts:
        if part == "..":
            raise ValueError(f"{path!r} leaves the folder. Use a path such as notes.txt.")
        if _DEVICE.fullmatch(part) or part.endswith((".", " ")) or re.search(r'[\x00-\x1f\x7f:*?"<>|]', part):
            raise ValueError(f"{part!r} is not a file name on every system. Use one such as notes.txt.")
    root = WORKSPACE.resolve()
    try:
        file = root.joinpath(*windows.parts).resolve()
    except (OSError, RuntimeError):
        raise ValueError(f"{path!r} runs in a circle of links.") from None
    if not file.is_relative_to(root):
        raise ValueError(f"{path!r} leaves the folder by a link.")
    return file
