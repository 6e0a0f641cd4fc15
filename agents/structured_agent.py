"""A document in, a validated object out: python -m agents.structured_agent docs/handbook/en/afterwards.md

Takes the path of a document that `rag` can read, or the text itself. The server holds the model to the JSON schema of
`Calendar`; what a schema cannot say, such as that June has 30 days, pydantic checks, and the model gets one chance to
fix it.
"""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import openai
from langchain_core.messages import AnyMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, Field, ValidationError, WithJsonSchema

from agents.runtime import run
from agents.runtime.program import approver
from agents.runtime.steps import Note, Step, TextDelta, Usage
from agents.runtime.usage import usage_of
from kit.endpoint import chat_model
from kit.problem import Problem
from rag.loaders import load

SUMMARY = (
    "reads dates out of a document into a validated pydantic object",
    "从文档中提取日期，得到经过校验的 pydantic 对象",
)

ANSWER_TOKENS = 1024
# About as much as fits beside the answer into a window of 8,192 tokens.
MOST_CHARACTERS = 12_000

SYSTEM_PROMPT = """\
List the dates in the document: what happens, on which day. Take them from the document only, in its language.
Where it names no year, take the year that its other dates have. 只列出文档中写明的日期，用文档的语言。"""


# The server holds the model to the pattern, so that a sum of money cannot become a year.
DAY = r"^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"


class Event(BaseModel):
    """Something that happens on a day; the date comes first, because the model writes the fields in this order."""

    date: Annotated[datetime.date, WithJsonSchema({"type": "string", "pattern": DAY})] = Field(
        description="YYYY-MM-DD"
    )
    what: str = Field(description="what happens on that day, in a few words of the document")


class Calendar(BaseModel):
    """The dates in a document."""

    events: list[Event] = Field(min_length=1, max_length=12)


class StructuredAgent:
    """Each question is a document; none remembers the one before."""

    def ask(self, question: str) -> Iterator[Step]:
        prompt: list[AnyMessage] = [SystemMessage(SYSTEM_PROMPT), HumanMessage(document(question))]
        try:
            calendar, usage = extract(prompt)
        except ValidationError as error:
            yield Note(
                f"The model's object is not valid, it is asked once more: {mistakes(error)}",
                f"模型给出的对象未通过校验，再问一次：{mistakes(error)}",
            )
            try:
                calendar, usage = extract([*prompt, HumanMessage(f"Fix these mistakes: {mistakes(error)}")])
            except ValidationError as again:
                raise Problem(
                    f"The model gave no valid object in two attempts: {mistakes(again)}."
                    " Shorten the document, or use a larger model.",
                    f"模型两次都没有给出有效的对象：{mistakes(again)}。请缩短文档，或换用更大的模型。",
                ) from again
        yield usage
        yield TextDelta(calendar.model_dump_json(indent=2))


def extract(prompt: list[AnyMessage]) -> tuple[Calendar, Usage]:
    """Raises `ValidationError` for an object that is none of the class, though its JSON may fit the schema."""
    model = chat_model(temperature=0, max_tokens=ANSWER_TOKENS)
    structured = model.with_structured_output(Calendar, method="json_schema", include_raw=True)
    try:
        answer: Any = structured.invoke(prompt)
    except openai.LengthFinishReasonError:
        raise Problem(
            f"The object is longer than {ANSWER_TOKENS} tokens. Give a shorter document.",
            f"对象超过 {ANSWER_TOKENS} 个 token，请提供更短的文档。",
        ) from None
    # A server that knows no schemas answers with text, or with nothing: then there is no object to take.
    calendar = answer["parsed"] or Calendar.model_validate_json(answer["raw"].text)
    return calendar, usage_of(answer["raw"])


def document(path_or_text: str) -> str:
    # A text can be longer than a file name may be, and then the system refuses to look for it. Whoever asks from
    # elsewhere has no files here.
    is_path = approver.get() is None and len(path_or_text) < 260 and Path(path_or_text).is_file()
    text = load(Path(path_or_text)).text if is_path else path_or_text
    if len(text) > MOST_CHARACTERS:
        raise Problem(
            f"The document has {len(text)} characters; at most {MOST_CHARACTERS} fit. Give a part of it.",
            f"文档有 {len(text)} 个字符，最多 {MOST_CHARACTERS} 个。请只提供其中一部分。",
        )
    return text


def mistakes(error: ValidationError) -> str:
    """What is wrong where, without pydantic's links."""
    return "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'JSON'}: {one['msg']} ({str(one['input'])[:60]!r})"
        for one in error.errors()
    )


if __name__ == "__main__":
    run(StructuredAgent, __doc__)
