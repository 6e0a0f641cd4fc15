"""Hubs through the proxies that people have in their environment."""

import os
import socket
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from fakes.socks import socks_proxy
from huggingface_hub import close_session
from scripted_hub import Answer, scripted_hub

from kit.env import load_env
from server.models.sources import failure, hub
from server.models.sources.source import HubFile, SourceError

FILES = [HubFile("hf", "a/b", "c.gguf"), HubFile("modelscope", "a/b", "c.gguf")]
DEAD = "127.0.0.1:9"


@pytest.fixture(autouse=True)
def no_proxy_yet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # On a busy machine the first import of a hub's client takes longer than a hub is given.
    monkeypatch.setattr(hub, "ANSWER_SECONDS", 60.0)
    with patch.dict(os.environ):
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                del os.environ[name]
        yield


def ask(environment: dict[str, str], scheme: str = "http", port: int = 9) -> list[SourceError]:
    """Ask the hubs hub.example and scope.example, whose answers are none."""
    os.environ |= environment | {
        "HF_ENDPOINT": f"{scheme}://hub.example:{port}",
        "MODELSCOPE_DOMAIN": f"{scheme}://scope.example:{port}",
    }
    load_env()
    close_session()  # an earlier test's client was made without the proxy
    try:
        answers = [answer for _, answer in hub.ask_all(FILES)]
    finally:
        close_session()
    errors = [answer for answer in answers if isinstance(answer, SourceError)]
    assert len(errors) == len(FILES)
    return errors


# httpcore leaves the connection open when the proxy refuses.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_hubs_are_asked_through_a_socks_proxy_and_its_refusal_is_no_traceback() -> None:
    """Without socksio the threads died and every hub was said to be silent."""
    with socks_proxy() as proxy:
        errors = ask({"ALL_PROXY": f"socks5h://{proxy.address}"})

    assert {host for host, _ in proxy.asked} >= {"hub.example", "scope.example"}
    assert all(f"through the proxy all_proxy=socks5h://{proxy.address}" in error.en for error in errors)


def test_hubs_are_asked_through_an_http_proxy() -> None:
    with scripted_hub(Answer(status=404)) as proxy:
        ask({"HTTP_PROXY": proxy.url})

    asked = [path for path, _ in proxy.asked]
    assert any(path.startswith("http://hub.example:9/a/b/") for path in asked)
    assert any(path.startswith("http://scope.example:9/api/") for path in asked)


def test_hubs_that_no_proxy_names_are_asked_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo
    here = {"hub.example", "scope.example"}

    def look_up_here(host: Any, *arguments: Any, **options: Any) -> Any:
        return look_up("127.0.0.1" if host in here else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    with scripted_hub(Answer(status=404)) as host:
        ask(
            {"HTTP_PROXY": f"http://{DEAD}", "NO_PROXY": "hub.example,scope.example"},
            port=host.server_address[1],
        )

    assert {path.split("/")[1] for path, _ in host.asked} == {"a", "api"}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_dead_proxy_is_named_with_its_cure_and_without_its_password(scheme: str) -> None:
    for error in ask({f"{scheme.upper()}_PROXY": f"http://user:secret@{DEAD}"}, scheme):
        for words in (error.en, error.zh):
            assert f"{scheme}_proxy=http://{DEAD}" in words
            assert "NO_PROXY=hub.example" in words or "NO_PROXY=scope.example" in words
            assert "secret" not in words and "Errno" not in words


def test_a_proxy_that_wants_a_password_is_named() -> None:
    with scripted_hub(Answer(status=407)) as proxy:
        errors = ask({"HTTP_PROXY": proxy.url})

    for error in errors:
        assert f"http_proxy={proxy.url}" in error.en and "password" in error.en
        assert f"http_proxy={proxy.url}" in error.zh and "密码" in error.zh


def test_silence_behind_a_proxy_names_it() -> None:
    os.environ["http_proxy"] = f"http://{DEAD}"

    assert failure.silence(4, "http://hub.example").en.endswith(f"through the proxy http_proxy=http://{DEAD}")
    assert failure.silence(4, "https://hub.example").en == "no answer in 4 s"
