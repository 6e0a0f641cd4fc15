"""`python -m kit connect`."""

import difflib
import shlex
from typing import Annotated

import typer
from rich.table import Table

from kit.connect.program import Program, programs
from kit.console import Console
from kit.problem import Problem

console = Console(markup=False, emoji=False, highlight=False)


def connect(
    name: Annotated[
        str, typer.Argument(help="A program; without one all are listed. 程序名；不填则列出全部。")
    ] = "",
    write: Annotated[
        bool,
        typer.Option("--write", help="Into its settings, with a copy of them. 写入其设置文件并保留备份。"),
    ] = False,
) -> None:
    """What another program needs to use this server 让其他程序使用本服务器。"""
    known = programs()
    if not name:
        _list(known)
        return
    if name not in known:
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
        meant = f" Did you mean {near[0]}?" if near else ""
        meant_zh = f"是否想用 {near[0]}？" if near else ""
        raise Problem(
            f"{name} is not known.{meant} `python -m kit connect` lists the programs; whatever speaks OpenAI's API"
            " takes `python -m kit connect openai`.",
            f"没有 {name}。{meant_zh}`python -m kit connect` 列出全部程序；兼容 OpenAI 接口的程序可用"
            " `python -m kit connect openai`。",
        )
    if write:
        _write(name, known[name])
    else:
        _show(name, known[name])


def _list(known: dict[str, Program]) -> None:
    table = Table(box=None, show_header=False)
    for name, program in known.items():
        how = "--write" if program.file else "variables 环境变量" if program.variables else "steps 步骤"
        table.add_row(name, program.title, how)
    console.print(table)
    print("\npython -m kit connect NAME shows what it needs. 显示该程序需要的设置。")


def _show(name: str, program: Program) -> None:
    """What is to be copied stands by itself, without colours."""
    from kit.connect.formats import merged  # its libraries take a moment, which other commands need not pay

    print(f"{program.title}: {program.docs}")
    if program.steps:
        print(f"\n{program.steps[0]}.\n{program.steps[1]}。")
    if program.variables:
        pairs = program.variables.items()
        print("\n" + "\n".join(f"export {variable}={shlex.quote(value)}" for variable, value in pairs))
        quoted = [(variable, value.replace("'", "''")) for variable, value in pairs]
        print("\nPowerShell:\n" + "\n".join(f"$env:{variable} = '{value}'" for variable, value in quoted))
    if program.file:
        text = merged("", program.begin, program.content, program.format)
        print(f"\n{program.file}:\n\n{text}")
        print(
            f"`python -m kit connect {name} --write` does it; other settings stay. 可自动写入，其他设置不变。"
        )
    _hints(program)


def _write(name: str, program: Program) -> None:
    from kit.connect.settings_file import write

    if not program.file:
        raise Problem(
            f"{program.title} has no file to write to. `python -m kit connect {name}` says what to do.",
            f"{program.title} 没有可写入的文件。`python -m kit connect {name}` 会说明如何设置。",
        )
    copy = write(program, program.file)
    print(f"{program.file} is set 已设置" + (f"; as it was 原文件: {copy}" if copy else ""))
    for variable, value in program.variables.items():
        print(f"It also needs 还需要环境变量 {variable}={value}")
    _hints(program)


def _hints(program: Program) -> None:
    if program.container:
        print(
            "\nIn a container localhost is the container: write host.docker.internal instead, and"
            " MOLY_ALLOWED_HOSTS=host.docker.internal in .env; docs/connect.md has the rest."
            "\n在容器中 localhost 指容器本身：请改用 host.docker.internal，并在 .env 中设置"
            " MOLY_ALLOWED_HOSTS=host.docker.internal；详见 docs/connect.zh-CN.md。"
        )
    if program.assistant:
        print(
            "\nIt sends thousands of tokens before your question: a larger model and CONTEXT_LENGTH=32768 or more in"
            " .env; on a CPU the first answer takes minutes."
            "\n它会在问题之前发送数千个词元：请换用更大的模型，并在 .env 中设置 CONTEXT_LENGTH=32768 或更大；"
            "在 CPU 上首次回答需要几分钟。"
        )
