"""Keys and passwords: what they look like, and texts without them."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

# The forms in which providers hand out keys; each is long enough not to be a word.
FORMS = {
    "OpenAI, Anthropic, DeepSeek, Moonshot, DashScope, OpenRouter": r"\bsk-[A-Za-z0-9_-]{16,}",
    "Hugging Face": r"\bhf_[A-Za-z0-9]{20,}",
    "ModelScope": r"\bms-[0-9a-f]{8}-[0-9a-f-]{20,}",
    "GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{40,})",
    "GitLab": r"\bglpat-[\w-]{20,}",
    "Google": r"\bAIza[\w-]{30,}",
    "Groq": r"\bgsk_[A-Za-z0-9]{20,}",
    "Zhipu": r"\b[0-9a-f]{32}\.[A-Za-z0-9]{16}\b",
    "Tavily": r"\btvly-[\w-]{16,}",
    "AWS, Tencent Cloud, Alibaba Cloud": r"\b(?:AKIA[0-9A-Z]{16}|AKID[A-Za-z0-9]{32}|LTAI[A-Za-z0-9]{16,24})\b",
    "Slack": r"\bxox[abprs]-[\w-]{10,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
}
_FORM = re.compile("|".join(f"(?:{form})" for form in FORMS.values()))
# Docs and tests make keys up by these; chance does not.
_EXAMPLE = re.compile(r"abcdefgh|12345678|x{4}|\.{3}|example", re.I)
_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD")
_BEARER = re.compile(r"(?i)(\bbearer\s+|api[-_]key[=:]\s*)[^\s\"',]+")
_PASSWORD = re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
# Shorter ones are "moly", "anything" and other words that open nothing.
LEAST_CHARACTERS = 9


def keys_in(text: str) -> Iterator[str]:
    """What has the form of a provider's key, and is no example of one."""
    yield from (found[0] for found in _FORM.finditer(text) if not _EXAMPLE.search(found[0]))


def secret_values(settings: Mapping[str, str]) -> set[str]:
    """The values of settings that are keys or passwords by their name."""
    return {
        part
        for name, value in settings.items()
        if _NAME.search(name.upper())
        for part in re.split(r"[\s,]+", value)
        if len(part) >= LEAST_CHARACTERS
    }


def masked(text: str) -> str:
    """The text without keys, passwords in addresses, and the name of the home folder."""
    for value in sorted(secret_values(os.environ), key=len, reverse=True):
        text = text.replace(value, "***")
    text = _PASSWORD.sub("***", _BEARER.sub(r"\1***", _FORM.sub("***", text)))
    return text.replace(str(Path.home()), "~")
