"""A settings file of another program, changed without harm: what else it says stays, and so does a copy of it."""

import itertools
import shutil
import tempfile
from pathlib import Path

from kit.connect import formats
from kit.connect.program import Program
from kit.connect.unreadable import Unreadable
from kit.problem import Problem


def write(program: Program, path: Path) -> Path | None:
    """The copy of the file as it was; None where there was none.

    Raises `Problem` for a file that cannot be read or written; it is then as it was.
    """
    target = path.resolve()  # of a link, as those who keep their settings in git have them
    try:
        before = target.read_text(encoding="utf-8-sig") if target.exists() else ""
        after = formats.merged(before, program.begin, program.content, program.format)
        if after == before:
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = _copy(target) if target.exists() else None
        _replace(target, after)
    except UnicodeDecodeError:
        raise Problem(
            f"{path} is not UTF-8 text. Nothing was changed; save it as UTF-8, or add the lines by hand.",
            f"{path} 不是 UTF-8 文本。未作任何更改；请另存为 UTF-8，或手动添加。",
        ) from None
    except Unreadable as error:
        raise Problem(
            f"{path} cannot be changed: {error}. Nothing was changed; mend it, or add by hand what is printed without"
            " --write.",
            f"无法修改 {path}：{error}。未作任何更改；请修正该文件，或手动添加不带 --write 时显示的内容。",
        ) from None
    except OSError as error:
        raise Problem(
            f"cannot write {path}: {error.strerror}. Nothing was changed; add the lines by hand.",
            f"无法写入 {path}：{error.strerror}。未作任何更改；请手动添加。",
        ) from None
    return copy


def _copy(target: Path) -> Path:
    names = (target.with_name(f"{target.name}.before-connect{n or ''}") for n in itertools.count())
    copy = next(name for name in names if not name.exists())
    return Path(shutil.copy2(target, copy))


def _replace(target: Path, text: str) -> None:
    """All or nothing, even if the power fails: a file beside it takes its name."""
    with tempfile.NamedTemporaryFile("wb", dir=target.parent, delete=False) as beside:
        try:
            beside.write(text.encode())
            beside.close()
            if target.exists():
                shutil.copymode(target, beside.name)
            Path(beside.name).replace(target)
        except BaseException:
            beside.close()
            Path(beside.name).unlink(missing_ok=True)
            raise
