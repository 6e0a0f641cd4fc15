"""Errors that a person can put right."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kit.printable import printable


class Problem(Exception):
    """What is wrong, the value, and the cure: one line in English, one in Chinese."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en, zh)  # both, so that it can be pickled
        self.en = en
        self.zh = zh

    def __str__(self) -> str:
        # It may quote what a server or a file said.
        return printable(f"error: {self.en}\n错误：{self.zh}")


@contextmanager
def exit_on_problem() -> Iterator[None]:
    """End the program without a traceback: code 2 after a `Problem`, 130 after Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows pipe may have an encoding without Chinese: question marks are better than no output.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        yield
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
    except ModuleNotFoundError as error:
        print(_missing(error), file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _missing(error: ModuleNotFoundError) -> Problem:
    return Problem(
        f"The package {error.name} is not installed in {sys.executable}. Activate the environment, then run "
        "`python -m pip install -r requirements.txt -e .`",
        f"{sys.executable} 中没有安装 {error.name}。请先激活虚拟环境，再运行 "
        "`python -m pip install -r requirements.txt -e .`",
    )
