"""Figures of the engine at work, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from server.engine.sequence import Sequence

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """One engine's counters; `registry` is what an endpoint shows."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "moly_requests", "Ended requests by the reason they ended for.", ["reason"], registry=registry
        )
        self.prompt_tokens = Counter("moly_prompt_tokens", "Prompt tokens taken in.", registry=registry)
        self.cached_tokens = Counter(
            "moly_cached_tokens", "Prompt tokens that the prefix cache spared.", registry=registry
        )
        self.completion_tokens = Counter("moly_completion_tokens", "Tokens answered.", registry=registry)
        self.preemptions = Counter(
            "moly_preemptions", "Times that a sequence gave way to others.", registry=registry
        )
        self.running = Gauge("moly_running", "Sequences at work.", registry=registry)
        self.waiting = Gauge("moly_waiting", "Requests in the queue.", registry=registry)
        self.kv_cells_used = Gauge("moly_kv_cells_used", "KV cells that hold a token.", registry=registry)
        self.kv_cells = Gauge("moly_kv_cells", "KV cells in all.", registry=registry)
        self.kv_bytes = Gauge(
            "moly_kv_bytes", "The KV cache and recurrent states in RAM, used or not.", registry=registry
        )
        self.swapped_bytes = Gauge(
            "moly_swapped_bytes", "Idle prefixes and checkpoints in RAM.", registry=registry
        )
        self.checkpoints = Gauge(
            "moly_checkpoints", "Saved states of models that cannot go back.", registry=registry
        )
        self.step_seconds = Histogram(
            "moly_step_seconds", "Duration of a step.", registry=registry, buckets=SECONDS
        )
        self.first_token_seconds = Histogram(
            "moly_first_token_seconds",
            "From a request to its first token.",
            registry=registry,
            buckets=SECONDS,
        )

    def count(self, sequence: Sequence, reason: str) -> None:
        """Take an ended request into the figures."""
        self.requests.labels(reason).inc()
        self.prompt_tokens.inc(sequence.generation.prompt_tokens)
        self.cached_tokens.inc(sequence.generation.cached_tokens)
        self.completion_tokens.inc(sequence.answered)
        if sequence.first_token_seconds is not None:
            self.first_token_seconds.observe(sequence.first_token_seconds)
