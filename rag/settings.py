"""What `.env` says about the index."""

import os
from dataclasses import dataclass
from pathlib import Path

from kit.env import load_env


@dataclass(frozen=True)
class Settings:
    """`chroma_url` names a Chroma server; without one the vectors lie in `chroma_path` as well."""

    chroma_path: Path
    chroma_url: str | None = None

    @classmethod
    def from_env(cls) -> "Settings":
        load_env()
        return cls(
            chroma_path=Path(os.environ.get("CHROMA_PATH") or ".chroma"),
            chroma_url=os.environ.get("CHROMA_URL") or None,
        )
