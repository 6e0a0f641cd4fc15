"""What people behind Clash or V2Ray have in their environment."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import chromadb
import httpx
import httpx2
import pytest
from chromadb.config import Settings as ChromaSettings
from fakes.endpoint import FakeEndpoint
from fakes.socks import SocksProxy, socks_proxy

from kit.api_problems import api_problems
from kit.endpoint import chat_model, openai_client, require_server
from kit.env import load_env
from kit.problem import Problem

DEAD = "127.0.0.1:9"


@pytest.fixture(autouse=True)
def no_proxy_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with patch.dict(os.environ):
        for name in list(os.environ):
            if name.lower().endswith("_proxy") or name.startswith(("CHAT_", "EMBEDDING_")):
                del os.environ[name]
        yield


@pytest.fixture
def socks() -> Iterator[SocksProxy]:
    with socks_proxy() as proxy:
        yield proxy


@pytest.mark.parametrize(
    ("name", "proxy"),
    [
        ("all_proxy", f"socks5://{DEAD}"),
        ("ALL_PROXY", f"socks5h://{DEAD}"),
        ("all_proxy", f"socks://{DEAD}"),
        ("http_proxy", DEAD),
        ("HTTP_PROXY", f"HTTP://{DEAD}"),
    ],
)
def test_a_dead_proxy_is_not_in_the_way_to_this_machine(name: str, proxy: str) -> None:
    """Every client crashed when it was made: `Unknown scheme for proxy URL`, or no socksio."""
    os.environ[name] = proxy
    with FakeEndpoint("Hello!") as fake:
        os.environ["CHAT_MODEL_BASE_URL"] = fake.base_url.replace("127.0.0.1", "localhost")

        require_server()

        assert chat_model().invoke("Hi").text == "Hello!"


def test_chroma_on_this_machine_is_asked_without_the_proxy() -> None:
    os.environ |= {"all_proxy": f"socks5://{DEAD}"}
    load_env()

    with pytest.raises(ValueError, match="connect to a Chroma server"):  # nothing listens, and that is all
        chromadb.HttpClient("localhost", 9, settings=ChromaSettings(anonymized_telemetry=False))


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks"])
def test_what_is_elsewhere_is_reached_through_a_socks_proxy(socks: SocksProxy, scheme: str) -> None:
    os.environ["ALL_PROXY"] = f"{scheme}://{socks.address}"
    load_env()
    with FakeEndpoint("Hello!") as fake:
        elsewhere = fake.base_url.replace("127.0.0.1", "provider.example")
        os.environ["CHAT_MODEL_BASE_URL"] = elsewhere

        openai_client().models.list()
        assert chat_model().invoke("Hi").text == "Hello!"
        for client in (httpx, httpx2):  # Chroma's and MCP's, the hubs' and openai's
            assert client.get(f"{elsewhere}/models").status_code == 200

    assert {host for host, _ in socks.asked} == {"provider.example"}
    assert len(socks.asked) >= 4


@pytest.mark.parametrize(
    "proxy",
    [
        "socks4://127.0.0.1:7891",
        "http://127.0.0.1:78x",
        "http：//127.0.0.1:7890",
        "http://user:secret@:1",
        "http://proxy..example:1",
    ],
)
def test_a_proxy_that_cannot_be_used_is_named(proxy: str) -> None:
    os.environ |= {"https_proxy": proxy}

    with pytest.raises(Problem, match=r"https_proxy=.*is not a proxy that can be used") as caught:
        load_env()

    for words in (caught.value.en, caught.value.zh):
        assert "socks5://" in words
        assert "secret" not in words


def test_a_provider_behind_a_dead_proxy_is_told_with_the_proxy_and_not_with_our_server() -> None:
    os.environ |= {
        "all_proxy": f"socks5://user:secret@{DEAD}",
        "CHAT_MODEL_BASE_URL": "https://provider.example/v1",
    }

    with pytest.raises(Problem, match=f"through the proxy all_proxy=socks5://{DEAD}") as caught:
        require_server()

    for words in (caught.value.en, caught.value.zh):
        assert "NO_PROXY=provider.example" in words
        assert "python -m server" not in words
        assert "secret" not in words


def test_a_provider_that_cannot_be_reached_is_told_with_its_variable() -> None:
    os.environ["CHAT_MODEL_BASE_URL"] = "https://provider.invalid/v1"

    with pytest.raises(Problem, match=r"can't be reached .* CHAT_MODEL_BASE_URL") as caught, api_problems():
        openai_client().with_options(max_retries=0).models.list()

    assert "python -m server" not in caught.value.en
