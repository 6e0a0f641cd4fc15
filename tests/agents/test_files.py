import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from agents.tools import files, folder, list_files, read_file, write_file

OUTSIDE = "nothing for the model\n"


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace beside a file that is none of the model's business."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text(OUTSIDE, encoding="utf-8")
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


def link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target, target_is_directory=target.is_dir())
    except OSError as error:
        pytest.skip(f"no symbolic links here: {error}")


def test_what_was_written_can_be_listed_and_read(workspace: Path) -> None:
    assert list_files() == "There are no files yet."
    assert write_file("notes/星期一.txt", "买牛奶\n") == "Wrote 4 characters to notes/星期一.txt."
    assert write_file("todo.txt", "") == "Wrote 0 characters to todo.txt."

    assert list_files() == "notes/星期一.txt (10 bytes)\ntodo.txt (0 bytes)"
    assert read_file("notes/星期一.txt") == "买牛奶\n"
    assert read_file(" ./notes\\星期一.txt ") == "买牛奶\n"
    assert read_file("todo.txt") == "(The file is empty.)"
    assert (workspace / "notes" / "星期一.txt").is_file()


def test_what_the_list_would_leave_out_is_not_written(workspace: Path) -> None:
    """It was said to be written, and no list ever showed it: its name is what a killed write leaves behind."""
    with pytest.raises(ValueError, match="no name for a file"):
        write_file(".0123456789abcdef.unsaved", "hello")

    assert list(workspace.iterdir()) == []


def test_the_folder_is_made_when_it_is_needed(workspace: Path) -> None:
    workspace.rmdir()

    assert list_files() == "There are no files yet."
    write_file("a.txt", "a")

    assert list_files() == "a.txt (1 bytes)"


LEAVING = [
    "../secret.txt",
    "notes/../../secret.txt",
    "..\\secret.txt",
    "notes\\..\\..\\secret.txt",
    "..",
    "/etc/passwd",
    "\\Windows\\win.ini",
    "//server/share/file.txt",
    "\\\\server\\share\\file.txt",
    "\\\\?\\C:\\secret.txt",
    "\\\\.\\PhysicalDrive0",
    "C:\\secret.txt",
    "C:/secret.txt",
    "C:secret.txt",
    "c:..\\secret.txt",
    "notes.txt:stream",
    "secret.txt\0.png",
    "a\nb",
    "CON",
    "nul",
    "nul.txt",
    "notes/COM1",
    "LPT9.log",
    "com².txt",
    "aux .txt",
    "conin$",
    "notes\u202etxt.exe",
    "no\u200btes.txt",
    "half\ud800.txt",
    "\x1b[2J.txt",
    "notes.",
    "notes /a.txt",
    "*.txt",
    "",
    " ",
    ".",
    "a/" * 1500 + "b",
]


@pytest.mark.parametrize("path", LEAVING)
def test_no_path_leaves_the_folder_on_any_system(workspace: Path, path: str) -> None:
    for act in (lambda: read_file(path), lambda: write_file(path, "overwritten")):
        with pytest.raises(ValueError, match=r"Use (one|a path) such as notes\.txt"):
            act()

    assert list(workspace.iterdir()) == []
    assert (workspace.parent / "secret.txt").read_text(encoding="utf-8") == OUTSIDE


def test_an_absolute_path_into_the_folder_is_refused_too(workspace: Path) -> None:
    with pytest.raises(ValueError, match="not a relative path"):
        write_file(str(workspace / "a.txt"), "a")


@pytest.mark.parametrize("path", ["link.txt", "folder/secret.txt", "folder/new.txt", "folder"])
def test_no_symbolic_link_leaves_the_folder(workspace: Path, path: str) -> None:
    link(workspace / "link.txt", workspace.parent / "secret.txt")
    link(workspace / "folder", workspace.parent)

    for act in (lambda: read_file(path), lambda: write_file(path, "overwritten")):
        with pytest.raises(ValueError, match="leaves the folder by a link"):
            act()

    assert list_files() == "There are no files yet."
    assert (workspace.parent / "secret.txt").read_text(encoding="utf-8") == OUTSIDE
    assert not (workspace.parent / "new.txt").exists()


def test_a_link_to_a_file_that_does_not_exist_yet_makes_none_outside(workspace: Path) -> None:
    link(workspace / "link.txt", workspace.parent / "new.txt")

    with pytest.raises(ValueError, match="leaves the folder by a link"):
        write_file("link.txt", "a")

    assert not (workspace.parent / "new.txt").exists()


def test_links_that_run_in_a_circle_are_refused(workspace: Path) -> None:
    link(workspace / "a", workspace / "b")
    link(workspace / "b", workspace / "a")

    with pytest.raises(ValueError):
        read_file("a")


