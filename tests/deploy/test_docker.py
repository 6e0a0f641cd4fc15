"""The files for containers, held to their specifications and to each other: Docker itself is not run here."""

import http.server
import io
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "deploy" / "docker"


@pytest.mark.real
@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.compose-spec", "deploy/docker/compose.yaml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
    ],
)
def test_a_file_is_what_its_specification_allows(schema: str, file: str) -> None:
    pytest.importorskip("check_jsonschema")

    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, ROOT / file],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )

    assert checked.returncode == 0, checked.stdout


def test_the_image_runs_without_rights_and_says_whether_it_is_healthy() -> None:
    parser = pytest.importorskip("dockerfile_parse")
    text = (DOCKER / "Dockerfile").read_bytes()
    steps = [
        (step["instruction"], step["value"])
        for step in parser.DockerfileParser(fileobj=io.BytesIO(text)).structure
    ]
    kinds = [kind for kind, _ in steps]

    assert dict(steps)["USER"] == "kit"
    assert "healthy.py" in dict(steps)["HEALTHCHECK"]
    # What is written to a volume after it is declared is lost.
    assert kinds.index("VOLUME") > max(n for n, kind in enumerate(kinds) if kind == "RUN")
    assert b"gcc" not in text and b"build-essential" not in text


def test_the_services_are_the_versions_that_the_kit_is_pinned_to() -> None:
    services = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))["services"]
    pinned = re.search(r"^chromadb==(.+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M)

    assert pinned
    assert services["chroma"]["image"] == f"chromadb/chroma:{pinned[1]}"
    assert services["agents"]["image"] == services["server"]["image"]
    assert all(
        port.startswith("127.0.0.1:") for name in ("server", "agents") for port in services[name]["ports"]
    )


def test_keys_do_not_go_into_the_image() -> None:
    left_out = (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()

    assert {".env*", ".git", ".venv", "*.gguf"} <= set(left_out)


def test_the_development_container_makes_the_environment_of_the_readme() -> None:
    told = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))

    assert "-r requirements.txt -e '.[dev]'" in told["postCreateCommand"]
    assert told["forwardPorts"] == [8080, 8090, 8091]


@pytest.mark.parametrize("status", [200, 503])
def test_a_container_is_healthy_when_its_server_answers(status: int) -> None:
    class Health(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = str(server.server_port)
        told = subprocess.run([sys.executable, DOCKER / "healthy.py", port], timeout=60, check=False)
        server.shutdown()

    assert told.returncode == (status != 200)


def test_a_container_without_a_server_is_not_healthy() -> None:
    told = subprocess.run([sys.executable, DOCKER / "healthy.py", "9"], capture_output=True, timeout=60)

    assert told.returncode == 1
