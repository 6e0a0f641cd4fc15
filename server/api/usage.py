"""What an answer cost."""

from collections.abc import Sequence
from typing import Any

from server.chat.answer import Answer


def usage(answers: Sequence[Answer]) -> dict[str, Any]:
    """Tokens of answers to one prompt, in the words of chat and completions."""
    prompt = answers[0].prompt_tokens
    completion = sum(answer.completion_tokens for answer in answers)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": answers[0].cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": sum(answer.reasoning_tokens for answer in answers)},
    }
