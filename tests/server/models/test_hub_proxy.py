"""Hubs through the proxies that people have in their environment."""

import os
from unittest.mock import patch

import pytest
from fakes.socks import socks_proxy
from huggingface_hub import close_session

from kit.env import load_env
from server.models import hub
from server.models.source import HubFile, SourceError

FILES = [HubFile("hf", "a/b", "c.gguf"), HubFile("modelscope", "a/b", "c.gguf")]


# httpcore leaves the connection open when the proxy refuses.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_hubs_are_asked_through_a_socks_proxy_and_its_refusal_is_no_traceback() -> None:
    """Without socksio the threads died and every hub was said to be silent."""
    # On a busy machine the first import of a hub's client takes longer than a hub is given.
    with socks_proxy() as proxy, patch.dict(os.environ), patch.object(hub, "ANSWER_SECONDS", 60.0):
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                del os.environ[name]
        os.environ |= {
            "ALL_PROXY": f"socks5h://{proxy.address}",
            "HF_ENDPOINT": "http://hub.example:9",
            "MODELSCOPE_DOMAIN": "http://scope.example:9",
        }
        load_env()
        close_session()  # an earlier test's client was made without the proxy
        try:
            answers = [answer for _, answer in hub.ask_all(FILES)]
        finally:
            close_session()

    assert all(isinstance(answer, SourceError) for answer in answers)
    assert {host for host, _ in proxy.asked} >= {"hub.example", "scope.example"}
