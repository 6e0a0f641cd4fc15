"""What routing by prefix is compared with: any replica."""

import random
from typing import Any

from ray.serve.request_router import RequestRouter


class RandomRouter(RequestRouter):  # type: ignore[misc]
    async def choose_replicas(
        self, candidate_replicas: list[Any], pending_request: Any = None
    ) -> list[list[Any]]:
        return [[random.choice(candidate_replicas)]]
