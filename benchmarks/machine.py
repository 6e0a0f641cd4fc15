"""What a measurement was made on: figures of two machines do not compare, ratios of one run do."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

from server.engine.library.load import origin
from server.engine.llama.model import system_info

# What decides how long a thread that waits stays awake.
SPIN = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "KMP_BLOCKTIME")


def machine() -> str:
    """One line of Markdown: processor, cores, memory, llama.cpp and how its threads wait."""
    memory = psutil.virtual_memory().total / 2**30
    cores = f"{psutil.cpu_count(logical=False)} cores, {psutil.cpu_count()} threads"
    features = " ".join(part.split(" = ")[0] for part in system_info().split(" | ") if part.endswith(" = 1"))
    spin = ", ".join(f"{name}={os.environ[name]}" for name in SPIN if name in os.environ)
    llama = f"llama-cpp-python {version('llama-cpp-python')}, {origin()} ({features.replace('CPU : ', '')})"
    return f"{_processor()}, {cores}, {memory:.0f} GiB; {platform.system()}; {llama}; {spin}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(": ")[2]
    return platform.processor() or platform.machine()
