import os
import sys
from pathlib import Path

import pytest

from agents.tools import files, list_files, read_file, write_file

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
    "notes.",
    "notes /a.txt",
    "*.txt",
    "",
    " ",
    ".",
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
