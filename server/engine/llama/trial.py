"""A stranger's file is loaded by another process first: many a number in one ends the process that reads it.

Run as a program, this is that process.
"""

import os
import subprocess
import sys
from pathlib import Path

from kit.problem import Problem

# Ten times what a file of some gigabytes takes to read from a slow disk.
SECONDS = 600


def try_out(path: Path) -> None:
    """Raises `Problem` for a file that llama.cpp does not survive."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "GGML_NO_BACKTRACE": "1"}
    command = [sys.executable, "-m", "server.engine.llama.trial", str(path)]
    quiet = subprocess.DEVNULL
    try:
        ended = subprocess.run(
            command, env=environment, timeout=SECONDS, check=False, stdin=quiet, stdout=quiet, stderr=quiet
        )
    except subprocess.TimeoutExpired:
        pass
    else:
        if ended.returncode == 0:
            return
    raise Problem(
        f"{path} cannot be loaded: llama.cpp ended over it, since a number in it is absurd or it has no vocabulary. "
        "Choose another file, from a source that you trust.",
        f"无法加载 {path}：llama.cpp 读取时崩溃，文件中有不合理的数值，或缺少词表。请换成来源可信的其他文件。",
    )


def main() -> None:
    from server.engine.llama.model import Model

    try:
        model = Model(Path(sys.argv[1]), gpu_layers=0)
    except Problem:  # told better where it is loaded in earnest
        return
    model.special_token_texts()
    model.tokenize("Hello.", add_special=True, parse_special=True)
    if not model.pools:
        _ = model.footprint


if __name__ == "__main__":
    main()
