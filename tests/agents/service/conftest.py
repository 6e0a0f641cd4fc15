import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest
from asking import Serve, Service

from agents.service.app import Server, create_app
from agents.service.settings import Settings
from kit.http.listen import bind


def is_ready(http: httpx2.Client) -> bool:
    try:
        return http.get("/health").status_code == 200
    except httpx2.ConnectError:  # it does not listen yet
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@pytest.fixture
def serve(play: Any) -> Iterator[Serve]:
    """Start the service with some settings, in the current folder, on a free port."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Service:
            [sock] = bind("127.0.0.1", free_port(), "AGENTS_ADDR")
            host, port = sock.getsockname()
            opened = stack.enter_context(ExitStack())
            opened.callback(sock.close)
            app = create_app(Settings(host, port, **settings), opened)
            server = Server(app)
            thread = threading.Thread(target=server.run, args=([sock],))
            thread.start()

            def stop() -> None:
                server.should_exit = True
                thread.join(30)

            opened.callback(stop)
            url = f"http://127.0.0.1:{port}"
            http = opened.enter_context(httpx2.Client(base_url=url, timeout=60))
            while not is_ready(http):
                time.sleep(0.05)
            return Service(url, http)

        yield start


@pytest.fixture
def service(serve: Serve) -> Service:
    return serve()
