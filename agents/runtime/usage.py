"""What a model call of langchain cost."""

from langchain_core.messages import AIMessage

from agents.runtime.steps import Usage


def usage_of(message: AIMessage) -> Usage:
    """Zeros where the server does not say; a stream says it only to a model made with `stream_usage=True`."""
    counts = message.usage_metadata
    if counts is None:
        return Usage(0, 0, 0)
    cached = counts.get("input_token_details", {}).get("cache_read", 0)
    return Usage(counts["input_tokens"], counts["output_tokens"], cached)
