"""What hubs say when they are asked for a file, where it is no offer."""

import json
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


def ask_in_a_program(environment: dict[str, str]) -> str:
    """All that it prints: the library of the hub reads some variables only as it is imported."""
    program = """
from server.models.sources import hub
from server.models.sources.source import HubFile
((_, told),) = hub.ask_all([HubFile("hf", "owner/tiny", "tiny.gguf")], 60)
print(told.en)
"""
    asked = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | environment | {"PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return asked.stdout + asked.stderr


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
    for size, sha256 in (("big", 7), (True, "0" * 64), (9, "/" * 64), (9, "0" * 63), (0, "0" * 64)):
        told = {"Path": "tiny.gguf", "Size": size, "Sha256": sha256}
        body = json.dumps({"Data": {"Files": [told]}}).encode()

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
    told = ask("hub.example:abc", HF)

    assert "HF_ENDPOINT=hub.example:abc is not a web address" in told.en
    assert "HF_ENDPOINT=hub.example:abc 不是网址" in told.zh


@pytest.mark.parametrize("file", [HF, MODELSCOPE])
@pytest.mark.parametrize(
    "address", ["http://a..b", f"http://{'a' * 70}.example", "ftp://hub.example", "http：//a"]
)
def test_a_host_that_no_network_can_look_up_is_named(address: str, file: HubFile) -> None:
    """`Its answer can't be understood`, though nobody was asked."""
    told = ask(address, file)

    assert f"={address} is not a web address" in told.en and f"={address} 不是网址" in told.zh


@pytest.mark.parametrize("file", [HF, MODELSCOPE])
def test_a_host_alone_and_blanks_around_are_understood(file: HubFile) -> None:
    assert "127.0.0.1:9 can't be reached" in ask(" 127.0.0.1:9/ ", file).en


@pytest.mark.parametrize("address", ["http://hub.example:abc", "http://hub.example:99999", "http://[::1"])
def test_an_address_that_the_library_of_the_hub_breaks_on_is_named_too(address: str) -> None:
    told = ask_in_a_program({"HF_ENDPOINT": address})

    assert told == f"HF_ENDPOINT={address} is not a web address: write https://HOST, or unset it\n"


def test_a_blank_behind_an_address_does_not_break_the_library_of_the_hub() -> None:
    assert ask_in_a_program({"HF_ENDPOINT": "http://127.0.0.1:9 "}).startswith("127.0.0.1:9 can't be reached")


def test_a_setting_of_the_library_that_is_no_number_is_not_blamed_on_the_address() -> None:
    told = ask_in_a_program({"HF_HUB_ETAG_TIMEOUT": "soon"})

    assert told.startswith("a variable HF_HUB_… of the environment is no number") and "'soon'" in told
    assert told.count("\n") == 1  # the library prints nothing of its own


@pytest.mark.parametrize("token", ["hf_ü", "hf_a\x01b"])
def test_a_token_that_no_header_holds_is_told_without_it(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("HF_TOKEN", token)

    told = answer_of(HF, Answer())

    assert "HF_TOKEN" in told.en and "HF_TOKEN" in told.zh
    assert token not in told.en + told.zh


@pytest.mark.parametrize("file", [HF, MODELSCOPE])
def test_certificates_that_cannot_be_read_are_told_with_their_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: HubFile
) -> None:
    """Every client reads them as it is made, and its error names neither the variable nor the file."""
    (tmp_path / "empty.pem").touch()
    for variable, place in (
        ("SSL_CERT_FILE", "nowhere.pem"),
        ("SSL_CERT_FILE", "empty.pem"),
        ("SSL_CERT_DIR", "nowhere"),
    ):
        with monkeypatch.context() as environment:
            environment.delenv("SSL_CERT_FILE", raising=False)
            environment.setenv(variable, str(tmp_path / place))
            told = answer_of(file, Answer(status=404))

        for words in (told.en, told.zh):
            assert f"{variable}={tmp_path / place}" in words


@pytest.mark.parametrize("file", [HF, MODELSCOPE])
def test_the_password_of_a_mirror_is_not_shown(file: HubFile) -> None:
    told = ask("http://user:secret@127.0.0.1:9", file)

    assert "127.0.0.1:9 can't be reached" in told.en
    assert "secret" not in told.en + told.zh


@pytest.mark.parametrize("file", [HF, MODELSCOPE])
def test_redirects_without_an_end_are_told(file: HubFile) -> None:
    told = answer_of(file, Answer(status=302, headers={"Location": "/again"}))

    assert "leads from one address to the next without an end" in told.en and "重定向" in told.zh


@pytest.mark.parametrize("place", ["ftp://x/y", "http://a..b/y", "http://x:abc/y"])
def test_a_redirect_to_what_is_no_web_address_is_not_blamed_on_the_variable(place: str) -> None:
    told = answer_of(MODELSCOPE, Answer(status=302, headers={"Location": place}))

    assert "it leads on to" in told.en and "no web address" in told.en and "重定向" in told.zh
    assert "MODELSCOPE_DOMAIN" not in told.en + told.zh


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
