import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_the_list_names_every_sample_in_both_languages() -> None:
    listed = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "agents"],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout

    samples = [path.stem for path in (REPOSITORY / "agents").glob("*_agent.py")]
    assert samples
    for sample in samples:
        assert f"python -m agents.{sample} " in listed
    assert "calculator" in listed
    assert "计算器" in listed
