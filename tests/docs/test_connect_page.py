"""docs/connect.md has a line for every program, with how far it was tried."""

import re

import pytest
from kit_pages import read

from kit.connect.program import programs


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("docs/connect.md", {"run": "run", "asked": "asked", "read": "read"}),
        ("docs/connect.zh-CN.md", {"run": "运行", "asked": "发出请求", "read": "文档"}),
    ],
)
def test_every_program_has_its_line(page: str, words: dict[str, str]) -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| .+ \| (.+) \| (.+) \|$", read(page), re.M)

    assert [(name, "--write" in how, seen) for name, how, seen in rows] == [
        (name, bool(program.path), words[program.seen]) for name, program in programs().items()
    ]
