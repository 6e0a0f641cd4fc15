"""Ray's prefix-aware router, whose tree of prefixes waits for no core."""

from typing import Any

# Its public name asks for vLLM or SGLang to be installed; the class itself does not.
from ray.llm._internal.serve.routing_policies.prefix_aware.prefix_aware_router import (
    PrefixCacheAffinityRouter,
)
from ray.llm._internal.serve.routing_policies.prefix_aware.prefix_tree import PrefixTreeActor


class PrefixRouter(PrefixCacheAffinityRouter):
    """What begins alike goes where it was computed, as long as the replicas' loads differ little.

    Ray's own wants a whole core before its tree is placed: where the replicas hold all of them, every request waits
    for ever.
    """

    def initialize_state(self, **settings: Any) -> None:
        # Ray's router takes a tree of this name where there is one.
        PrefixTreeActor.options(
            name="LlmPrefixTreeActor",
            namespace=f"serve::{self._deployment_id.app_name}::{self._deployment_id.name}",
            num_cpus=0,
            get_if_exists=True,
            lifetime="detached",
        ).remote()
        super().initialize_state(**settings)
