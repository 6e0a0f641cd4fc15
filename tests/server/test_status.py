import time

import pytest

from server import status


def test_what_takes_long_is_said_at_once_and_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large model was read for a minute without a word, in a log or a container's output."""
    monkeypatch.setattr(status, "EVERY_SECONDS", 0.01)

    with status.status("Reading [model].gguf"):
        first = capsys.readouterr().err
        said = ""
        while said.count("\n") < 2:
            time.sleep(0.01)
            said += capsys.readouterr().err

    assert first.startswith("Reading [model].gguf\n")
    assert said.splitlines()[1] == "Reading [model].gguf 0 s"
    assert capsys.readouterr().out == ""


def test_it_ends_with_what_was_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), status.status("Reading"):
        raise ValueError("broken")

    assert capsys.readouterr().err == "Reading\n"
