"""Requests made up from /openapi.json by schemathesis, which is in the extra `trust`."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

# What fills the disk, or ends what is looked at: downloads, and other models in the place of these.
LEFT_ALONE = r"/v1/models/(download|load|unload|verify|files)|/v1/create/rag"


def made_up(url: str, seconds: int) -> str | None:
    """How many requests there were, and what was wrong with answers; None where schemathesis is not installed."""
    if not find_spec("schemathesis"):
        return None
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json"),
            *("--checks=all", "--continue-on-failure", "--no-shrink", f"--max-time={seconds}"),
            *("--request-timeout=30", f"--exclude-path-regex={LEFT_ALONE}", f"--report-json-path={report}"),
        ]
        # Its own records of what it found go to the current folder.
        subprocess.run(command, cwd=folder, capture_output=True, check=False)
        told = json.loads(report.read_text(encoding="utf-8"))
    wrong = [f"{failure['count']} × {failure['title'].lower()}" for failure in told["failures"]]
    operations, cases = told["operations"]["tested"], told["test_cases"]["generated"]
    return f"{cases:,} requests to {operations} operations: {', '.join(wrong) or 'no failures'}"