def test_a_link_inside_the_folder_works(workspace: Path) -> None:
    write_file("a.txt", "a")
    link(workspace / "b.txt", workspace / "a.txt")

    assert read_file("b.txt") == "a"


def test_a_missing_file_is_an_error_that_names_the_way_on() -> None:
    with pytest.raises(ValueError, match=r"no file 'a\.txt'\. list_files names them all"):
        read_file("a.txt")


def test_a_folder_is_neither_read_nor_written(workspace: Path) -> None:
    (workspace / "notes").mkdir()

    with pytest.raises(ValueError, match="There is no file"):
        read_file("notes")
    with pytest.raises(ValueError, match="is a folder"):
        write_file("notes", "a")
    with pytest.raises(ValueError, match="Cannot write"):
        write_file("a.txt", "a")
        write_file("a.txt/b.txt", "b")


def test_a_binary_file_is_not_read(workspace: Path) -> None:
    (workspace / "picture.png").write_bytes(b"\x89PNG\r\n\xff")

    with pytest.raises(ValueError, match="not UTF-8 text"):
        read_file("picture.png")


def test_a_long_file_is_cut_and_a_long_text_refused(workspace: Path) -> None:
    (workspace / "long.txt").write_text("a" * 100_000, encoding="utf-8")

    read = read_file("long.txt")

    assert read == "a" * files.READ_CHARACTERS + f"\n(cut after {files.READ_CHARACTERS} characters)"
    with pytest.raises(ValueError, match="longer than"):
        write_file("longer.txt", "a" * (files.WRITE_CHARACTERS + 1))


def test_a_long_list_is_cut(workspace: Path) -> None:
    for number in range(files.LISTED_FILES + 2):
        (workspace / f"{number:03}.txt").touch()

    assert list_files().splitlines()[-1] == "and 2 more"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="permissions bind nobody here")
def test_a_file_that_may_not_be_written_is_named(workspace: Path) -> None:
    write_file("a.txt", "a")
    (workspace / "a.txt").chmod(0o400)

    with pytest.raises(ValueError, match=r"Cannot write 'a\.txt': Permission denied"):
        write_file("a.txt", "b")


def test_half_of_a_character_leaves_the_file_as_it_was(workspace: Path) -> None:
    """A lone surrogate emptied the file: it was opened for writing before the text was encoded."""
    write_file("a.txt", "old")

    with pytest.raises(ValueError, match=r"Character 4 of the content, '\\ud800', is half of a character"):
        write_file("a.txt", "new\ud800")

    assert read_file("a.txt") == "old"


