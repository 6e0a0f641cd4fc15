"""A planner, workers and a writer on one server: python -m agents.team_agent "What must our team do on Sunday?"

The planner splits the question into tasks, a worker answers each at the same time as the others, the writer makes
one text of it. All of them begin with the same long document, which the server reads once: see the tokens cached.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import openai
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AnyMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, Field, ValidationError

from agents.runtime import run
from agents.runtime.steps import Note, Step, TextDelta, ToolCall, ToolResult
from agents.runtime.usage import usage_of
from kit.endpoint import chat_model
from kit.language import language_of

SUMMARY = (
    "a planner, several workers at once and a writer share one long document",
    "规划者、并行的执行者和撰写者，共享同一份长文档",
)

HANDBOOK = Path(__file__).parents[1] / "docs" / "handbook"
PAGES = ("schedule", "submission", "judging")

# What everybody shares stands first and the task last: only what comes after the first difference is read anew.
SHARED = """\
You are one of a team that answers a question from the pages below. Use nothing but the pages.
Answer in the language of the question. 请用提问的语言回答。

"""
# Asked for questions, a small model repeats the one it was given; tasks it has to think of.
PLAN = {
    "en": (
        "Question: {question}\n\nWhich two to four different parts does the answer need? Write each as a short task"
        ' that begins with a verb, such as "Find ...".'
    ),
    "zh": (
        "问题：{question}\n\n回答它需要哪两到四个不同的部分？把每个部分写成一个以动词开头的中文短任务，例如“查找……”。"
    ),
}
WORK = {
    "en": "In at most three sentences, do only this task: {task}",
    "zh": "用最多三句中文，只完成这一个任务：{task}",
}
WRITE = {
    "en": "Question: {question}\n\nYour team found:\n\n{reports}\n\nAnswer the question from that, in short points.",
    "zh": "问题：{question}\n\n团队找到的内容：\n\n{reports}\n\n请据此用中文分点简短回答这个问题。",
}


class Plan(BaseModel):
    """Tasks that can be done at the same time."""

    tasks: list[str] = Field(min_length=2, max_length=4)


class TeamAgent:
    """Each question is work of its own; the team keeps no memory of the one before."""

    def ask(self, question: str) -> Iterator[Step]:
        language = language_of(question)
        shared = SystemMessage(SHARED + pages(language))
        tasks = yield from plan(shared, question)
        for number, task in enumerate(tasks):
            yield ToolCall(f"worker-{number}", f"worker {number + 1}", {"task": task})
        reports = yield from work(shared, [WORK[language].format(task=task) for task in tasks])
        written = WRITE[language].format(question=question, reports="\n\n".join(reports))
        writer = chat_model(temperature=0, max_tokens=400, stream_usage=True)
        for piece in writer.stream([shared, HumanMessage(written)]):
            if piece.text:
                yield TextDelta(piece.text)
            if piece.usage_metadata:
                yield usage_of(piece)


def plan(shared: AnyMessage, question: str) -> Generator[Step, None, list[str]]:
    """The tasks; the whole question as the only one if the model does not split it."""
    planner = chat_model(temperature=0, max_tokens=300)
    wanted = PLAN[language_of(question)].format(question=question)
    structured = planner.with_structured_output(Plan, method="json_schema", include_raw=True)
    try:
        planned: Any = structured.invoke([shared, HumanMessage(wanted)])
    except (ValidationError, openai.LengthFinishReasonError):
        yield Note(
            "The planner gave no plan; one worker does it all.", "规划者没有给出计划，由一个执行者完成。"
        )
        return [question]
    yield usage_of(planned["raw"])
    return list(dict.fromkeys(planned["parsed"].tasks))


def work(shared: AnyMessage, tasks: list[str]) -> Generator[Step, None, list[str]]:
    """The reports in the order of the tasks; each is shown as soon as its worker is done."""
    worker = chat_model(temperature=0, max_tokens=200)
    prompts: list[LanguageModelInput] = [[shared, HumanMessage(task)] for task in tasks]
    reports = {}
    for number, report in worker.batch_as_completed(prompts, return_exceptions=True):
        if isinstance(report, openai.APIError):
            # The others' work is not lost with it, unless there is none.
            yield ToolResult(f"worker-{number}", f"worker {number + 1}", str(report), failed=True)
            failure = report
            continue
        if isinstance(report, Exception):
            raise report
        reports[number] = report.text
        cost = usage_of(report)
        yield cost
        read = f"[{cost.cached_tokens} of {cost.input_tokens} tokens were cached] "
        yield ToolResult(f"worker-{number}", f"worker {number + 1}", read + report.text)
    if not reports:
        raise failure
    return [reports[number] for number in sorted(reports)]


def pages(language: str) -> str:
    paths = [HANDBOOK / language / f"{page}.md" for page in PAGES]
    return "\n\n".join(path.read_text(encoding="utf-8") for path in paths)


if __name__ == "__main__":
    run(TeamAgent, __doc__)
