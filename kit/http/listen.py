"""The sockets that a server listens on."""

import errno
import ipaddress
import socket
import sys

import psutil

from kit.env import setting
from kit.problem import Problem


def address(name: str, default: str) -> tuple[str, int]:
    """The host and port that a variable of `.env` names."""
    value = setting(name, default)
    host, _, port = value.rpartition(":")
    if not host or "/" in host or not port.isdigit() or not 0 < int(port) < 65536:
        raise Problem(
            f"{name}={value} is not HOST:PORT. Write for example {default} in .env.",
            f"{name}={value} 不是“主机:端口”的形式。请在 .env 中写成例如 {default}。",
        )
    return host.strip("[]"), int(port)


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def card_addresses(family: socket.AddressFamily) -> list[str]:
    """What others can type for a server that listens on every address: those of the network cards."""
    found = [
        card.address for cards in psutil.net_if_addrs().values() for card in cards if card.family == family
    ]
    addresses = [ipaddress.ip_address(address.partition("%")[0]) for address in found]
    return [str(one) for one in addresses if not (one.is_loopback or one.is_link_local)]


def bind(host: str, port: int, setting: str) -> list[socket.socket]:
    """A bound socket for every address of the host: `localhost` is both 127.0.0.1 and ::1.

    `setting` is the variable of `.env` that names the address. Raises `Problem` if the port is taken or the host
    is not this machine's.
    """
    sockets = []
    try:
        for family, kind, protocol, _, address in _addresses(host, port, setting):
            try:
                sockets.append(_bound(family, kind, protocol, address))
            except OSError as error:
                # A machine without IPv6 still resolves localhost to ::1.
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise
    except OSError:
        _close(sockets)
        raise Problem(
            f"Port {port} is in use by another program (the same in another window, or Moly?). Stop that one, or write"
            f" {setting}={host}:{port + 1} in .env, and that port in the other lines that name {port} (BASE_URL).",
            f"端口 {port} 已被其他程序占用（另一个窗口里的同一程序，或 Moly？）。请先停掉它，或在 .env 中写"
            f" {setting}={host}:{port + 1}，并同时修改其他写有 {port} 的行（BASE_URL）。",
        ) from None
    if not sockets:
        raise _not_here(host, port, setting)
    return sockets


def _addresses(host: str, port: int, setting: str) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise _not_here(host, port, setting) from None
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


def _not_here(host: str, port: int, setting: str) -> Problem:
    return Problem(
        f"{setting} names {host}, which is not an address of this machine. Use localhost:{port}.",
        f"{setting} 中的 {host} 不是本机地址。请使用 localhost:{port}。",
    )
