"""How much fits into one request."""

import re
from collections.abc import Iterator

from kit.doctor.finding import Finding, note, ok, warning
from kit.doctor.probes.api import Api, Refused

FIELDS = ("context_length", "max_model_len", "max_context_length", "context_window", "n_ctx")
# A system prompt, two or three tools and an answer.
LEAST = 4096
# No model writes so much, so that servers refuse it and name their limit.
ABSURD = 100_000_000


def window(api: Api) -> Iterator[Finding]:
    tokens = _told(api) or _refused(api)
    if tokens is None:
        yield note(
            "can.context",
            "context length is not told. Keep prompts short, and count on an error where they are not.",
            "没有说明上下文长度。请保持提示词简短，并处理超长时的错误。",
        )
    elif tokens < LEAST:
        yield warning(
            "can.context",
            f"context length: {tokens} tokens, which tools and a conversation fill soon. Raise it"
            " (here: CONTEXT_LENGTH"
            " in .env; Ollama: OLLAMA_CONTEXT_LENGTH).",
            f"上下文长度：{tokens} 个 token，工具和对话很快就会用完。请调大（本套件：.env 中的 CONTEXT_LENGTH；"
            "Ollama：OLLAMA_CONTEXT_LENGTH）。",
        )
    else:
        yield ok("can.context", f"context length: {tokens} tokens", f"上下文长度：{tokens} 个 token")


def _told(api: Api) -> int | None:
    card = api.card()
    found = [card.get(name) for name in FIELDS]
    if isinstance(meta := card.get("meta"), dict):  # llama-server
        found.append(meta.get("n_ctx"))
    return next((value for value in found if isinstance(value, int)), None)


def _refused(api: Api) -> int | None:
    """From the words of an error; the answer of a server that takes any number is one token."""
    try:
        api.chat("Answer with the single word yes.", max_tokens=ABSURD, stop=["\n", " ", ".", "y", "Y"])
    except Refused as refused:
        numbers = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]{3,}", str(refused))]
        return max((number for number in numbers if number < ABSURD), default=None)
    return None
