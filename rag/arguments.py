"""What the commands of `python -m rag` take."""

from typing import Annotated

import typer

from kit.problem import Problem

Question = Annotated[str, typer.Argument(help="In any language. 任何语言均可。")]
TopK = Annotated[int, typer.Option(min=1, help="How many passages. 取多少段。")]


def named(places: list[str]) -> list[str]:
    """An empty name would be the working folder: a variable of the shell that is not set must not mean all of it."""
    if any(not place.strip() for place in places):
        raise Problem(
            "a name is empty. Name files, folders or web addresses; the folder you are in is a dot.",
            "有一个名称为空。请给出文件、文件夹或网址；当前文件夹写作一个点。",
        )
    return places


Places = Annotated[
    list[str],
    typer.Argument(help="Files, folders and web addresses. 文件、文件夹和网址。", callback=named),
]
Source = Annotated[str | None, typer.Option(help="Only this file or folder. 只在这个文件或文件夹中查找。")]
Collection = Annotated[
    str | None,
    typer.Option(help="An index of its own, for each project say. 使用单独的索引，例如每个项目一个。"),
]
