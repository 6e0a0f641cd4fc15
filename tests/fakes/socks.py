"""A SOCKS5 proxy, as Clash and V2Ray open one: it leads every name to this machine and writes down what was asked."""

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

FAMILIES = {1: socket.AF_INET, 4: socket.AF_INET6}


class SocksProxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, int]] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(socketserver.BaseRequestHandler):
    server: SocksProxy

    def handle(self) -> None:
        hello = self.request.recv(257)
        assert hello[0] == 5
        self.request.sendall(b"\x05\x00")  # no password
        request = self.request.recv(262)
        kind, rest = request[3], request[4:]
        host = rest[1:-2].decode() if kind == 3 else socket.inet_ntop(FAMILIES[kind], rest[:-2])
        [port] = struct.unpack(">H", rest[-2:])
        self.server.asked.append((host, port))
        try:
            there = socket.create_connection(("127.0.0.1", port))
        except OSError:
            self.request.sendall(b"\x05\x05\x00\x01" + bytes(6))  # refused
            return
        self.request.sendall(b"\x05\x00\x00\x01" + bytes(6))
        with there:
            back = threading.Thread(target=_pass_on, args=[there, self.request], daemon=True)
            back.start()
            _pass_on(self.request, there)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def socks_proxy() -> Iterator[SocksProxy]:
    with SocksProxy() as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield proxy
        proxy.shutdown()
