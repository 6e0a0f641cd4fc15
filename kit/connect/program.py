"""Programs that can use the server, and what each needs, as `programs.toml` has them."""

import os
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any, Literal

from kit.connect.values import filled, values

Format = Literal["json", "toml", "yaml"]
# Folders that a variable may name, with where they are without it.
FOLDERS = {"XDG_CONFIG_HOME": "~/.config", "CODEX_HOME": "~/.codex", "CLAUDE_CONFIG_DIR": "~/.claude"}
SYSTEM = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


@dataclass(frozen=True)
class Program:
    """`content` and `begin` are dicts, lists and plain values, as the file will have them.

    `seen` says how far it was tried: docs/connect.md has what each word means.
    """

    title: str
    docs: str
    seen: Literal["run", "asked", "read"]
    format: Format = "json"
    path: dict[str, str] = field(default_factory=dict)
    content: Any = None
    begin: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    steps: tuple[str, str] | tuple[()] = ()
    container: bool = False
    assistant: bool = False

    @property
    def file(self) -> Path | None:
        """Its settings on this system; None for a program that is set up otherwise."""
        path = self.path.get(SYSTEM) or self.path.get("all")
        if not path:
            return None
        named = FOLDERS | {name: value for name, value in os.environ.items() if value}
        # Without APPDATA, which only Windows has, the name stays for the reader to see.
        return Path(Template(path).safe_substitute(named)).expanduser()


def programs() -> dict[str, Program]:
    """By the names that are typed, filled with what `.env` says."""
    text = Path(__file__).with_name("programs.toml").read_text(encoding="utf-8")
    known = values()
    return {
        name: Program(path=table.pop("path", {}), **filled(table, known))
        for name, table in tomllib.loads(text).items()
    }
