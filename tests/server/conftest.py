"""Settings with which a server starts."""

import socket
from pathlib import Path

import pytest


@pytest.fixture
def settings(chat_file: Path, embedding_file: Path) -> dict[str, str]:
    """A server that would start."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    return {
        "MOLY_API_SERVER_ADDR": f"127.0.0.1:{port}",
        "CHAT_MODEL": str(chat_file),
        "EMBEDDING_MODEL": str(embedding_file),
        "CONTEXT_LENGTH": "",
        "THREADS": "",
        "GPU_LAYERS": "",
        "PREFIX_CACHE_MB": "",
        "MOLY_API_KEY": "",
        "MOLY_CORS_ORIGINS": "",
        "MOLY_REQUEST_SECONDS": "",
        "MOLY_RESPONSES_DB": "",
        "RERANK_MODEL": "",
    }
