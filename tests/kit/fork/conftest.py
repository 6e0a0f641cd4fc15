import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Git = Callable[..., None]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """`git ARGUMENTS` in the folder of the test, by a person without settings."""

    def run(*arguments: str) -> None:
        who = ["-c", "user.name=Lin", "-c", "user.email=lin@example.com"]
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    return run
