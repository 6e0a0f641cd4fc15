import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from fakes.endpoint import Failure, FakeEndpoint, Hang

from kit.api_problems import api_problems
from kit.endpoint import chat_model, embeddings, endpoint, openai_client, require_server
from kit.problem import Problem

NOTHING_LISTENS = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with patch.dict(os.environ):
        for name in list(os.environ):
            if name.startswith(("CHAT_", "EMBEDDING_", "OPENAI_")):
                del os.environ[name]
        yield


def test_without_settings_it_is_the_handouts_contract() -> None:
    assert endpoint("CHAT").base_url == endpoint("EMBEDDING").base_url == "http://localhost:8080/v1"
    assert endpoint("CHAT").model == "moly-chat"
    assert endpoint("EMBEDDING").model == "moly-embedding"


def test_an_empty_setting_counts_as_unset() -> None:
    os.environ["CHAT_MODEL_NAME"] = " "

    assert endpoint("CHAT").model == "moly-chat"


def test_settings_of_openai_in_the_environment_do_not_win() -> None:
    os.environ |= {
        "OPENAI_API_BASE": "http://elsewhere.example/v1",
        "OPENAI_BASE_URL": "http://elsewhere.example/v1",
        "OPENAI_API_KEY": "secret",
        "OPENAI_PROXY": "http://elsewhere.example:3128",
        "OPENAI_API_TYPE": "azure",
    }
    with FakeEndpoint("Hello!") as fake:
        os.environ |= {"CHAT_MODEL_BASE_URL": fake.base_url, "CHAT_API_KEY": "mine"}
        assert chat_model().invoke("Hi").text == "Hello!"
        assert fake.authorization == "Bearer mine"
        assert str(openai_client().base_url) == f"{fake.base_url}/"
    assert embeddings().openai_api_base == "http://localhost:8080/v1"


def test_embeddings_are_asked_for_in_words_and_not_in_foreign_token_ids() -> None:
    with FakeEndpoint(Failure(400)) as fake:
        os.environ["EMBEDDING_MODEL_BASE_URL"] = fake.base_url
        with pytest.raises(Problem, match="/embeddings answered 400"), api_problems():
            embeddings().embed_query("月光")
    assert fake.requests[0]["input"] == ["月光"]


def test_a_key_is_not_shown() -> None:
    os.environ |= {"CHAT_API_KEY": "sk-secret", "EMBEDDING_API_KEY": "sk-secret"}

    for thing in (endpoint("CHAT"), chat_model(), embeddings()):
        assert "sk-secret" not in repr(thing)


@pytest.mark.parametrize("key", ["任意", "a\tb"])
def test_a_key_that_cannot_be_sent_is_a_problem_and_not_shown(key: str) -> None:
    os.environ["CHAT_API_KEY"] = key

    with pytest.raises(Problem, match="CHAT_API_KEY holds characters") as caught:
        chat_model()
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8080/v1",
        "http://localhost:81o1/v1",
        "http://localhost:99999/v1",
        "http:///v1",
        "http:/localhost",
        "http://local..host/v1",
    ],
)
def test_what_is_no_web_address_is_a_problem(url: str) -> None:
    os.environ["CHAT_MODEL_BASE_URL"] = url

    with pytest.raises(Problem, match=f"CHAT_MODEL_BASE_URL={url} is not a web address"):
        openai_client()


def test_certificates_that_are_not_there_are_named_before_a_client_breaks_on_them() -> None:
    """Every program of the kit ended with a traceback, in which the variable does not stand."""
    with patch.dict(os.environ, {"SSL_CERT_FILE": "corporate.pem"}):
        for make in (openai_client, chat_model, embeddings):
            with pytest.raises(Problem, match=r"SSL_CERT_FILE=corporate\.pem can't be read"):
                make()


@pytest.mark.parametrize(
    "url",
    [
        "http：//localhost:8080/v1",
        "http://localhost：8080/v1",
        "http：／／localhost：８０８０／v1",
        "http://localhost:8080/v１",
    ],
)
def test_full_width_characters_are_told_with_the_address_that_is_meant(url: str) -> None:
    os.environ["CHAT_MODEL_BASE_URL"] = url

    with pytest.raises(Problem, match=r"Write http://localhost:8080/v1 in .env") as caught:
        openai_client()
    assert "全角" in caught.value.zh


