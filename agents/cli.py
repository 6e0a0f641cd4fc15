"""`python -m agents`: what samples there are, traces, and measuring an agent."""

import ast
from pathlib import Path
from typing import Annotated

import typer

from agents.front.screen import console
from kit.problem import exit_on_problem

app = typer.Typer(
    help="Sample agents. 示例智能体。",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    with exit_on_problem():
        app(standalone_mode=True)


@app.callback(invoke_without_command=True)
def samples(context: typer.Context) -> None:
    """List the samples. 列出示例。"""
    if context.invoked_subcommand:
        return
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if about := _summary(path):
            console.print(f"[bold]python -m agents.{path.stem}[/bold]\n  {about[0]}\n  {about[1]}")
    console.print(
        '\nWith a question they answer it: python -m agents.tool_agent "How much is 250 US dollars in yuan?"'
        " Without one they chat. -h shows more.\n"
        "带问题则直接回答；不带问题则进入对话；-h 查看更多。\n\n"
        "[bold]python -m agents evaluate agents/cases/tool_agent.jsonl[/bold]\n"
        "  measures an agent on questions with known outcomes\n  用已知结果的问题衡量智能体\n"
        "[bold]python -m agents trace FILE[/bold]\n"
        "  shows what --trace FILE wrote\n  显示 --trace FILE 记录的步骤"
    )


@app.command()
def trace(file: Annotated[Path, typer.Argument(help="Written by --trace. 由 --trace 写出。")]) -> None:
    """Show a trace as a tree 以树状显示跟踪记录。"""
    from agents.front.trace import trees

    for tree in trees(file):
        console.print(tree)


@app.command()
def evaluate(
    cases: Annotated[Path, typer.Argument(help="One JSON case a line. 每行一个 JSON 用例。")],
    agent: Annotated[str, typer.Option(help="A file in agents/. agents/ 中的文件名。")] = "tool_agent",
    repeat: Annotated[int, typer.Option(min=1, help="Attempts at each case. 每个用例运行几次。")] = 1,
) -> None:
    """Run an agent over cases and count 用用例衡量智能体。"""
    # langchain costs a second to import, which only this command pays.
    from agents.evaluation import evaluate as evaluation
    from agents.evaluation.case import read_cases
    from kit.api_problems import api_problems
    from kit.endpoint import endpoint, require_server

    known = read_cases(cases)
    start = evaluation.find_agent(agent)
    require_server()
    with api_problems():
        outcomes = evaluation.evaluate(start, known, repeat)
    evaluation.show(known, outcomes)
    print(evaluation.summary(agent, endpoint("CHAT").model, outcomes))


def _summary(path: Path) -> tuple[str, str] | None:
    """A module's SUMMARY, read and not imported: a sample may bring seconds of imports."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SUMMARY":
            en, zh = ast.literal_eval(node.value)
            return en, zh
    return None
