"""The samples as a contestant runs them, each once on a running server with real models."""

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from agents.structured_agent import Calendar

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def environment(base_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return os.environ | {
        "CHAT_MODEL_BASE_URL": base_url,
        "EMBEDDING_MODEL_BASE_URL": base_url,
        "CHROMA_PATH": str(tmp_path_factory.mktemp("chroma")),
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONIOENCODING": "utf-8",
    }


def run(environment: dict[str, str], folder: Path, module: str, *arguments: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.mark.parametrize(
    ("question", "call", "result"),
    [
        ("Use calculate to compute 12.5 * 48.", "→ calculate ", "← 600\n"),
        ("用 current_time 查一下现在上海几点。", "→ current_time ", ", UTC+08:00\n"),
    ],
)
def test_the_tool_agent_calls_the_tool_that_knows(
    environment: dict[str, str], tmp_path: Path, question: str, call: str, result: str
) -> None:
    shown = run(environment, tmp_path, "agents.tool_agent", question)

    assert call in shown
    assert result in shown


@pytest.fixture(scope="module")
def index(environment: dict[str, str]) -> None:
    run(environment, REPOSITORY, "rag", "ingest", "docs/handbook")


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(
    ("question", "source"),
    [("When is lunch on Sunday?", "en/meals.md"), ("周日的午餐是几点？", "zh/meals.md")],
)
def test_the_rag_agent_finds_the_passage_and_answers_with_a_checked_source_or_declines(
    environment: dict[str, str], tmp_path: Path, question: str, source: str
) -> None:
    shown = run(environment, tmp_path, "agents.rag_agent", question)

    searched, _, rest = shown.partition("\n[3] ")
    assert f'→ search {{"question": "{question}"}}\n← [1] ' in searched
    assert source in searched + rest.partition("\n")[0]
    answer, _, _ = rest.partition("Sources 来源")
    # Which time, is for a larger model to say; what this one makes up is marked.
    assert re.search(r"\[\d\??\]|do not answer this|没有这个问题的答案", answer)


@pytest.mark.usefixtures("index")
def test_the_rag_tool_agent_searches_in_the_index(environment: dict[str, str], tmp_path: Path) -> None:
    question = "Call search_documents with the query: When is lunch on Sunday?"

    shown = run(environment, tmp_path, "agents.rag_tool_agent", question)

    assert "→ search_documents " in shown
    assert "en/meals.md" in shown


def test_the_memory_agent_goes_on_in_another_process(environment: dict[str, str], tmp_path: Path) -> None:
    run(environment, tmp_path, "agents.memory_agent", "My name is Lin. Say hello.")

    shown = run(environment, tmp_path, "agents.memory_agent", "What is my name?")

    assert "2 messages" in shown
    assert "Lin" in shown


def test_the_mcp_agent_uses_the_kits_server(environment: dict[str, str], tmp_path: Path) -> None:
    shown = run(environment, tmp_path, "agents.mcp_agent", "Use calculate to compute 12.5 * 48.")

    assert "→ calculate" in shown
    assert "← 600" in shown


def test_the_approval_agent_writes_nothing_without_a_yes(environment: dict[str, str], tmp_path: Path) -> None:
    question = "Call write_file with path packing.txt and content socks."

    shown = run(environment, tmp_path, "agents.approval_agent", question)

    assert "→ write_file" in shown
    assert "← User rejected the tool call" in shown
    assert not (tmp_path / "workspace" / "packing.txt").exists()


def test_the_structured_sample_gives_a_valid_object(environment: dict[str, str], tmp_path: Path) -> None:
    text = "2027-06-19: doors open. 2027-06-20: code freeze and awards."

    shown = run(environment, tmp_path, "agents.structured_agent", text)

    written = shown[shown.index("{") : shown.rindex("}") + 1]
    dates = {event.date for event in Calendar.model_validate_json(written).events}
    assert dates == {date(2027, 6, 19), date(2027, 6, 20)}


def test_the_teams_workers_read_a_prompt_that_the_server_knows(
    environment: dict[str, str], tmp_path: Path
) -> None:
    shown = run(
        environment, tmp_path, "agents.team_agent", "When are the code freeze and the video due on Sunday?"
    )

    cached = [line for line in shown.splitlines() if "tokens were cached" in line]
    assert len(cached) >= 2
    for line in cached:
        known, _, total = line.removeprefix("← [").split(" ")[:3]
        assert int(known) > 0.8 * int(total)