def test_a_scheme_in_capitals_is_the_same_scheme() -> None:
    with FakeEndpoint("Hello!") as fake:
        os.environ["CHAT_MODEL_BASE_URL"] = fake.base_url.replace("http://", "HTTP://")
        require_server()
        assert chat_model().invoke("Hi").text == "Hello!"


def test_https_to_a_server_that_speaks_http_is_told() -> None:
    with FakeEndpoint() as fake:
        os.environ["CHAT_MODEL_BASE_URL"] = fake.base_url.replace("http://", "https://")
        with pytest.raises(Problem, match=r"does not speak https. Write http:// in CHAT_MODEL_BASE_URL"):
            require_server()


def test_an_address_without_v1_is_told_with_its_end() -> None:
    with FakeEndpoint(Failure(404)) as fake:
        address = fake.base_url.removesuffix("/v1")
        os.environ["CHAT_MODEL_BASE_URL"] = address
        with pytest.raises(Problem, match=f"it is usually /v1, as in {address}/v1"), api_problems():
            require_server()
            chat_model().invoke("Hi")


def test_a_server_that_answers_is_enough() -> None:
    with FakeEndpoint() as fake:
        os.environ["CHAT_MODEL_BASE_URL"] = fake.base_url
        require_server()


def test_a_provider_that_lists_no_models_is_a_server_too() -> None:
    with FakeEndpoint() as fake:
        os.environ["CHAT_MODEL_BASE_URL"] = fake.base_url.replace("/v1", "/nowhere")
        require_server()


def test_a_missing_server_is_named_with_the_command_that_starts_it() -> None:
    os.environ["CHAT_MODEL_BASE_URL"] = NOTHING_LISTENS.replace("http://", "http://user:password@")

    with pytest.raises(Problem, match=f"no server answers at {NOTHING_LISTENS}") as caught:
        require_server()
    for words in (caught.value.en, caught.value.zh):
        assert "python -m server" in words
        assert "CHAT_MODEL_BASE_URL" in words
        assert "password" not in words


def test_a_missing_embedding_server_names_its_own_variable() -> None:
    os.environ["EMBEDDING_MODEL_BASE_URL"] = NOTHING_LISTENS

    with pytest.raises(Problem, match="EMBEDDING_MODEL_BASE_URL"), api_problems():
        embeddings().embed_query("Hi")


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (Failure(401, "wrong key sk-secret"), r"refused the API key \(HTTP 401\). Correct CHAT_API_KEY"),
        (Failure(403, "not with sk-secret"), r"refused the API key \(HTTP 403\)"),
        (Failure(404, "no model moly-x; there are: a, b"), "404: no model moly-x; there are: a, b"),
        (Failure(429, "slow down"), "no more requests for now: slow down"),
        (Failure(400, "prompt too long"), "answered 400: prompt too long"),
        (Failure(500, "out of memory"), "answered 500: out of memory"),
        (Hang(60), "gave no answer in time"),
    ],
)
@pytest.mark.parametrize("streaming", [False, True])
def test_what_can_go_wrong_is_told_in_plain_words(turn: Failure | Hang, words: str, streaming: bool) -> None:
    with FakeEndpoint(turn) as fake:
        os.environ |= {"CHAT_MODEL_BASE_URL": fake.base_url, "CHAT_API_KEY": "sk-secret"}
        patience = 0.5 if isinstance(turn, Hang) else 60
        model = chat_model(timeout=patience, max_retries=0, streaming=streaming)
        with pytest.raises(Problem, match=words) as caught, api_problems():
            model.invoke("Hi")
    assert "sk-secret" not in str(caught.value)


def test_a_server_that_goes_away_is_told_in_plain_words() -> None:
    with FakeEndpoint(Hang(0.0)) as fake:
        os.environ["CHAT_MODEL_BASE_URL"] = fake.base_url
        with pytest.raises(Problem, match="broke off"), api_problems():
            chat_model(max_retries=0).invoke("Hi")


def test_whoever_needs_only_openai_does_not_import_langchain() -> None:
    program = "import sys, kit.endpoint; sys.exit('langchain_openai' in sys.modules)"

    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=True)
