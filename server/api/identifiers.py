"""Identifiers as OpenAI writes them."""

import secrets


def unique(prefix: str) -> str:
    return f"{prefix}{secrets.token_hex(12)}"


def call_id() -> str:
    return unique("call_")
