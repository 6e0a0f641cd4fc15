"""`python -m agents`: what samples there are, traces, and measuring an agent."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from agents.runtime.evaluation.cli import evaluate
from agents.runtime.screen import console
from kit.problem import Problem, exit_on_problem
from kit.summary import summary


class Commands(TyperGroup):
    """Leads somebody who writes a sample's name as a command to the dot."""

    def resolve_command(self, context: Any, arguments: list[str]) -> Any:
        name = arguments[0].removesuffix(".py")
        if name not in self.commands and (Path(__file__).parents[1] / f"{name}.py").is_file():
            raise Problem(
                f"{name} is a module of its own. Write `python -m agents.{name}`, with a dot.",
                f"{name} 是单独的模块，请写成 `python -m agents.{name}`（中间是点）。",
            )
        return super().resolve_command(context, arguments)


app = typer.Typer(
    cls=Commands,
    help="Sample agents. 示例智能体。",
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.command()(evaluate)


def main() -> None:
    with exit_on_problem():
        app(standalone_mode=True)


@app.callback(invoke_without_command=True)
def samples(context: typer.Context) -> None:
    """List the samples. 列出示例。"""
    if context.invoked_subcommand:
        return
    for path in sorted(Path(__file__).parents[1].glob("*.py")):
        if about := summary(path):
            console.print(f"[bold]python -m agents.{path.stem}[/bold]\n  {about[0]}\n  {about[1]}")
    console.print(
        '\nWith a question they answer it: python -m agents.tool_agent "How much is 250 US dollars in yuan?"'
        " Without one they chat. -h shows more.\n"
        "带问题则直接回答；不带问题则进入对话；-h 查看更多。\n\n"
        "[bold]python -m agents evaluate agents/cases/tool_agent.jsonl[/bold]\n"
        "  measures an agent on questions with known outcomes\n  用已知结果的问题衡量智能体\n"
        "[bold]python -m agents trace FILE[/bold]\n"
        "  shows what --trace FILE wrote\n  显示 --trace FILE 记录的步骤\n"
        "[bold]python -m agents serve[/bold]\n"
        "  serves all of them over HTTP, for pages and programs\n  通过 HTTP 提供全部智能体，供网页和程序调用"
    )


@app.command()
def trace(file: Annotated[Path, typer.Argument(help="Written by --trace. 由 --trace 写出。")]) -> None:
    """Show a trace as a tree 以树状显示跟踪记录。"""
    from agents.runtime.trace import trees

    for tree in trees(file):
        console.print(tree)


@app.command()
def serve() -> None:
    """Serve all agents over HTTP 通过 HTTP 提供全部智能体。"""
    for package in ("ag_ui", "fastapi", "uvicorn"):
        if find_spec(package) is None:
            raise Problem(
                f"The package {package} is missing. Run `python -m pip install -e '.[service]'`.",
                f"缺少 {package}。请运行 `python -m pip install -e '.[service]'`。",
            )
    from agents.service.app import serve as listen

    listen()


@app.command()
def web(
    agent: Annotated[str, typer.Argument(help="A file in agents/. agents/ 中的文件名。")] = "tool_agent",
    share_lan: Annotated[
        bool, typer.Option(help="For others in this network. 供同一网络中的人使用。")
    ] = False,
    public: Annotated[
        bool, typer.Option(help="For everybody, in a container. 在容器中对所有人开放。")
    ] = False,
) -> None:
    """Any agent in the browser 在浏览器中使用任一智能体。"""
    from agents.runtime.web.serve import serve

    path = _sample(agent)
    serve(path.stem, path, summary(path) or ("", ""), share_lan=share_lan, public=public)


def _sample(name: str) -> Path:
    path = Path(__file__).parents[1] / f"{name.removesuffix('.py')}.py"
    if not (path.stem.isidentifier() and path.is_file()):
        raise Problem(
            f"there is no agents/{path.name}. `python -m agents` lists the agents.",
            f"没有 agents/{path.name}。运行 `python -m agents` 可列出全部智能体。",
        )
    return path
