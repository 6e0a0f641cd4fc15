from pathlib import Path

import pytest

from kit.connect.program import programs
from kit.connect.values import filled


def test_every_program_is_told_something_and_where_it_was_read(home: Path) -> None:
    for name, program in programs().items():
        assert program.file or program.variables or program.steps, name
        assert program.docs.startswith("https://"), name
        assert len(program.steps) in (0, 2), name


def test_they_are_told_of_the_models_in_env(home: Path) -> None:
    Path(".env").write_text(
        "CHAT_MODEL_BASE_URL=https://api.example.com/v1/\nCHAT_MODEL_NAME=large\nCHAT_API_KEY=its-key\n"
        "EMBEDDING_MODEL_NAME=small\nCONTEXT_LENGTH=32768\n",
        encoding="utf-8",
    )

    known = programs()

    assert known["openai"].variables["OPENAI_BASE_URL"] == "https://api.example.com/v1"
    assert known["anthropic"].variables["ANTHROPIC_BASE_URL"] == "https://api.example.com"
    assert known["codex"].content["model_context_window"] == 32768
    assert known["litellm"].content["model_list"][1]["litellm_params"] == {
        "model": "openai/small",
        "api_base": "http://localhost:8080/v1",
        "api_key": "moly",
    }


def test_a_value_with_a_dollar_is_a_value() -> None:
    """A key such as $ecret was taken for a name."""
    assert filled(["$key", "Bearer $key", "$$schema"], {"key": "$ecret"}) == [
        "$ecret",
        "Bearer $ecret",
        "$schema",
    ]


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
def test_a_program_with_a_file_has_one_on_every_system(
    home: Path, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.connect.program.SYSTEM", system)

    files = {name: program.file for name, program in programs().items() if program.path}

    assert all(files.values())
    assert files["zed"] == home / ("Zed" if system == "windows" else ".config/zed") / "settings.json"


def test_settings_are_looked_for_where_a_variable_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_HOME", str(home / "elsewhere"))
    monkeypatch.setenv("XDG_CONFIG_HOME", "")

    assert programs()["codex"].file == home / "elsewhere" / "config.toml"
    assert programs()["opencode"].file == home / ".config" / "opencode" / "opencode.json"
