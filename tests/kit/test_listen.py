"""Where the server can be reached."""

import errno
import socket
from typing import Any

import pytest

from kit.http import listen
from kit.problem import Problem


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def reachable(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=5).close()
    except OSError:
        return False
    return True


def families_of_localhost() -> set[int]:
    """Those that this machine resolves, and has."""
    families = set()
    for family, kind, *_, address in socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM):
        with socket.socket(family, kind) as sock:
            try:
                sock.bind(address)
            except OSError:
                continue
        families.add(int(family))
    return families


def test_localhost_is_reached_by_both_of_its_addresses() -> None:
    """A client that tries ::1 first waited for its time limit, or reached another program."""
    port = free_port()

    sockets = listen.bind("localhost", port, "MOLY_API_SERVER_ADDR")
    for sock in sockets:
        sock.listen()

    there = {int(sock.family) for sock in sockets}
    told = reachable("127.0.0.1", port), reachable("::1", port)
    for sock in sockets:
        sock.close()
    assert there == families_of_localhost()
    assert told == (socket.AF_INET in there, socket.AF_INET6 in there)
    assert told[0]


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose localhost has both addresses, whatever this one has."""

    def addresses(host: str, port: int, setting: str) -> list[tuple[Any, ...]]:
        stream = (socket.SOCK_STREAM, 0, "")
        return [
            (socket.AF_INET6, *stream, ("::1", port, 0, 0)),
            (socket.AF_INET, *stream, ("127.0.0.1", port)),
        ]

    monkeypatch.setattr(listen, "_addresses", addresses)


@pytest.mark.parametrize("code", [errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT])
def test_a_machine_that_only_knows_the_name_of_ipv6_listens_on_the_other(
    resolved: None, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    bound = listen._bound

    def without_ipv6(family: int, *address: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(code, "no IPv6 here")
        return bound(family, *address)

    monkeypatch.setattr(listen, "_bound", without_ipv6)

    [only] = listen.bind("localhost", free_port(), "MOLY_API_SERVER_ADDR")

    assert only.family == socket.AF_INET
    only.close()


def test_a_port_taken_on_one_of_the_addresses_is_taken(
    resolved: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the clients would have reached the other program."""
    port = free_port()
    opened: list[socket.socket] = []

    def taken_by_ipv4(family: int, *address: Any) -> socket.socket:
        if family == socket.AF_INET:
            raise OSError(errno.EADDRINUSE, "taken")
        opened.append(socket.socket())
        return opened[-1]

    monkeypatch.setattr(listen, "_bound", taken_by_ipv4)

    with pytest.raises(Problem, match=f"Port {port}"):
        listen.bind("localhost", port, "MOLY_API_SERVER_ADDR")

    assert [sock.fileno() for sock in opened] == [-1]  # closed
