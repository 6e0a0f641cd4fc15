"""A loader whose models are there at once, unless it is told to wait or to fail."""

import threading
from pathlib import Path
from typing import Any

from kit.problem import Problem
from server.models import ModelFile, Role


class FakeLoader:
    """Loads `model` for every file but those in `broken`; `gate` holds a load up while it is not set."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.broken: set[Path] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.loaded: list[str] = []
        self.idle = 0.0

    def chat(self, file: ModelFile, *, reserve: int = 0) -> Any:
        self.gate.wait(60)
        if file.path in self.broken:
            raise Problem(f"{file.path} cannot be loaded: the file is broken.", "文件已损坏。")
        self.loaded.append(file.id)
        return self.model

    embedding = rerank = chat

    def bytes_held(self, role: Role) -> int:
        return 1_000

    def idle_seconds(self, role: Role) -> float:
        return self.idle

    def unload(self, role: Role) -> None:
        self.loaded.append(f"unload {role}")
