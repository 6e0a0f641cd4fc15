"""What the server says of where it can be reached."""

import dataclasses
import io
import socket
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from rich.console import Console

from server import announce
from server.engine.llama.footprint import Footprint
from server.settings import Access, Settings


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("MOLY_API_SERVER_ADDR", "0.0.0.0:8080")
    monkeypatch.setenv("MOLY_API_KEY", "")
    return Settings.from_env()


def said(settings: Settings, monkeypatch: pytest.MonkeyPatch, terminal: bool = False) -> str:
    screen = io.StringIO()
    console = Console(
        file=screen, force_terminal=terminal, soft_wrap=True, highlight=False, color_system=None
    )
    monkeypatch.setattr(announce, "Console", lambda **_: console)
    announce.announce(settings, served())
    return screen.getvalue()


def served() -> Any:
    path = SimpleNamespace(name="model.gguf")
    model = SimpleNamespace(path=path, size=1, n_embd=384, footprint=Footprint(1))
    engine = SimpleNamespace(
        n_ctx=1, model=model, n_threads=1, cache=SimpleNamespace(swap=SimpleNamespace(limit=1))
    )
    return SimpleNamespace(
        chat=SimpleNamespace(engine=engine),
        embedding=SimpleNamespace(model=model, window=512),
        reranker=SimpleNamespace(model=model, window=512),
    )


def with_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    four, six = socket.AF_INET, socket.AF_INET6
    addresses = [
        (four, "127.0.0.1"),
        (six, "::1"),
        (four, "192.168.1.5"),
        (six, "fe80::1%eth0"),
        (six, "2001:db8::5"),
    ]
    cards = [SimpleNamespace(family=family, address=address) for family, address in addresses]
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"eth0": cards})


def test_listening_everywhere_it_prints_what_others_can_type(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It printed http://0.0.0.0:8080, which no other machine can open."""
    with_cards(monkeypatch)

    ipv4 = said(settings, monkeypatch)
    ipv6 = said(dataclasses.replace(settings, host="::"), monkeypatch)

    assert "其他机器请用: http://192.168.1.5:8080/v1\n" in ipv4
    assert "其他机器请用: http://[2001:db8::5]:8080/v1\n" in ipv6
    for told in (ipv4, ipv6):
        assert "http://localhost:8080/docs" in told
        assert "0.0.0.0" not in told


def test_it_says_plainly_whether_a_key_is_needed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = dataclasses.replace(settings, access=Access(api_keys=("sk-mine",)))

    for words in ("Open to all", "对所有人开放"):
        assert words in said(settings, monkeypatch)
        assert words not in said(closed, monkeypatch)
        assert words not in said(dataclasses.replace(settings, host="localhost"), monkeypatch)


def test_the_line_to_try_has_the_key_on_a_screen_and_not_in_a_log(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = dataclasses.replace(settings, access=Access(api_keys=("sk-mine",)))

    assert "Bearer sk-mine" in said(closed, monkeypatch, terminal=True)
    log = said(closed, monkeypatch)
    assert "sk-mine" not in log
    assert "MOLY_API_KEY" in log
    assert "Bearer" not in said(settings, monkeypatch)


@pytest.mark.parametrize(("at_hand", "line"), [(True, "models get qwen3.5-0.8b"), (False, "")])
def test_a_better_model_is_one_command_away_where_a_hub_answers(
    monkeypatch: pytest.MonkeyPatch, at_hand: bool, line: str
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=8_000_000_000))
    monkeypatch.setattr(announce, "at_hand", lambda entry: at_hand)
    screen = io.StringIO()
    monkeypatch.setattr(announce, "Console", lambda **_: Console(file=screen, soft_wrap=True))

    announce.announce_better("qwen2.5-coder-0.5b", served()).join()

    assert line in screen.getvalue()
    assert bool(line) == ("本机可用更好的模型" in screen.getvalue())
    assert screen.getvalue().count("\n") == bool(line)


def test_without_memory_no_hub_is_asked_for_a_better_model(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=500_000_000))
    monkeypatch.setattr(announce, "at_hand", asked.append)

    announce.announce_better("qwen2.5-coder-0.5b", served()).join()

    assert asked == []
