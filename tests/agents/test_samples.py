from pathlib import Path

from running import REPOSITORY, RunSample


def samples() -> list[Path]:
    """The modules that say what they show."""
    modules = (REPOSITORY / "agents").glob("*.py")
    return [path for path in modules if "\nSUMMARY = " in path.read_text(encoding="utf-8")]


def test_the_list_names_every_sample_in_both_languages(run_sample: RunSample) -> None:
    listed = run_sample("__main__")

    assert listed.returncode == 0, listed.stderr
    names = [path.stem for path in samples()]
    assert "hello_agent" in names
    for name in names:
        assert f"python -m agents.{name}\n" in listed.stdout
    assert "calculator" in listed.stdout
    assert "计算器" in listed.stdout
    for command in ("evaluate agents/cases/tool_agent.jsonl", "trace FILE"):
        assert f"python -m agents {command}" in listed.stdout


def test_an_unknown_command_is_an_error(run_sample: RunSample) -> None:
    finished = run_sample("__main__", "dance")

    assert finished.returncode == 2
    assert "No such command 'dance'" in finished.stderr
