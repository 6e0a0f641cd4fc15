"""What the doctor says of the network, and of models by the names that hubs have for them."""

import socket
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from kit.doctor.checks import hubs, machine, models, network
from kit.doctor.finding import Finding
from kit.doctor.setup import Setup


@pytest.fixture(autouse=True)
def sound_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def told(code: str, findings: list[Finding]) -> Finding:
    (finding,) = [finding for finding in findings if finding.code == code]
    return finding


def test_a_hub_may_be_named_by_its_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor asked it, and the download said that it was no web address."""
    for name in ("HF_ENDPOINT", "MODELSCOPE_DOMAIN"):
        monkeypatch.setenv(name, " 127.0.0.1:9/ ")

    assert "Hugging Face" in told("network.hubs", list(hubs.hubs(Setup.read()))).en


def test_a_hub_that_is_silent_is_told_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "HUB_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for name in ("HF_ENDPOINT", "MODELSCOPE_DOMAIN"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{silent.getsockname()[1]}")
        finding = told("network.hubs", list(hubs.hubs(Setup.read())))

    assert "Hugging Face (nothing in 0.2 s), ModelScope (nothing in 0.2 s)" in finding.en
    assert "Hugging Face（0.2 秒内没有回应）、ModelScope（0.2 秒内没有回应）" in finding.zh


def test_a_pip_that_does_not_end_is_told_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "INDEX_SECONDS", 0.01)

    finding = told("network.index", list(network.package_index(Setup.read())))

    assert "(no end after 0.01 s)" in finding.en
    assert "（0.01 秒内没有结束）" in finding.zh


@pytest.mark.parametrize("model", ["qwen3.5-2b", "hf:unsloth/Qwen3.5-2B-GGUF/Qwen3.5-2B-Q4_K_M.gguf"])
def test_a_model_is_the_same_by_its_name_on_a_hub(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: str
) -> None:
    """By that name, no memory was reckoned for it."""
    monkeypatch.setenv("MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("CHAT_MODEL", model)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=1e8, total=4e9))
    monkeypatch.setattr(machine, "_runs", lambda: False)

    to_come = [finding.en for finding in models.models(Setup.read())]

    assert "2.3 GB needed" in told("machine.memory", list(machine.memory(Setup.read()))).en
    assert f"CHAT_MODEL={model} is not" in to_come[0] and to_come[0].endswith("models get qwen3.5-2b`.")


def test_a_name_with_a_blank_is_told_as_it_is_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("CHAT_MODEL", "hf:a/b/my model.gguf")

    assert '`python -m server models get "hf:a/b/my model.gguf"`' in next(models.models(Setup.read())).en
