"""The folder that both take: the project as git has it, and what starts it there."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from kit.fork import tree
from kit.fork.new import ROOT
from kit.problem import Problem
from kit.summary import summary

TEMPLATE = Path(__file__).with_name("template")
LEFT_OUT = ("tests/", "benchmarks/", ".github/", ".devcontainer/", "README")
PICTURES = (".png", ".webp", ".jpg", ".gif")  # Hugging Face takes no binary file by a plain push


def space(
    agent: Annotated[str, typer.Argument(help="A file in agents/. agents/ 中的文件名。")],
    folder: Annotated[Path, typer.Option(help="Where to write it. 写入的文件夹。")] = Path("build/space"),
    documents: Annotated[
        str, typer.Option(help="A folder in git to answer from. git 中作为答案来源的文件夹。")
    ] = "",
) -> None:
    """Write a folder that runs as a Space 生成可在 Hugging Face Space 与 ModelScope 创空间运行的文件夹。"""
    write(ROOT, agent, folder, documents)
    print(
        f"{folder} is a Docker Space with port 7860. Push it to your Space, or into your 创空间 (branch master).\n"
        f"{folder} 即为使用 7860 端口的 Docker Space，可推送到您的 Space 或创空间（master 分支）。"
    )


def write(root: Path, agent: str, folder: Path, documents: str = "") -> None:
    """Raises `Problem` for an agent or documents that git does not have. What else is in the folder stays."""
    files = tree.files(root)
    for wanted, found in (
        (f"agents/{agent}.py", f"agents/{agent}.py" in files),
        (documents, not documents or any(file.startswith(f"{documents.rstrip('/')}/") for file in files)),
    ):
        if not found:
            raise Problem(
                f"{wanted} is not in git. `git add {wanted}` adds it; `python -m agents` lists the agents.",
                f"git 中没有 {wanted}。`git add {wanted}` 可添加；`python -m agents` 列出全部智能体。",
            )
    for file in files:
        if not (file.startswith(LEFT_OUT) or file.endswith(PICTURES)):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / file, folder / file)
    en, zh = summary(root / "agents" / f"{agent}.py") or ("", "")
    words = {"AGENT": agent, "TITLE": agent.replace("_", " "), "EN": en, "ZH": zh, "DOCUMENTS": documents}
    for template in TEMPLATE.iterdir():
        text = template.read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        # As bytes, or Windows would write line ends that no Linux shell reads.
        (folder / template.name).write_bytes(text.encode())
