import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from fakes.limited import LimitedEndpoint

from kit.doctor import examine, report
from kit.doctor.checks import server
from kit.doctor.finding import Finding, error, ok
from kit.doctor.probes.api import Api
from kit.doctor.setup import ROOT
from kit.endpoint import Endpoint
from kit.secrets import masked


def doctor(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m kit doctor` in a folder of its own, which finds the kit as an installed package would be."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("CHAT_", "EMBEDDING_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "kit", "doctor", *arguments],
        cwd=folder,
        env=clean | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def addresses(endpoint: LimitedEndpoint) -> dict[str, str]:
    return dict.fromkeys(("CHAT_MODEL_BASE_URL", "EMBEDDING_MODEL_BASE_URL"), endpoint.base_url)


@pytest.mark.real
def test_a_set_up_that_works_has_no_errors_and_code_0(tmp_path: Path) -> None:
    with LimitedEndpoint() as endpoint:
        told = doctor(tmp_path, "--json", **addresses(endpoint))

    found = {finding["code"]: finding["level"] for finding in json.loads(told.stdout)["findings"]}
    assert [found[code] for code in ("can.chat", "can.tools", "can.schema", "can.embeddings")] == ["ok"] * 4
    assert [code for code, level in found.items() if level == "error"] == []
    assert told.returncode == 0


@pytest.mark.real
def test_fix_mends_the_file_keeps_the_old_one_and_the_page_to_share_holds_no_key(tmp_path: Path) -> None:
    written = (
        "CHAT_MODEL_BASE_URL=https://localhost:8080\nCHAT_API_KEY＝secret-of-herons\nCHATMODEL=smollm2-135m\n"
    )
    (tmp_path / ".env").write_text(written, encoding="utf-8")
    (tmp_path / ".env").write_text(written + "MY_TOKEN=token-of-herons\n", encoding="utf-8")

    told = doctor(tmp_path, "--quick", "--fix", "--share", "page.md", HF_TOKEN="hf-token-of-herons")

    assert (tmp_path / ".env").read_text(encoding="utf-8").splitlines() == [
        "CHAT_MODEL_BASE_URL=http://localhost:8080/v1",
        "CHAT_API_KEY=secret-of-herons",
        "CHAT_MODEL=smollm2-135m",
        "MY_TOKEN=token-of-herons",
    ]
    assert "＝" in (tmp_path / ".env.before-fix").read_text(encoding="utf-8")
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "of-herons" not in page + told.stdout
    assert "server.answer" in page  # nothing runs at that address
    assert told.returncode == 1


@pytest.mark.real
def test_an_address_that_is_none_is_told_with_code_2(tmp_path: Path) -> None:
    told = doctor(tmp_path, "--endpoint", "localhost:8080")

    assert told.returncode == 2
    assert "--endpoint localhost:8080 is not a web address" in told.stderr


def test_a_check_that_hangs_or_fails_leaves_the_others() -> None:
    def hangs() -> list[Finding]:
        time.sleep(300)
        return []

    def fails() -> list[Finding]:
        raise RuntimeError("broken heron")

    found = examine.side_by_side([hangs, fails, lambda: [ok("a", "a", "a")]], seconds=3)  # type: ignore[list-item]

    assert [finding.code for each in found for finding in each] == ["doctor.slow", "doctor.failed", "a"]
    assert "broken heron" in found[1][0].en


def test_the_key_of_env_goes_to_no_other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    from kit.doctor.command import _asked

    monkeypatch.setenv("CHAT_MODEL_BASE_URL", "https://api.example.com/v1")
    monkeypatch.setenv("CHAT_API_KEY", "mine")

    assert _asked("http://localhost:9/v1", "m", None)[0].place.api_key == "moly"
    assert _asked("https://api.example.com/v1", "m", None)[0].place.api_key == "mine"


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefghijklmnop1234",
        "hf_abcdefghijklmnopqrstuvwx",
        "AKIAABCDEFGHIJKLMNOP",
        "http://lin:pass-word@proxy:3128",
        "Authorization: Bearer abc.def-123",
    ],
)
def test_what_looks_like_a_key_is_masked(secret: str) -> None:
    told = masked(f"value={secret} end")

    assert "***" in told
    assert not any(part in told for part in ("abcdefgh", "ABCDEFGH", "pass-word", "abc.def"))


def test_markup_in_what_others_say_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    report.show([error("x", "the server said [red]no[/red] \x1b[2J", "服务器说 [red]no[/red]")])

    told = capsys.readouterr().out
    assert "[red]no[/red]" in told
    assert "\x1b[2J" not in told


def test_an_endpoint_that_can_everything_passes_everything() -> None:
    with LimitedEndpoint() as endpoint:
        chat = Api(Endpoint(endpoint.base_url, "moly-chat", "k"), "CHAT")
        embedding = Api(Endpoint(endpoint.base_url, "moly-embedding", "k"), "EMBEDDING")
        found = examine.conformance(chat, embedding)

    assert [finding for finding in found if finding.level != "ok"] == []
    assert len({finding.code for finding in found}) >= len(server.ALL["CHAT"]) + len(server.ALL["EMBEDDING"])


def test_our_own_server_can_all_that_agents_need(base_url: str) -> None:
    chat = Api(Endpoint(base_url, "moly-chat", "k"), "CHAT", seconds=200)
    embedding = Api(Endpoint(base_url, "moly-embedding", "k"), "EMBEDDING", seconds=200)
    # What is left out asks for more sense than the tests' small model has.
    wanted = {"can.chat", "can.usage", "can.no_model", "can.max_tokens", "can.stream", "can.tools_required"}
    wanted |= {"can.tools_named", "can.tools_stream", "can.schema", "can.context", "can.embeddings"}
    wanted |= {"can.embeddings_base64"}

    probes = [partial(server.live, probe, api) for api in (chat, embedding) for probe in server.ALL[api.role]]
    found = [
        finding
        for probe in probes
        if probe.args[0].__name__ not in ("parallel", "result")
        for finding in probe()
    ]

    told = {finding.code: finding for finding in found if finding.level == "ok"}
    assert wanted - set(told) == set(), [finding.en for finding in found if finding.level != "ok"]
