"""What `.env` says of the server, by the names that `programs.toml` uses."""

from string import Template
from typing import Any

from kit.endpoint import endpoint
from kit.env import setting

CONTEXT = 16384  # of the server, where memory is not short


def values() -> dict[str, str | int]:
    chat, embedding = endpoint("CHAT"), endpoint("EMBEDDING")
    length = setting("CONTEXT_LENGTH")
    return {
        "url": chat.base_url.rstrip("/"),
        "root": chat.base_url.rstrip("/").removesuffix("/v1"),
        "key": chat.api_key,
        "chat": chat.model,
        "context": int(length) if length.isdecimal() else CONTEXT,
        "embedding_url": embedding.base_url.rstrip("/"),
        "embedding_key": embedding.api_key,
        "embedding": embedding.model,
    }


def filled(template: Any, known: dict[str, str | int]) -> Any:
    """The same with values in the places of their names, in the names of tables too; `$context` alone is a number."""
    if isinstance(template, dict):
        return {Template(name).substitute(known): filled(item, known) for name, item in template.items()}
    if isinstance(template, list):
        return [filled(item, known) for item in template]
    if isinstance(template, str):
        whole = known.get(template.removeprefix("$")) if template.startswith("$") else None
        return Template(template).substitute(known) if whole is None else whole
    return template
