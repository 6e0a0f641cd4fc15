"""One local HTTP server that plays Hugging Face, its CDN, ModelScope and a package index."""

import hashlib
import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Origin:
    """Serves `files` by name. The other attributes make it misbehave; `requests` is what it has been asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}  # on both hubs, in every repository
        self.wheels: dict[str, bytes] = {}
        self.status: dict[str, int] = {}  # what "hf", "modelscope" or "cdn" answers to everything
        self.silent: set[str] = set()
        self.cuts: list[int] = []  # bytes of body after which the next answers break off
        self.sends: dict[str, bytes] = {}  # other bytes than those announced
        self.seconds_a_chunk = 0.0
        self.chunk = 65_536
        self.ignores_range = False
        self.requests: list[tuple[str, str, str | None]] = []
        self.url = ""
        self.stopped = threading.Event()
        self.hung_up = threading.Event()  # a client is gone before the end of an answer

    def asked(self, prefix: str) -> list[str | None]:
        """The Range headers of the GET requests for paths that begin with this."""
        return [sent for method, path, sent in self.requests if method == "GET" and path.startswith(prefix)]

    def add_wheel(self, name: str, version: str, member: str, data: bytes, tag: str = "py3-none-any") -> None:
        wheel = f"{name.replace('-', '_')}-{version}-{tag}.whl"
        info = f"{name.replace('-', '_')}-{version}.dist-info"
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, data)
            archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
            archive.writestr(f"{info}/RECORD", "")
        self.wheels[wheel] = buffer.getvalue()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        origin = self.server.origin
        path, _, _ = self.path.partition("?")
        origin.requests.append((self.command, path, self.headers.get("Range")))
        name = path.rsplit("/", 1)[-1]
        if self._misbehaves(path):
            return
        if path.startswith("/cdn/"):
            self._send_part(name)
        elif path.startswith("/simple/"):
            self._send_links(path.split("/")[2])
        elif path.startswith("/wheels/"):
            self._send(origin.wheels[name])
        elif path.startswith("/api/v1/models/"):
            self._send(json.dumps(self._listing()).encode())
        elif path.startswith("/models/") or "/resolve/main/" in path:
            self._redirect(name)
        else:
            self.send_error(404)

    def _misbehaves(self, path: str) -> bool:
        origin = self.server.origin
        parts = {"cdn": "/cdn/", "modelscope": "/api/v1/models/", "hf": "/resolve/main/"}
        part = next((part for part, mark in parts.items() if mark in path), "")
        if part in origin.silent:
            origin.stopped.wait()
            return True
        if status := origin.status.get(part):
            self.send_error(status)
        return bool(status)

    def _listing(self) -> dict[str, object]:
        files = [
            {"Path": name, "Size": len(data), "Sha256": hashlib.sha256(data).hexdigest()}
            for name, data in self.server.origin.files.items()
        ]
        return {"Code": 200, "Data": {"Files": files}}

    def _redirect(self, name: str) -> None:
        data = self.server.origin.files.get(name)
        if data is None:
            self.send_error(404)
            return
        self.send_response(302)
        # huggingface_hub reads a redirect to another host as the place of the bytes
        self.send_header("Location", f"http://localhost:{self.server.server_address[1]}/cdn/{name}")
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("X-Linked-Etag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("X-Linked-Size", str(len(data)))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send_part(self, name: str) -> None:
        origin = self.server.origin
        data = origin.sends.get(name, origin.files[name])
        start = 0
        if (sent := self.headers.get("Range")) and not origin.ignores_range:
            start = int(sent.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        body = data[start:]
        if origin.cuts:
            body = body[: origin.cuts.pop(0)]
            self.close_connection = True
        self._write(body)

    def _send_links(self, project: str) -> None:
        wheels = [
            name for name in self.server.origin.wheels if name.startswith(f"{project.replace('-', '_')}-")
        ]
        if not wheels:
            self.send_error(404)
            return
        self._send("".join(f'<a href="/wheels/{name}">{name}</a>\n' for name in wheels).encode(), "text/html")

    def _send(self, body: bytes, kind: str = "application/octet-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._write(body)

    def _write(self, body: bytes) -> None:
        origin = self.server.origin
        for at in range(0, len(body), origin.chunk):
            self.wfile.write(body[at : at + origin.chunk])
            time.sleep(origin.seconds_a_chunk)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    origin: Origin

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed, or that has given up, is no error of the server."""
        self.origin.hung_up.set()


@contextmanager
def serve() -> Iterator[Origin]:
    origin = Origin()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.origin = origin
        origin.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield origin
        finally:
            origin.stopped.set()
            server.shutdown()
