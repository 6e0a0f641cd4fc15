"""Run the commands in a document anew: python -m benchmarks.samples docs/samples.md docs/samples.zh-CN.md

In every block ```console, what follows a line `$ python -m …` is replaced by what that command prints now, against the
endpoints that `.env` names. The commands of one document run one after the other in one empty folder that holds the
sample documents.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from kit.endpoint import require_server
from kit.env import load_env
from kit.problem import Problem, exit_on_problem

REPOSITORY = Path(__file__).parents[1]
BLOCK = re.compile(r"```console\n\$ (?P<command>python -m [^\n]*)\n.*?```", re.DOTALL)
LONGEST_SECONDS = 600

console = Console(stderr=True, highlight=False)


def main() -> None:
    with exit_on_problem():
        load_env()
        documents = [Path(name) for name in sys.argv[1:]]
        if not documents or not all(document.is_file() for document in documents):
            raise Problem(
                "Name the documents to run: python -m benchmarks.samples docs/samples.md",
                "请给出要运行的文档：python -m benchmarks.samples docs/samples.md",
            )
        require_server()
        for document in documents:
            text = document.read_text(encoding="utf-8")
            with tempfile.TemporaryDirectory() as folder:
                shutil.copytree(REPOSITORY / "docs" / "handbook", Path(folder, "docs", "handbook"))
                for block in BLOCK.finditer(text):
                    text = text.replace(block[0], transcript(block["command"], folder))
                    document.write_text(text, encoding="utf-8")


def transcript(command: str, folder: str) -> str:
    console.print(f"$ {command}")
    finished = subprocess.run(
        [sys.executable, *shlex.split(command)[1:]],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": "utf-8", "CHROMA_PATH": ".chroma"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LONGEST_SECONDS,
    )
    # A line of dots within the block would end it.
    output = finished.stdout.replace("```", "'''").strip()
    return f"```console\n$ {command}\n{output}\n```"


if __name__ == "__main__":
    main()
