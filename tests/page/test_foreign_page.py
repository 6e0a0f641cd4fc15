"""Pages of others in a real browser: nothing is computed for them, and nothing is read by them."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import uvicorn
from looking import free_port

from server.api.served import Absent, Served
from server.app import create_app
from server.settings import Access

pytestmark = pytest.mark.real

ASKED = "/v1/completions"
MODELS = "moly-embedding"
# What a page can send, by each way that browsers have; what it could read comes back.
TRIES = """async (server) => {
  const body = JSON.stringify({prompt: "hi", max_tokens: 1});
  const json = {"Content-Type": "application/json"};
  const tries = {
    "GET": ["/v1/models"],
    "GET without CORS": ["/v1/models", {mode: "no-cors"}],
    "text/plain": ["/v1/completions", {method: "POST", body}],
    "text/plain without CORS": ["/v1/completions", {method: "POST", body, mode: "no-cors"}],
    "JSON": ["/v1/completions", {method: "POST", body, headers: json}],
    "no body": ["/v1/models", {method: "POST"}],
    "DELETE": ["/v1/files/a", {method: "DELETE"}],
  };
  const read = {};
  for (const [name, [path, options]] of Object.entries(tries)) {
    try { read[name] = await (await fetch(server + path, options)).text(); } catch { read[name] = ""; }
  }
  navigator.sendBeacon(server + "/v1/completions", body);
  read["websocket"] = await new Promise((resolve) => {
    const path = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket";
    const socket = new WebSocket(server.replace("http", "ws") + path);
    socket.onmessage = (event) => resolve(event.data);
    socket.onclose = socket.onerror = () => resolve("");
  });
  return read;
}"""
FORM = """([action, type]) => {
  const frame = Object.assign(document.createElement("iframe"), {name: "answer"});
  const form = Object.assign(document.createElement("form"), {action, method: "post", enctype: type});
  form.target = "answer";
  form.append(Object.assign(document.createElement("input"), {name: '{"prompt": "hi", "a": "', value: '"}'}));
  document.body.append(frame, form);
  form.submit();
}"""

App = Any
Serve = Callable[..., tuple[str, App]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """The server's app, with no model in memory; whatever reaches a route is on record all the same."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(**access: tuple[str, ...]) -> tuple[str, App]:
        port, none = free_port(), Absent("no model")
        app = create_app(Served(none, none, None, created=0), Access(**access))
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        while not server.started:
            time.sleep(0.01)
        return f"http://127.0.0.1:{port}", app

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


class Blank(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>a page</title>")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def page_port() -> Iterator[int]:
    """Of a page that somebody else serves."""
    with HTTPServer(("127.0.0.1", 0), Blank) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(10)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def computed(app: App) -> list[str]:
    return [entry.path for entry in app.state.requests]


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1", "localhost"])
def test_a_foreign_page_gets_nothing(page: Any, page_port: int, serve: Serve, name: str) -> None:
    """A cross-site text/plain POST was computed."""
    url, app = serve()
    page.goto(f"http://{name}:{page_port}")

    read = page.evaluate(TRIES, url)

    assert len(read) == 8
    assert set(read.values()) == {""}
    assert computed(app) == []


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_foreign_form_is_refused(page: Any, page_port: int, serve: Serve, kind: str) -> None:
    url, app = serve()
    page.goto(f"http://evil.example:{page_port}")

    with page.expect_response(url + ASKED) as answered:
        page.evaluate(FORM, [url + ASKED, kind])

    assert answered.value.status == 403
    assert computed(app) == []


def test_a_page_without_an_origin_of_its_own_is_foreign(page: Any, serve: Serve) -> None:
    url, app = serve()
    page.goto("data:text/html,<title>a page</title>")

    assert set(page.evaluate(TRIES, url).values()) == {""}
    assert computed(app) == []


def test_a_rebound_name_reads_nothing(page: Any, serve: Serve) -> None:
    """The page's own name comes to mean this machine: then all of it is the same origin, to the browser."""
    url, app = serve()
    rebound = url.replace("127.0.0.1", "evil.example")

    assert page.goto(f"{rebound}/v1/models").status == 403
    read = page.evaluate(TRIES, rebound)

    assert "host_not_allowed" in read["JSON"]
    assert not any(MODELS in text for text in read.values())
    assert computed(app) == []


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_pages_of_this_machine_are_let_in_by_one_word(
    page: Any, page_port: int, serve: Serve, name: str
) -> None:
    url, app = serve(cors_origins=("localhost",))
    page.goto(f"http://{name}:{page_port}")

    read = page.evaluate(TRIES, url)

    assert MODELS in read["GET"]
    assert "no model" in read["text/plain"]
    assert "no model" in read["JSON"]
    assert computed(app).count(ASKED) >= 3


def test_pages_of_others_stay_out_when_those_of_this_machine_are_in(
    page: Any, page_port: int, serve: Serve
) -> None:
    url, app = serve(cors_origins=("localhost",))
    page.goto(f"http://evil.example:{page_port}")

    assert set(page.evaluate(TRIES, url).values()) == {""}
    assert computed(app) == []
