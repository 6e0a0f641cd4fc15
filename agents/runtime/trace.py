"""What an agent did, as one JSON line per step: written as it happens, shown as a tree afterwards."""

import dataclasses
import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self

from rich.text import Text
from rich.tree import Tree

from agents.runtime.steps import Note, Source, Step, TextDelta, ToolCall, ToolResult, Usage
from kit.problem import Problem

KINDS = {ToolCall: "tool_call", ToolResult: "tool_result", Source: "source", Note: "note", Usage: "usage"}


class Trace:
    """A file to which steps are appended. Each line has `step`, its kind, and `ms` since the question."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    @classmethod
    def open(cls, path: Path) -> Self:
        try:
            return cls(path.open("a", encoding="utf-8", newline="\n"))
        except OSError as error:
            raise Problem(
                f"cannot write the trace {path}: {error.strerror}. Name another file after --trace.",
                f"无法写入跟踪文件 {path}：{error.strerror}。请在 --trace 后换一个文件。",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def record(self, question: str, steps: Iterator[Step]) -> Iterator[Step]:
        """The same steps, each written down before it is passed on; tokens as one text."""
        began = time.monotonic()

        def write(kind: str, **fields: Any) -> None:
            line = {"step": kind, "ms": round((time.monotonic() - began) * 1000), **fields}
            self._file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
            # So that a program that is killed leaves what it did.
            self._file.flush()

        write("question", at=datetime.now().astimezone().isoformat(timespec="seconds"), text=question)
        text, outcome = "", "stopped"
        try:
            for step in steps:
                if isinstance(step, TextDelta):
                    text += step.text
                else:
                    if text:
                        write("text", text=text)
                        text = ""
                    write(KINDS[type(step)], **dataclasses.asdict(step))
                yield step
            outcome = "complete"
        except Exception as error:
            outcome = f"{type(error).__name__}: {error}"
            raise
        finally:
            if text:
                write("text", text=text)
            write("end", outcome=outcome)


def trees(path: Path) -> Iterator[Tree]:
    """One tree a question. Raises `Problem` for a file that is no trace."""
    tree: Tree | None = None
    for number, line in enumerate(_lines(path), 1):
        try:
            step = json.loads(line)
            seconds = f"{step['ms'] / 1000:6.1f} s  "
            if step["step"] == "question":
                if tree:
                    yield tree
                tree = Tree(Text(f"{step['at']}  {step['text']}", style="bold"))
            elif tree is None:
                raise ValueError
            else:
                tree.add(Text(seconds, style="dim") + _told(step))
        except (ValueError, KeyError, TypeError):
            raise Problem(
                f"{path}, line {number} is not a step of a trace. Was the file written by --trace?",
                f"{path} 第 {number} 行不是跟踪记录。该文件是由 --trace 写出的吗？",
            ) from None
    if tree is None:
        raise Problem(f"{path} is empty: no question was traced.", f"{path} 是空的：没有记录任何问题。")
    yield tree


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Problem(
            f"cannot read {path}: {error.strerror}. Name a file that --trace has written.",
            f"无法读取 {path}：{error.strerror}。请给出由 --trace 写出的文件。",
        ) from None
    except UnicodeDecodeError:
        raise Problem(
            f"{path} is not UTF-8 text, and so not a trace. Name a file that --trace has written.",
            f"{path} 不是 UTF-8 文本，因此不是跟踪记录。请给出由 --trace 写出的文件。",
        ) from None


def _told(step: dict[str, Any]) -> Text:
    match step["step"]:
        case "text":
            return Text(step["text"].strip())
        case "tool_call":
            return Text(f"→ {step['name']} {json.dumps(step['arguments'], ensure_ascii=False)}", style="cyan")
        case "tool_result":
            return Text(f"← {step['name']}: {step['result']}", style="red" if step["failed"] else "green")
        case "source":
            return Text(f"[{step['number']}] {step['citation']}", style="dim")
        case "note":
            return Text(f"{step['en']}\n{step['zh']}", style="yellow")
        case "usage":
            told = f"tokens: {step['input_tokens']} in ({step['cached_tokens']} cached)"
            return Text(f"{told}, {step['output_tokens']} out", style="dim")
        case "end":
            return Text(step["outcome"], style="dim")
        case _:
            raise ValueError
