"""A run of an agent, recorded for the README: an asciinema cast to play, and its last screen as a picture."""

import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from kit.fork import tree
from kit.problem import Problem
from kit.secrets import masked

CAST, PICTURE = "docs/demo.cast", "docs/demo.svg"
PLACE = re.compile(r"(?<=<!-- demo -->\n).*?(?=<!-- end of demo -->)", re.S)
EXAMPLE = re.compile(r'python -m agents\.\w+ "(.+?)"')
SECONDS = 600
WIDTH = 100
# A model on a CPU thinks for longer than anybody wants to watch.
LONGEST_PAUSE = 2.0

Line = tuple[float, str]


def add_demo(root: Path, agent: str, question: str = "") -> list[str]:
    """Record the answer to a question, by default the one in the agent's docstring; the files that were written.

    Raises `Problem` for a run that fails, and for a README without a place for it.
    """
    question = question or _example(root / "agents" / f"{agent}.py")
    pages = [page for page in ("README.md", "README.zh-CN.md") if _has_place(root / page)]
    if not pages:
        raise Problem(
            "README.md has no place for the recording. Write these two lines where it belongs: <!-- demo -->"
            " and <!-- end of demo -->.",
            "README.md 中没有放录像的位置。请在合适的地方写上这两行：<!-- demo --> 和 <!-- end of demo -->。",
        )
    command = f'python -m agents.{agent} "{question}"'
    lines = [(0.0, f"$ {command}\n"), *_run(root, agent, question)]
    (root / CAST).parent.mkdir(exist_ok=True)
    (root / CAST).write_bytes(cast(command, lines).encode())
    (root / PICTURE).write_bytes(picture(command, lines).encode())
    shown = f"[![{agent}]({PICTURE})]({CAST})\n\n`asciinema play {CAST}`\n"
    for page in pages:
        text = (root / page).read_text(encoding="utf-8")
        (root / page).write_bytes(PLACE.sub(lambda _: shown, text, count=1).encode())
    tree.add(root, [CAST, PICTURE])
    return [CAST, PICTURE, *pages]


def cast(title: str, lines: list[Line]) -> str:
    """asciicast, version 2: https://docs.asciinema.org/manual/asciicast/v2/"""
    header = {
        "version": 2,
        "width": WIDTH,
        "height": min(40, len(lines) + 1),
        "timestamp": int(time.time()),
        "idle_time_limit": LONGEST_PAUSE,
        "title": title,
    }
    events = [[round(at, 3), "o", line.replace("\n", "\r\n")] for at, line in lines]
    return "".join(f"{json.dumps(entry, ensure_ascii=False)}\n" for entry in [header, *events])


def picture(title: str, lines: list[Line]) -> str:
    console = Console(record=True, file=io.StringIO(), width=WIDTH, force_terminal=True, legacy_windows=False)
    console.print(Text.from_ansi("".join(line for _, line in lines)))
    svg = console.export_svg(title=title, unique_id="demo")
    # rich squeezes characters of double width, such as Chinese ones, and would fetch its font from another machine.
    return re.sub(r'@font-face \{.*?\}| textLength="[^"]*"', "", svg, flags=re.S)


def _run(root: Path, agent: str, question: str) -> list[Line]:
    """The lines that the agent prints, each with the seconds since the start, without keys and passwords."""
    # Colours, but nothing that is drawn over. Windows has another way of colouring.
    terminal = {} if os.name == "nt" else {"FORCE_COLOR": "1", "TTY_INTERACTIVE": "0", "COLUMNS": str(WIDTH)}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", f"agents.{agent}", question],
        cwd=root,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | terminal,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout
    began = time.monotonic()
    watch = threading.Timer(SECONDS, process.kill)
    watch.start()
    with process:
        lines = [(time.monotonic() - began, masked(line)) for line in process.stdout]
    watch.cancel()
    if process.returncode:
        said = Text.from_ansi("".join(line for _, line in lines)).plain.strip().splitlines()
        last = said[-1].rstrip(".。") if said else f"no end after {SECONDS} s"
        raise Problem(
            f"the run of agents.{agent} failed: {last}. Nothing was recorded. `python -m kit doctor` helps.",
            f"agents.{agent} 运行失败：{last}。没有录制。可运行 `python -m kit doctor` 检查。",
        )
    return lines


def _example(path: Path) -> str:
    if found := EXAMPLE.search(path.read_text(encoding="utf-8")):
        return found[1]
    raise Problem(
        f"the docstring of {path.name} has no example to record. Name the question: --question TEXT.",
        f"{path.name} 的文档字符串中没有示例问题。请指定：--question 问题。",
    )


def _has_place(page: Path) -> bool:
    return page.exists() and bool(PLACE.search(page.read_text(encoding="utf-8")))
