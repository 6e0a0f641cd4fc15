"""What hubs say when they are asked for a file, where it is no offer."""

import os
import ssl
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from scripted_hub import Answer, scripted_hub

from server.models.sources import failure, hub
from server.models.sources.source import Busy, HubFile, SourceError

HF = HubFile("hf", "owner/tiny", "tiny.gguf")
MODELSCOPE = HubFile("modelscope", "owner/tiny", "tiny.gguf")


@pytest.fixture(autouse=True)
def time_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "ANSWER_SECONDS", 60.0)
    monkeypatch.delenv("HF_TOKEN", raising=False)


def ask(url: str, file: HubFile) -> SourceError:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", url)
        patch.setenv("MODELSCOPE_DOMAIN", url)
        ((_, answer),) = hub.ask_all([file])
    assert isinstance(answer, SourceError)
    return answer


def answer_of(file: HubFile, *answers: Answer) -> SourceError:
    with scripted_hub(*answers) as host:
        return ask(host.url, file)


@pytest.mark.parametrize("file", [HF, MODELSCOPE])
def test_a_login_page_in_place_of_the_hub_is_named(file: HubFile) -> None:
    told = answer_of(file, Answer(b"<html>login</html>", headers={"Content-Type": "text/html"}))

    assert "web page answers for 127.0.0.1" in told.en and "log in" in told.en
    assert "网页" in told.zh and "登录" in told.zh


@pytest.mark.parametrize(
    "body", [b"", b"sorry", b"null", b"[]", b'{"Data": null}', b'{"Data": {"Files": [null]}}']
)
def test_what_is_no_list_of_files_is_said_in_words(body: bytes) -> None:
    told = answer_of(MODELSCOPE, Answer(body))

    assert told.en == "127.0.0.1 answers without a list of files"
    assert told.zh == "127.0.0.1 没有返回文件列表"


def test_a_list_whose_size_and_hash_are_none_is_no_offer() -> None:
    body = b'{"Data": {"Files": [{"Path": "tiny.gguf", "Size": "big", "Sha256": 7}]}}'

    assert "no size and sha256" in answer_of(MODELSCOPE, Answer(body)).en


@pytest.mark.parametrize("status", [401, 403])
def test_a_gated_repository_leads_to_its_terms_and_the_token(status: int) -> None:
    told = answer_of(HF, Answer(status=status))

    for words in (told.en, told.zh):
        assert f"HTTP {status}" in words and "HF_TOKEN" in words
        assert "https://huggingface.co/owner/tiny" in words


def test_a_login_that_modelscope_wants_is_told() -> None:
    told = answer_of(MODELSCOPE, Answer(status=403))

    assert "owner/tiny wants a login" in told.en and "登录" in told.zh


def test_too_many_requests_without_a_time_are_told() -> None:
    told = answer_of(HF, Answer(status=429))

    assert "too many requests" in told.en and "请求过多" in told.zh


def test_a_busy_hub_is_asked_again_after_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        scripted_hub(Answer(status=429, headers={"Retry-After": "1"}), Answer(status=404)) as busy,
        scripted_hub(Answer(status=404)) as other,
    ):
        monkeypatch.setenv("HF_ENDPOINT", busy.url)
        monkeypatch.setenv("MODELSCOPE_DOMAIN", other.url)
        answers = list(hub.ask_patiently([HF, MODELSCOPE]))

    assert [file for file, _ in answers] == [MODELSCOPE, HF]
    assert not any(isinstance(answer, Busy) for _, answer in answers)
    assert "waiting 1 s" in capsys.readouterr().err


def test_an_address_that_is_none_is_named_with_its_variable() -> None:
    told = ask("hub.example", HF)

    assert "hub.example is not a web address" in told.en
    assert "HF_ENDPOINT" in told.en and "HF_ENDPOINT" in told.zh


@pytest.mark.parametrize("address", ["http://hub.example:abc", "http://hub.example:99999", "http://[::1"])
def test_an_address_that_the_library_of_the_hub_breaks_on_is_named_too(address: str) -> None:
    """It reads the variable as it is imported: in a program of its own."""
    program = """
from server.models.sources import hub
from server.models.sources.source import HubFile
((_, told),) = hub.ask_all([HubFile("hf", "owner/tiny", "tiny.gguf")], 60)
print(told.en)
"""
    environment = os.environ | {"HF_ENDPOINT": address, "PYTHONPATH": str(Path(__file__).parents[3])}
    told = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, encoding="utf-8", check=True
    )

    assert f"{address} is not a web address, correct HF_ENDPOINT" in told.stdout


@pytest.mark.parametrize("file", [HF, MODELSCOPE])
def test_a_host_where_nobody_listens_is_named(file: HubFile) -> None:
    told = ask("http://127.0.0.1:9", file)

    assert "127.0.0.1:9 can't be reached" in told.en
    assert "Errno" not in told.en + told.zh


def test_a_certificate_that_a_network_put_in_between_is_told() -> None:
    error = httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:1016)")
    error.__cause__ = ssl.SSLCertVerificationError()

    told = failure.explain(error, "https://hub.example/a")

    for words in (told.en, told.zh):
        assert "hub.example" in words and "SSL_CERT_FILE" in words and "_ssl.c" not in words


def test_a_name_that_no_repository_can_have_is_said() -> None:
    told = ask("http://127.0.0.1:9", HubFile("hf", "owner/a--b", "tiny.gguf"))

    assert "owner/a--b" in told.en and "owner/a--b" in told.zh
    assert "reached" not in told.en
