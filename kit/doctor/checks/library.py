"""The llama.cpp that would be loaded, tried in a process of its own: a wrong one ends it without a word."""

import subprocess
import sys
from collections.abc import Iterator

from kit.doctor.finding import Finding, error, note, ok
from kit.doctor.setup import ROOT, Setup
from kit.env import setting

LOAD_SECONDS = 8
LOAD = """
import sys
from kit.problem import Problem
try:
    from server.engine.library.load import load, origin
    load()
    print(origin())
except Problem as problem:
    print(problem.en, problem.zh, sep="\\n")
    sys.exit(3)
"""


def library(setup: Setup) -> Iterator[Finding]:
    command = [sys.executable, "-X", "utf8", "-c", LOAD]
    try:
        tried = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=LOAD_SECONDS)
    except subprocess.TimeoutExpired:
        yield error(
            "library.slow",
            f"llama.cpp was not loaded within {LOAD_SECONDS} s. A virus scanner may be reading it: try again.",
            f"llama.cpp 在 {LOAD_SECONDS} 秒内未能加载，可能正被杀毒软件扫描，请重试。",
        )
        return
    lines = tried.stdout.strip().splitlines()
    if tried.returncode == 0 and lines:
        yield ok("library", f"llama.cpp: {lines[-1]}", f"llama.cpp：{lines[-1]}")
    elif tried.returncode == 3:
        yield error("library", lines[-2], lines[-1])
    else:
        told = (tried.stderr.strip().splitlines() or ["no word"])[-1]
        yield error(
            "library.crash",
            f"loading llama.cpp ended the process with code {tried.returncode} ({told}). docs/compile.md has the"
            " command that makes one for this machine.",
            f"加载 llama.cpp 时进程以代码 {tried.returncode} 结束（{told}）。"
            "请按 docs/compile.zh-CN.md 为本机编译。",
        )


def instructions(setup: Setup) -> Iterator[Finding]:
    """Whether the library uses all that the processor has."""
    from server.engine.library import load, processor

    if not setting(load.FOLDER) and not load.compiled() and (idle := ", ".join(processor.idle_features())):
        yield note(
            "library.faster",
            f"this processor has {idle}, which the ready-made llama.cpp does not use. With a C++ compiler,"
            " docs/compile.md makes one that reads prompts half as fast again.",
            f"本机处理器支持 {idle}，而现成的 llama.cpp 没有用到。"
            "若有 C++ 编译器，按 docs/compile.zh-CN.md 自行编译后，读取提示约快一半。",
        )
