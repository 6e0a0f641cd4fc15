"""List the sample agents."""

from rich.console import Console

from kit.problem import exit_on_problem

SAMPLES = (
    (
        'python -m agents.tool_agent "What is 17.5 % of 2480?"',
        "calls tools: a clock, an exact calculator, unit conversion, search in the handbook",
        "调用工具：时钟、精确计算器、单位换算、手册搜索",
    ),
    (
        'python -m agents.rag_agent "When is lunch on Sunday?"',
        "answers from your documents, with sources; first run: python -m rag ingest docs/handbook",
        "依据您的文档回答并注明出处；请先运行 python -m rag ingest docs/handbook",
    ),
)

with exit_on_problem():
    console = Console(highlight=False, soft_wrap=True)
    for command, en, zh in SAMPLES:
        console.print(f"[bold]{command}[/bold]\n  {en}\n  {zh}")
