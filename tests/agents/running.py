"""How the tests start samples as programs."""

import subprocess
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

RunSample = Callable[..., subprocess.CompletedProcess[str]]
