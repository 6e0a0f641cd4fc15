"""The samples as a contestant runs them, on a running server with real models."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def environment(base_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return os.environ | {
        "CHAT_MODEL_BASE_URL": base_url,
        "EMBEDDING_MODEL_BASE_URL": base_url,
        "CHROMA_PATH": str(tmp_path_factory.mktemp("chroma")),
        "PYTHONIOENCODING": "utf-8",
    }


def run(environment: dict[str, str], module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=280,
    )


@pytest.mark.parametrize("question", ["What is 12.5 * 48?", "现在上海几点？"])
def test_the_tool_agent_answers(environment: dict[str, str], question: str) -> None:
    finished = run(environment, "agents.tool_agent", question)

    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip()


@pytest.fixture(scope="module")
def index(environment: dict[str, str]) -> None:
    ingested = run(environment, "rag", "ingest", "docs/handbook")
    assert ingested.returncode == 0, ingested.stderr


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(
    ("question", "source"),
    [("When is lunch on Sunday?", "en/meals.md"), ("周日的午餐是几点？", "zh/meals.md")],
)
def test_the_rag_agent_answers_and_names_its_sources(
    environment: dict[str, str], question: str, source: str
) -> None:
    finished = run(environment, "agents.rag_agent", question)

    assert finished.returncode == 0, finished.stderr
    answer, _, sources = finished.stdout.partition("Sources 来源")
    assert answer.strip()
    assert source in sources
