"""What is added to a partial file, and what never is."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_hub import Answer, ScriptedHub, scripted_hub

from server.models.sources import hub, transfer
from server.models.sources.hub import Offer
from server.models.sources.source import SourceError

LOGIN = b"<html>login</html>"
Fill = Callable[[ScriptedHub], None]


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    return tmp_path / "tiny.gguf.part"


@pytest.fixture
def fill(tiny: bytes, partial: Path, monkeypatch: pytest.MonkeyPatch) -> Fill:
    """Fill `partial` from a hub that has announced the model `tiny`."""
    monkeypatch.setattr(transfer, "PAUSE_SECONDS", 0)
    sha256 = hashlib.sha256(tiny).hexdigest()
    return lambda host: transfer.fill(
        Offer(f"{host.url}/tiny.gguf", len(tiny), sha256), partial, lambda done: None
    )


def said(failing: Callable[[], None]) -> tuple[str, str]:
    with pytest.raises(SourceError) as caught:
        failing()
    return caught.value.en, caught.value.zh


@pytest.mark.parametrize("place", ["ftp://x/y", "http://a..b/y", "http://x:abc/y"])
def test_bytes_that_lie_where_no_client_gets_to_are_told(fill: Fill, place: str) -> None:
    """A host that can't be looked up was a traceback."""
    with scripted_hub(Answer(status=302, headers={"Location": place})) as host:
        en, zh = said(lambda: fill(host))

    assert "it leads on to" in en and "重定向" in zh


@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize("begun", [0, 300_000])
def test_a_login_page_is_named_once_asked_and_never_written(
    fill: Fill, partial: Path, tiny: bytes, begun: int, length: bool
) -> None:
    partial.write_bytes(tiny[:begun])
    with scripted_hub(Answer(LOGIN, headers={"Content-Type": "text/html"}, length=length)) as portal:
        en, zh = said(lambda: fill(portal))

    assert "web page" in en and "log in" in en and "HTTPS_PROXY" in en
    assert "网页" in zh and "登录" in zh and "HTTPS_PROXY" in zh
    assert len(portal.asked) == 1
    assert partial.read_bytes() == tiny[:begun]


def test_what_is_no_gguf_file_is_never_written(fill: Fill, partial: Path) -> None:
    with scripted_hub(Answer(b"PK\3\4 an archive", length=False)) as host:
        en, zh = said(lambda: fill(host))

    assert "GGUF" in en and "GGUF" in zh
    assert not partial.exists()


def test_a_body_that_is_shorter_than_announced_ends_with_both_numbers(
    fill: Fill, partial: Path, tiny: bytes
) -> None:
    with scripted_hub(Answer(tiny[:300_000])) as host:
        en, zh = said(lambda: fill(host))

    assert "300,000" in en and f"{len(tiny):,}" in en
    assert "300,000" in zh and f"{len(tiny):,}" in zh
    assert not partial.exists()


def test_a_short_body_without_a_length_is_asked_for_no_longer_than_it_grows(
    fill: Fill, partial: Path, tiny: bytes
) -> None:
    with scripted_hub(Answer(tiny[:300_000], length=False)) as host:
        en, _ = said(lambda: fill(host))

    assert "300,000" in en
    assert [sent for _, sent in host.asked] == [None, "bytes=300000-"]
    assert partial.read_bytes() == tiny[:300_000]


def test_a_range_that_is_refused_is_followed_by_the_whole(fill: Fill, partial: Path, tiny: bytes) -> None:
    partial.write_bytes(tiny[:300_000])
    with scripted_hub(Answer(status=416), Answer(tiny)) as host:
        fill(host)

    assert [sent for _, sent in host.asked] == ["bytes=300000-", None]
    assert partial.read_bytes() == tiny


def test_a_range_beyond_a_short_file_ends_with_its_size(fill: Fill, partial: Path, tiny: bytes) -> None:
    partial.write_bytes(tiny[:350_000])
    with scripted_hub(Answer(status=416), Answer(tiny[:300_000])) as host:
        en, _ = said(lambda: fill(host))

    assert "300,000" in en and "416" not in en
    assert partial.read_bytes() == tiny[:350_000]


def test_a_range_of_a_file_of_another_size_is_not_taken(fill: Fill, partial: Path, tiny: bytes) -> None:
    partial.write_bytes(tiny[:200_000])
    other = {"Content-Range": "bytes 200000-299999/300000"}
    with scripted_hub(Answer(tiny[200_000:300_000], 206, other)) as host:
        en, _ = said(lambda: fill(host))

    assert "300,000" in en
    assert partial.read_bytes() == tiny[:200_000]


def test_a_break_of_a_hub_that_ignores_the_range_costs_nothing_that_is_there(
    fill: Fill, partial: Path, tiny: bytes
) -> None:
    partial.write_bytes(tiny[:300_000])
    with scripted_hub(Answer(tiny[:200_000], length=False)) as host:
        said(lambda: fill(host))

    assert partial.read_bytes() == tiny[:300_000]


def test_a_hub_that_asks_to_wait_a_little_is_waited_for_and_that_is_said(
    fill: Fill, partial: Path, tiny: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with scripted_hub(Answer(status=429, headers={"Retry-After": "1"}), Answer(tiny)) as host:
        fill(host)

    told = capsys.readouterr().err
    assert "waiting 1 s" in told and "等待 1 秒" in told
    assert partial.read_bytes() == tiny


@pytest.mark.parametrize(("seconds", "requests"), [("0", 2), (str(hub.PATIENCE_SECONDS + 1), 1)])
def test_patience_has_an_end(fill: Fill, seconds: str, requests: int) -> None:
    with scripted_hub(Answer(status=429, headers={"Retry-After": seconds})) as host:
        en, zh = said(lambda: fill(host))

    assert f"HTTP 429, 127.0.0.1 asks to wait {seconds} s" in en
    assert f"等待 {seconds} 秒" in zh
    assert len(host.asked) == requests
