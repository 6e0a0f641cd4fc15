"""An endpoint that answers every request alike, with bytes that need not be what was asked for."""

from http.server import BaseHTTPRequestHandler

from fakes.served import Served


class Verbatim(Served):
    """`listed` is for GET, `body` for POST and, unless `listed` is told, for both."""

    def __init__(
        self, body: bytes, content_type: str = "application/json", listed: bytes | None = None
    ) -> None:
        self.body, self.content_type = body, content_type
        self.listed = body if listed is None else listed
        super().__init__(_Handler)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._send(self.server.endpoint.listed)  # type: ignore[attr-defined]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._send(self.server.endpoint.body)  # type: ignore[attr-defined]

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", self.server.endpoint.content_type)  # type: ignore[attr-defined]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""
