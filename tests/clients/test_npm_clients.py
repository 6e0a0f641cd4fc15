"""Clients of npm. Once: npm install --prefix tests/clients"""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here"),
    pytest.mark.skipif(
        not (HERE / "node_modules").exists(), reason="not installed: npm install --prefix tests/clients"
    ),
]


@pytest.mark.parametrize(
    "script",
    [["openai.mjs"], ["ai_sdk.mjs", "responses"], ["ai_sdk.mjs", "chat"], ["ai_sdk.mjs", "compatible"]],
    ids=" ".join,
)
def test_a_client_of_npm_goes_through_two_turns_tools_and_objects(base_url: str, script: list[str]) -> None:
    name, *more = script
    done = subprocess.run(
        ["node", str(HERE / name), base_url, *more],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "ok"
