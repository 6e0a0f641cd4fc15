"""Another process that downloads."""

import subprocess
import sys
from pathlib import Path

from server.models import catalogue

GET = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
from server.models import catalogue, resolve
catalogue.FILE = Path(sys.argv[1])
print(resolve("tiny", "chat").path)
"""


def start_get() -> subprocess.Popen[str]:
    """It wants the same model in the same cache."""
    return subprocess.Popen(
        [sys.executable, "-c", GET, str(catalogue.FILE)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