def test_a_full_disk_leaves_the_file_as_it_was(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file("a.txt", "old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ValueError, match=r"Cannot write 'a\.txt': No space left"):
        write_file("a.txt", "new")

    assert (workspace / "a.txt").read_text(encoding="utf-8") == "old"
    assert [path.name for path in workspace.iterdir()] == ["a.txt"]


def test_a_program_killed_while_it_writes_leaves_the_file_as_it_was(workspace: Path) -> None:
    write_file("a.txt", "old")
    killed = "import os; os.fsync = lambda _: os._exit(9); from agents.tools import write_file; "
    killed += "write_file('a.txt', 'new')"

    done = subprocess.run(
        [sys.executable, "-c", killed],
        cwd=workspace.parent,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )

    assert done.returncode == 9
    assert read_file("a.txt") == "old"
    assert list_files() == "a.txt (3 bytes)"
    write_file("a.txt", "newer")
    assert read_file("a.txt") == "newer"


@pytest.mark.skipif(sys.platform == "win32", reason="no permissions of this kind")
def test_a_file_that_was_private_stays_private(workspace: Path) -> None:
    write_file("a.txt", "old")
    (workspace / "a.txt").chmod(0o600)

    write_file("a.txt", "new")

    assert (workspace / "a.txt").stat().st_mode & 0o777 == 0o600


def test_a_name_too_long_for_the_system_is_told() -> None:
    path = "a" * 300 + ".txt"

    with pytest.raises(ValueError, match=r"Cannot read|There is no file"):
        read_file(path)
    with pytest.raises(ValueError, match="Cannot write"):
        write_file(path, "a")


def test_links_in_a_circle_and_odd_names_are_left_out_of_the_list(workspace: Path) -> None:
    """One link to itself, or a name in no encoding, made list_files fail."""
    write_file("a.txt", "a")
    link(workspace / "circle", workspace / "circle")
    link(workspace / "up", workspace)
    if sys.platform == "linux":
        (workspace / os.fsdecode(b"\xff.txt")).touch()
        (workspace / "esc\x1b[2J.txt").touch()
        (workspace / "line\nline.txt").touch()
        os.mkfifo(workspace / "pipe")

    assert list_files() == "a.txt (1 bytes)"


@pytest.mark.skipif(sys.platform != "linux", reason="paths this long are made differently elsewhere")
def test_folders_deeper_than_a_path_can_say_are_left_out_of_the_list(workspace: Path) -> None:
    """A path of more than 4,096 bytes can't be opened, and os.walk is recursive in Python 3.11."""
    write_file("a.txt", "a")
    here = os.open(workspace, os.O_RDONLY)
    for _ in range(60):
        os.mkdir("d" * 100, dir_fd=here)
        here, above = os.open("d" * 100, os.O_RDONLY, dir_fd=here), here
        os.close(above)
    os.close(here)

    assert list_files() == "a.txt (1 bytes)"


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
def test_a_pipe_that_nobody_writes_is_not_waited_for(workspace: Path) -> None:
    os.mkfifo(workspace / "pipe")

    with pytest.raises(ValueError, match="There is no file"):
        read_file("pipe")
    with pytest.raises(OSError):
        folder.open_file(workspace.resolve(), workspace.resolve() / "pipe")


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
def test_a_pipe_is_not_replaced(workspace: Path) -> None:
    """A file took its place, and whoever read the pipe waited for ever."""
    os.mkfifo(workspace / "pipe")

    with pytest.raises(ValueError, match="no file; choose another"):
        write_file("pipe", "new")
    assert (workspace / "pipe").is_fifo()


@pytest.fixture(params=["walked", "compared"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of staying inside; the second is that of Windows."""
    if request.param == "walked" and not folder._WALKS:
        pytest.skip("this system opens no name relative to a folder")
    monkeypatch.setattr(folder, "_WALKS", request.param == "walked")
    if request.param == "compared":
        for flags in ("_READ", "_WRITE", "_FOLDER"):
            monkeypatch.setattr(folder, flags, getattr(folder, flags) & ~getattr(os, "O_NOFOLLOW", 0))
    return str(request.param)


def test_a_link_that_came_after_the_look_is_not_followed(workspace: Path, way: str) -> None:
    """Between the look at a path and its opening, a folder in it can become a link."""
    root = workspace.resolve()
    link(root / "folder", root.parent)
    link(root / "link.txt", root.parent / "secret.txt")

    for file in (root / "folder" / "secret.txt", root / "link.txt"):
        with pytest.raises(OSError):
            folder.open_file(root, file)
    with pytest.raises(OSError):
        folder.replace_file(root, root / "folder" / "secret.txt", b"overwritten")
    folder.replace_file(root, root / "link.txt", b"the link is replaced, and not what it names")

    assert (root.parent / "secret.txt").read_text(encoding="utf-8") == OUTSIDE
    assert sorted(path.name for path in root.parent.iterdir()) == ["secret.txt", "workspace"]


def test_both_ways_read_and_write_what_is_inside(workspace: Path, way: str) -> None:
    write_file("notes/a.txt", "a")
    write_file("notes/a.txt", "b")

    assert read_file("notes/a.txt") == "b"
    with pytest.raises(ValueError, match=r"a folder|Cannot write"):
        write_file("notes", "a")
    assert list_files() == "notes/a.txt (1 bytes)"


@contextmanager
def swapping(real: Path, outside: Path) -> Iterator[None]:
    """The folder `real` becomes a link to `outside` and a folder again, as fast as another process can."""
    stop = threading.Event()
    aside = real.with_name("aside")

    def swap() -> None:
        while not stop.is_set():
            # Windows refuses to move what is open.
            with suppress(OSError):
                real.rename(aside)
                real.symlink_to(outside, target_is_directory=True)
            with suppress(OSError):
                real.unlink()
            with suppress(OSError):
                aside.rename(real)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_race_with_a_link_reads_and_writes_nothing_outside(workspace: Path) -> None:
    """13 of 15,917 reads came from outside the folder."""
    link(workspace / "probe", workspace.parent)
    outside = workspace.parent / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text(OUTSIDE, encoding="utf-8")
    write_file("notes/a.txt", "inside")
    read = written = 0
    enough, latest = time.monotonic() + 2, time.monotonic() + 60

    with swapping(workspace / "notes", outside):
        while (now := time.monotonic()) < enough or (now < latest and not (read and written)):
            with suppress(ValueError):
                assert read_file("notes/a.txt") == "inside"
                read += 1
            with suppress(ValueError):
                write_file("notes/a.txt", "inside")
                written += 1

    assert read and written
    assert [path.name for path in outside.iterdir()] == ["a.txt"]
    assert (outside / "a.txt").read_text(encoding="utf-8") == OUTSIDE
