"""`python -m kit new NAME`: a team's own agent, test, cases and README beside the kit."""

import keyword
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from kit.problem import Problem

ROOT = Path(__file__).parents[2]
TEMPLATE = Path(__file__).with_name("template")
MARK = "<!-- A page of the starter kit"
READMES = {"README.md": "docs/kit.md", "README.zh-CN.md": "docs/kit.zh-CN.md"}


def new(
    name: Annotated[
        str, typer.Argument(help="Of the agent, as a Python name. 智能体的名字，须是 Python 名称。")
    ],
    title: Annotated[str, typer.Option(help="Of the project, in any language. 项目标题，任何语言。")] = "",
) -> None:
    """Begin your own project in this clone 在此仓库中开始自己的项目。"""
    _check(name)
    title = title or name.replace("_", " ").title()
    files = {
        "agent.py.template": f"agents/{name}.py",
        "test_agent.py.template": f"tests/agents/test_{name}.py",
        "cases.jsonl": f"agents/cases/{name}.jsonl",
    }
    kept = {page: beside for page, beside in READMES.items() if _is_the_kits(ROOT / page)}
    for page, beside in kept.items():
        (ROOT / beside).write_bytes(_moved((ROOT / page).read_text(encoding="utf-8")).encode())
    for source, target in (files | {page: page for page in kept}).items():
        _write(ROOT / target, _named((TEMPLATE / source).read_text(encoding="utf-8"), name, title))
        print(f"wrote 已写入 {target}")
    for page, beside in kept.items():
        print(f"{page} of the kit is now 套件的 {page} 移至 {beside}")
    test = files["test_agent.py.template"]
    if not find_spec("pytest"):  # which only tests need: the first install leaves it out
        print(
            f'Its tests were not run: `python -m pip install -r requirements.txt -e ".[test]"`, then'
            f" `python -m pytest {test}`.\n"
            f'测试未运行：请先 `python -m pip install -r requirements.txt -e ".[test]"`，再 `python -m pytest {test}`。'
        )
    elif subprocess.run([sys.executable, "-m", "pytest", "-q", test], cwd=ROOT).returncode:
        raise Problem(
            f"the tests of {name} do not pass: see above. `python -m pytest {test}` runs them again.",
            f"{name} 的测试未通过，见上文。可用 `python -m pytest {test}` 再次运行。",
        )
    print(
        f'Next: python -m agents.{name} "How many days are left until 18 June 2027?", then docs/build-your-own.md.\n'
        f"下一步：运行 python -m agents.{name}，然后阅读 docs/build-your-own.zh-CN.md。"
    )


def _check(name: str) -> None:
    if (
        not re.fullmatch(r"[a-z][a-z0-9_]{1,27}", name)
        or keyword.iskeyword(name)
        or name in sys.stdlib_module_names
    ):
        near = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()
        near = near[:24].strip("_")
        near = near if re.match(r"[a-z]\w", near) and near != name else f"my_{near or 'agent'}"
        if name in sys.stdlib_module_names or keyword.iskeyword(name):
            raise Problem(
                f"{name} is a name of Python's own. Choose another, such as {near}.",
                f"{name} 是 Python 自带的名称。请换一个，例如 {near}。",
            )
        raise Problem(
            f"{name} cannot be the name of a Python file: at most 28 small letters, digits and _, as in {near}."
            " Its title may be in any language: --title.",
            f"{name} 不能用作 Python 文件名：最多 28 个小写字母、数字和 _，例如 {near}。标题可用任何语言：--title。",
        )
    for taken in (
        f"agents/{name}.py",
        f"agents/{name}",
        f"tests/agents/test_{name}.py",
        f"agents/cases/{name}.jsonl",
    ):
        if (ROOT / taken).exists():
            raise Problem(
                f"{taken} is there already. Choose another name than {name}.",
                f"{taken} 已存在。请换一个名字（不是 {name}）。",
            )


def _is_the_kits(page: Path) -> bool:
    """Not one that the team has written, nor one that it has deleted."""
    return page.exists() and MARK in page.read_text(encoding="utf-8")


def _moved(text: str) -> str:
    """The kit's README as a page in docs/: its links are those of another folder."""

    def link(found: re.Match[str]) -> str:
        target = found[1]
        if target in READMES:
            return f"]({Path(READMES[target]).name})"
        return f"]({target.removeprefix('docs/') if target.startswith('docs/') else f'../{target}'})"

    return re.sub(r"\]\((?!https?://|#)([^)]+)\)", link, text)


def _named(text: str, name: str, title: str) -> str:
    """The template calls the agent heron, and the project Heron."""
    camel = "".join(part.capitalize() for part in name.split("_"))
    text = text.replace("HeronAgent", f"{camel}Agent").replace("heron", name)
    # Last, or a title with a heron in it would be renamed too.
    return re.sub(r"^# Heron$", lambda _: f"# {title}", text, flags=re.M)


def _write(path: Path, text: str) -> None:
    # As bytes, or Windows would write other line ends.
    path.write_bytes(text.encode())
