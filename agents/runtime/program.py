"""What every sample shares with the person: the command line, the chat, and a yes or no."""

import argparse
import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NoReturn

from agents.runtime import screen
from agents.runtime.prompt import question_reader
from agents.runtime.steps import Agent, Step
from agents.runtime.telemetry import spans_to
from agents.runtime.trace import Trace
from kit.api_problems import api_problems
from kit.endpoint import require_server
from kit.problem import Problem, exit_on_problem

# Who says yes or no where no person sits at a terminal, such as the caller of a service.
approver: ContextVar[Callable[[str, str], bool] | None] = ContextVar("approver", default=None)

HELP = """\
/new   start a new conversation 开始新对话
/quit  leave (or exit, or Ctrl-D; on Windows Ctrl-Z and Enter) 退出
/help  this list 显示此列表
Ctrl-C stops an answer. Ctrl-C 可中断回答。"""


Front = Callable[[Callable[..., Agent], str | None, dict[str, str]], None]

# What `run` hands an agent to instead of the terminal.
front: ContextVar[Front | None] = ContextVar("front", default=None)


def run(start: Callable[..., Agent], usage: str | None, **options: str) -> None:
    """Run an agent from the command line: `NAME "question"` answers and exits, `NAME` alone is a chat.

    `start` begins a conversation; /new calls it again. `usage` is what -h prints, usually `__doc__`.
    Each of `options` is an option of the sample's own with its default, and goes to `start` by name:
    `run(MemoryAgent, __doc__, thread="main")` understands `--thread NAME` and calls
    `MemoryAgent(thread="main")`.
    """
    if other := front.get():
        other(start, usage, options)
        return
    with exit_on_problem(), ExitStack() as stack:
        arguments = _arguments(options)
        question, trace_file = " ".join(arguments.pop("question")), arguments.pop("trace")
        wants_help = arguments.pop("help")
        otlp, content = arguments.pop("otlp"), arguments.pop("otlp_content")
        if wants_help or not (question or sys.stdin.isatty()):
            print(_help(usage, options))
            sys.exit(0 if wants_help else 2)
        recorders = []
        if trace_file:
            recorders.append(stack.enter_context(Trace.open(Path(trace_file))).record)
        with api_problems():
            require_server()
        if otlp:
            spans = spans_to(otlp, Path(sys.argv[0]).stem, content=content)
            recorders.append(stack.enter_context(spans).record)

        def begin() -> Agent:
            with api_problems():
                return start(**arguments)

        def answer(agent: Agent, question: str) -> None:
            with api_problems(), closed(agent.ask(question)) as steps:
                for record in recorders:
                    steps = record(question, steps)
                screen.show(steps)

        try:
            if question:
                answer(begin(), question)
            elif _chat(begin, answer):
                _exit_now(0)
        except KeyboardInterrupt:
            _exit_now(130)


@contextmanager
def closed(steps: Iterator[Step]) -> Iterator[Iterator[Step]]:
    """Close the steps at the end: whoever makes them stops."""
    try:
        yield steps
    finally:
        if isinstance(steps, Generator):
            steps.close()


def _exit_now(code: int) -> NoReturn:
    """Leave after a stopped answer: langgraph's threads would be waited for, and they for the next token."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def confirm(en: str, zh: str) -> bool:
    """Ask the person for a yes or no; without a terminal to ask at, say so and take it for a no."""
    if (ask := approver.get()) is not None:
        return ask(en, zh)
    screen.waiting.stop()
    screen.note(en, zh)
    if not sys.stdin.isatty():
        screen.note("No terminal to ask at: taken for a no.", "没有可供询问的终端，视为拒绝。")
        return False
    while True:
        _forget_typed_ahead()
        try:
            reply = input("y/n 是/否 > ").strip().lower()
        except EOFError:
            reply = "n"
        if reply in ("y", "yes", "是", "好", "同意"):
            return True
        if reply in ("n", "no", "否", "不", "不同意"):
            return False


def _forget_typed_ahead() -> None:
    """What was typed or pasted before the question was seen is no answer to it."""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
    else:
        import termios

        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _chat(begin: Callable[[], Agent], answer: Callable[[Agent, str], None]) -> bool:
    """Questions until the person leaves; whether an answer was stopped on the way."""
    stopped = False
    ask = question_reader()
    agent = begin()
    screen.note("Ask away. /help shows the commands.", "请提问。输入 /help 查看命令。")
    while True:
        try:
            match line := ask().strip():
                case "":
                    pass
                case "/quit" | "/exit" | "quit" | "exit":
                    return stopped
                case "/help":
                    screen.say(HELP)
                case "/new":
                    agent = begin()
                    screen.note("A new conversation.", "已开始新对话。")
                case _ if line.startswith("/"):
                    name = screen.shortened(line)
                    screen.note(f"Unknown command {name}. See /help.", f"未知命令 {name}，请看 /help。")
                case _:
                    answer(agent, line)
        except EOFError:
            return stopped
        except KeyboardInterrupt:
            stopped = True
            screen.note("Stopped. /quit leaves.", "已中断。输入 /quit 退出。")
        except Problem as problem:
            print(problem, file=sys.stderr)


def _arguments(options: dict[str, str]) -> dict[str, Any]:
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--trace")
    parser.add_argument("--otlp")
    parser.add_argument("--otlp-content", action="store_true")
    for name, default in options.items():
        parser.add_argument(f"--{name}", default=default)
    parser.add_argument("question", nargs="*")
    return vars(parser.parse_intermixed_args())


def _help(usage: str | None, options: dict[str, str]) -> str:
    lines = [(usage or "").strip(), ""]
    lines += [f"--{name} NAME (default 默认: {default})" for name, default in options.items()]
    lines += ["--trace FILE  writes every step as a line of JSON 将每一步以 JSON 逐行写入文件"]
    lines += ["--otlp URL  sends spans to an OpenTelemetry collector; --otlp-content adds what was said"]
    lines += ["            将 span 发送到 OpenTelemetry 收集器；--otlp-content 附带对话内容"]
    lines += ["Without a question it opens a chat. 不带问题则进入对话。"]
    return "\n".join(lines)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        message = screen.shortened(message)
        raise Problem(f"{message}. -h shows the usage.", f"命令行有误（{message}）。-h 可查看用法。")
