import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from kit.connect.program import FOLDERS


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A person without settings, neither of other programs nor of the kit; what `.env` adds is gone afterwards."""
    monkeypatch.chdir(tmp_path)
    with patch.dict(os.environ, dict.fromkeys(("HOME", "USERPROFILE", "APPDATA"), str(tmp_path))):
        for name in list(os.environ):
            if name in FOLDERS or name.startswith(("CHAT_", "EMBEDDING_", "MOLY_", "CONTEXT_")):
                del os.environ[name]
        yield tmp_path
