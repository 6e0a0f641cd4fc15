"""A team's fork stays green: the guide followed, a README of its own, no translation, modules and pages beside ours."""

from pathlib import Path

from test_build_your_own import GUIDES, follow, run


def test_the_kits_own_pages_may_go_and_a_teams_may_come(tmp_path: Path) -> None:
    """Tests of the documents read whatever README.md there was, and every page in docs/."""
    follow(GUIDES[0], tmp_path)
    (tmp_path / "README.zh-CN.md").unlink()
    run(tmp_path, "pytest", "-q", "-m", "not real", "tests/docs")

    (tmp_path / "README.md").write_text("# Heron\n\n[Plan](no/such/page.md), `HERON_KEY`\n", encoding="utf-8")
    (tmp_path / "docs" / "plan.md").write_text("`python -m heron.start` [x](y.md)\n", encoding="utf-8")
    for module in ("heron/__init__.py", "heron/nest.py", "agents/heron.py", "rag/loaders/slides.py"):
        (tmp_path / module).parent.mkdir(exist_ok=True)
        (tmp_path / module).write_text("ANSWER = 42\n", encoding="utf-8")
    told = run(tmp_path, "pytest", "-q", "tests/docs", "tests/agents/test_samples.py", "-k", KEPT)

    assert " skipped" in told


# Everything but this test, the tools that the whole tree is checked with, and the model.
KEPT = "not test_fork and not tools_accept and not curl_commands"
