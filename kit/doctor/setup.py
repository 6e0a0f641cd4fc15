"""The set-up that is looked at: `.env` as far as it can be read, and the environment."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import find_dotenv

from kit.api_problems import Role
from kit.endpoint import Endpoint
from kit.env import setting
from kit.env_file import EnvFile, parse_env_file
from kit.problem import Problem
from kit.proxy import LOOPBACK, prepare_proxies

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Setup:
    """`unreadable` is what is wrong with the file as a whole, `unusable` with a proxy of the environment."""

    folder: Path
    env_path: Path | None
    env_file: EnvFile
    environment: dict[str, str] = field(repr=False)
    unreadable: Problem | None = None
    unusable: Problem | None = None

    @classmethod
    def read(cls) -> "Setup":
        """Like `load_env`, but a fault leaves the rest of the file readable, and is kept."""
        before = dict(os.environ)
        found = find_dotenv(usecwd=True)
        file, unreadable, unusable = EnvFile(), None, None
        if found:
            try:
                file = parse_env_file(Path(found))
            except Problem as problem:
                unreadable = problem
        for name, value in file.values.items():
            if value:
                os.environ.setdefault(name, value)
        try:
            prepare_proxies()
        except Problem as problem:
            unusable = problem
        return cls(Path.cwd(), Path(found) if found else None, file, before, unreadable, unusable)

    @classmethod
    def read_again(cls, before: "Setup") -> "Setup":
        """After `.env` has changed: what came from it leaves the environment first."""
        for name, value in before.env_file.values.items():
            if name not in before.environment and os.environ.get(name) == value:
                del os.environ[name]
        return cls.read()

    @property
    def env_name(self) -> Path:
        """The file as it is called in findings: short where it lies in this folder."""
        path = self.env_path or self.folder / ".env"
        return path.relative_to(self.folder) if path.is_relative_to(self.folder) else path


def place(role: Role) -> Endpoint:
    """The three variables of a role as they are written, whether or not they are right."""
    return Endpoint(
        setting(f"{role}_MODEL_BASE_URL", "http://localhost:8080/v1").rstrip("/"),
        setting(f"{role}_MODEL_NAME", f"moly-{role.lower()}"),
        setting(f"{role}_API_KEY", "moly"),
    )


def is_here(url: str) -> bool:
    """Whether an address is this machine's."""
    return host_of(url) in LOOPBACK


def host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def port_of(url: str) -> int | None:
    try:
        return urlsplit(url).port or {"http": 80, "https": 443}.get(urlsplit(url).scheme)
    except ValueError:
        return None
