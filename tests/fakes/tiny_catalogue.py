"""A catalogue with one chat model, `tiny`, that is where a test says it is."""

import hashlib
from pathlib import Path


def write_catalogue(file: Path, content: bytes, hubs: list[str], wheels: str = "") -> Path:
    """`wheels` is the TOML of how package indexes have it."""
    file.write_text(
        f"""
        [[model]]
        id = "tiny"
        role = "chat"
        name = "Tiny"
        file = "tiny.gguf"
        size = {len(content)}
        sha256 = "{hashlib.sha256(content).hexdigest()}"
        licence = "MIT"
        context = 512
        languages = ["en"]
        advice = {{ en = "tiny", zh = "极小" }}
        measured = false
        hubs = {hubs}
        {wheels}
        """,
        encoding="utf-8",
    )
    return file
