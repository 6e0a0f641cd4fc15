"""Whether a project can be handed in: what is missing, named with what to do."""

import re
from collections.abc import Iterator
from pathlib import Path

from dotenv import dotenv_values

from kit.doctor.finding import Finding, error, ok, warning
from kit.fork import tree
from kit.fork.new import MARK
from kit.secrets import keys_in, secret_values

FILL_IN = "<!-- fill in"
# What a mail and most upload forms take.
MOST_BYTES = 50_000_000
LARGE_FILE = 20_000_000


def keys(root: Path, files: list[str]) -> Iterator[Finding]:
    """Keys in the files, and in whatever any commit ever added: a deleted one is still for all to read."""
    known = secret_values({name: value or "" for name, value in dotenv_values(root / ".env").items()})

    def in_line(line: str) -> bool:
        return any(value in line for value in known) or any(True for _ in keys_in(line))

    here = [
        f"{file}, line {number}"
        for file in files
        for number, line in enumerate(_text(root / file).splitlines(), 1)
        if in_line(line)
    ]
    if here:
        yield error(
            "pack.key",
            f"a key stands in {'; '.join(here[:5])}. Move it to .env, and take a new one from the provider.",
            f"{'；'.join(here[:5])} 中有密钥。请移到 .env，并向服务商更换密钥。",
        )
    told = {spot.partition(", line ")[0] for spot in here}
    added = tree.added_lines(root)
    past = {f"{file} ({commit})" for commit, file, line in added if file not in told and in_line(line)}
    if past:
        yield error(
            "pack.key_in_history",
            f"a key stands in the history: {', '.join(sorted(past)[:5])}. Take a new key, then begin the history anew:"
            " `git checkout --orphan clean`, commit, delete the old branch.",
            f"历史提交中有密钥：{'、'.join(sorted(past)[:5])}。请更换密钥，然后重新开始历史："
            "`git checkout --orphan clean`，提交后删除旧分支。",
        )
    if not here and not past:
        yield ok("pack.keys", "no keys in the files and their history", "文件和历史中没有密钥")


def licence(root: Path, files: list[str]) -> Iterator[Finding]:
    found = next((file for file in files if re.fullmatch(r"LICEN[CS]E(\.\w+)?", file)), None)
    if found and (root / found).stat().st_size:
        yield ok("pack.licence", f"licence: {found}", f"许可证：{found}")
    else:
        yield error(
            "pack.licence",
            "there is no LICENSE: nobody may use what has none. The kit's is Apache-2.0; put its text there again:"
            " https://www.apache.org/licenses/LICENSE-2.0.txt",
            "没有 LICENSE 文件，别人无权使用。套件使用 Apache-2.0，请放回其全文："
            "https://www.apache.org/licenses/LICENSE-2.0.txt",
        )


def size(root: Path, files: list[str]) -> Iterator[Finding]:
    sizes = {file: (root / file).stat().st_size for file in files}
    for file, count in sizes.items():
        if count > LARGE_FILE:
            yield error(
                "pack.large",
                f"{file} has {count / 1e6:.0f} MB. Take it out (`git rm --cached {file}`), and say in README.md where"
                " it comes from.",
                f"{file} 有 {count / 1e6:.0f} MB。请移出仓库（`git rm --cached {file}`），并在"
                " README 中说明如何获取。",
            )
    total = sum(sizes.values())
    told = f"{len(files)} files, {total / 1e6:.1f} MB"
    if total > MOST_BYTES:
        yield warning(
            "pack.size",
            f"{told}: more than the {MOST_BYTES // 1_000_000} MB that most forms take. Leave out"
            " data and recordings.",
            f"{told}：超过多数提交表单允许的 {MOST_BYTES // 1_000_000} MB。请去掉数据和录像。",
        )
    else:
        yield ok("pack.size", told, f"{len(files)} 个文件，{total / 1e6:.1f} MB")


def readme(root: Path, files: list[str]) -> Iterator[Finding]:
    for page in ("README.md", "README.zh-CN.md"):
        text = _text(root / page) if page in files else ""
        left = [number for number, line in enumerate(text.splitlines(), 1) if FILL_IN in line]
        if not text and page == "README.md":
            yield error(
                "pack.readme",
                "README.md is missing. `python -m kit new NAME` writes one to fill in.",
                "缺少 README.md。`python -m kit new 名字` 可生成待填写的模板。",
            )
        elif MARK in text:
            yield error(
                "pack.readme",
                f"{page} is still the kit's own. Write yours, or let `python -m kit new NAME` begin one.",
                f"{page} 还是套件自带的。请写自己的，或用 `python -m kit new 名字` 生成模板。",
            )
        elif left:
            lines = ", ".join(map(str, left))
            yield error(
                "pack.readme",
                f"{page} is not filled in: line {lines}. Write there what the comment asks for, and"
                " delete the comment.",
                f"{page} 尚未填写：第 {lines} 行。请按注释填写，并删除注释。",
            )
        elif text:
            yield ok("pack.readme", f"{page} is filled in", f"{page} 已填写")


def committed(root: Path) -> Iterator[Finding]:
    changed, unknown = tree.changed(root)
    if changed:
        yield warning(
            "pack.changed",
            f"not committed: {_some(changed)}. They are handed in as they are now; with `git commit` the commit in the"
            " manifest is what is handed in.",
            f"尚未提交：{_some(changed)}。打包的是它们现在的内容；运行 `git commit` 后，清单中的提交才与打包内容一致。",
        )
    if unknown:
        yield warning(
            "pack.unknown",
            f"not in git, so not handed in: {_some(unknown)}. `git add -A` and `git commit` if they belong to it.",
            f"未加入 git，因此不会打包：{_some(unknown)}。如属于项目，请 `git add -A` 并 `git commit`。",
        )


def _some(names: list[str]) -> str:
    more = len(names) - 5
    return ", ".join(names[:5]) + (f" … (+{more})" if more > 0 else "")


def _text(path: Path) -> str:
    """Empty for what is no text: pictures, databases."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError):
        return ""
