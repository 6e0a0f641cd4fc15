"""`python -m agents evaluate`: cases run and counted, or two saved runs compared."""

import json
import os
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from kit.problem import Problem


def evaluate(
    cases: Annotated[Path | None, typer.Argument(help="One JSON case a line. 每行一个 JSON 用例。")] = None,
    agent: Annotated[str, typer.Option(help="A file in agents/. agents/ 中的文件名。")] = "tool_agent",
    repeat: Annotated[int, typer.Option(min=1, help="Attempts at each case. 每个用例运行几次。")] = 1,
    model: Annotated[
        str | None, typer.Option(help="In place of CHAT_MODEL_NAME. 代替 CHAT_MODEL_NAME。")
    ] = None,
    prompt: Annotated[
        Path | None, typer.Option(help="A text in place of SYSTEM_PROMPT. 代替 SYSTEM_PROMPT 的文本文件。")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Keep the run, for --compare. 保存结果，供 --compare 使用。")
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="A B", help="Two saved runs: what flipped. 比较两次保存的结果。"),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="A report to look at. 生成可浏览的报告。")] = None,
    otlp: Annotated[
        str | None, typer.Option(metavar="URL", help="Send traces there. 将跟踪数据发送到该地址。")
    ] = None,
    otlp_content: Annotated[
        bool, typer.Option("--otlp-content", help="With what was said. 包含对话内容。")
    ] = False,
) -> None:
    """Run an agent over cases, or compare two runs 用用例衡量智能体，或比较两次结果。"""
    if compare and not cases:
        _compare(*compare, html)
        return
    if compare or not cases:
        raise Problem(
            "evaluate takes either cases, such as agents/cases/tool_agent.jsonl, or --compare and two saved runs.",
            "evaluate 需要用例文件（如 agents/cases/tool_agent.jsonl），或 --compare 加两个保存的结果，二者选一。",
        )
    # langchain costs a second to import, which only this command pays.
    from agents.runtime.evaluation import results, run, table
    from agents.runtime.evaluation.case import read_cases
    from agents.runtime.evaluation.report import report
    from agents.runtime.screen import note
    from agents.runtime.telemetry import spans_to
    from kit.api_problems import api_problems
    from kit.endpoint import require_server, served_model
    from kit.env import setting

    if model:
        os.environ["CHAT_MODEL_NAME"] = model
    known = read_cases(cases)
    start = run.find_agent(agent, prompt)
    for file in (save, html):
        if file:
            results.require_writable(file)
    require_server()
    if not setting("MOLY_DETERMINISTIC"):
        note(
            "Another run may differ by a rounding. MOLY_DETERMINISTIC=1 in .env keeps this kit's server from it.",
            "再次运行时，回答可能因舍入误差而不同；在 .env 中设置 MOLY_DETERMINISTIC=1 可使本套件的服务器避免这一点。",
        )
    with ExitStack() as stack:
        record: run.Record = run.unrecorded
        if otlp:
            record = stack.enter_context(spans_to(otlp, agent, content=otlp_content)).record
        with api_problems():
            outcomes = run.evaluate(start, known, repeat, record)
    ended = datetime.now().astimezone().isoformat(timespec="seconds")
    done = results.Results(
        agent=agent,
        model=served_model(),
        prompt=str(prompt) if prompt else None,
        at=ended,
        outcomes=outcomes,
    )
    if save:
        results.save(done, save)
    if html:
        results.write(html, report(done))
    table.show(done)
    print(json.dumps(done.figures, ensure_ascii=False))


def _compare(a: Path, b: Path, html: Path | None) -> None:
    from agents.runtime.evaluation import results, table
    from agents.runtime.evaluation.comparison import Comparison
    from agents.runtime.evaluation.report import comparison_report

    comparison = Comparison.of(results.read(a), results.read(b))
    if not comparison.pairs:
        raise Problem(
            f"{a} and {b} have no case in common. Run both over the same cases.",
            f"{a} 与 {b} 没有共同的用例。请用同一份用例各运行一次。",
        )
    if html:
        results.write(html, comparison_report(comparison))
    table.show_comparison(comparison)
    print(json.dumps(comparison.figures, ensure_ascii=False))
