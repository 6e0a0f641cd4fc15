"""The sockets that the server listens on."""

import errno
import socket
import sys

from kit.problem import Problem


def bind(host: str, port: int) -> list[socket.socket]:
    """A bound socket for every address of the host: `localhost` is both 127.0.0.1 and ::1.

    Raises `Problem` if the port is taken or the host is not this machine's.
    """
    sockets = []
    try:
        for family, kind, protocol, _, address in _addresses(host, port):
            try:
                sockets.append(_bound(family, kind, protocol, address))
            except OSError as error:
                # A machine without IPv6 still resolves localhost to ::1.
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise
    except OSError:
        _close(sockets)
        raise Problem(
            f"Port {port} is in use by another program (another `python -m server`, or Moly?). Stop that one, or "
            f"write MOLY_API_SERVER_ADDR={host}:{port + 1} and the same port in the two BASE_URL lines of .env.",
            f"端口 {port} 已被其他程序占用（另一个 `python -m server` 或 Moly？）。请先停掉它，或在 .env 中写 "
            f"MOLY_API_SERVER_ADDR={host}:{port + 1}，并同时修改两行 BASE_URL 里的端口。",
        ) from None
    if not sockets:
        raise _not_here(host)
    return sockets


def _addresses(host: str, port: int) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise _not_here(host) from None
    return list(dict.fromkeys(found))


def _bound(family: int, kind: int, protocol: int, address: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, kind, protocol)
    try:
        if sys.platform == "win32":
            # On Windows SO_REUSEADDR would let us take a port that another program is using.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock


def _close(sockets: list[socket.socket]) -> None:
    for sock in sockets:
        sock.close()


def _not_here(host: str) -> Problem:
    return Problem(
        f"MOLY_API_SERVER_ADDR names {host}, which is not an address of this machine. Use localhost:8080.",
        f"MOLY_API_SERVER_ADDR 中的 {host} 不是本机地址。请使用 localhost:8080。",
    )
