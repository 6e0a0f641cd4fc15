"""What the catalogue advises reaches the server that serves the model."""

import httpx2

from server.engine.sampling import SamplingParams
from server.models import catalogue


def test_a_model_is_sampled_as_its_maker_advises(base_url: str) -> None:
    chat = httpx2.get(f"{base_url}/info", timeout=60).json()["models"][0]
    advised = catalogue.get("qwen2.5-coder-0.5b").sampling

    assert chat["top_p"] == advised["top_p"] != SamplingParams().top_p
