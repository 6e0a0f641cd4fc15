"""The model that answers for `.env`."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from kit.endpoint import endpoint
from kit.problem import Problem
from server.models import catalogue

INFO_SECONDS = 30  # a server that is busy answers late
NOT_IN_NAMES = re.compile(r"[^\w.@-]")


@dataclass(frozen=True)
class Answering:
    """`name` is the catalogue's id or the file's name where the server tells the file, and else what `.env` says."""

    name: str
    journal: str

    @classmethod
    def now(cls) -> "Answering":
        """Raises `Problem` where the server could tell, and does not: results of two models would become one row."""
        chat = endpoint("CHAT")
        if file := _told_file(chat.base_url, chat.api_key):
            name = next((entry.id for entry in catalogue.entries() if entry.file == file), Path(file).stem)
            return cls(name, _file_name(name))
        # Another server may call another model so.
        host = urlsplit(chat.base_url).netloc.rpartition("@")[2]
        return cls(chat.model, _file_name(f"{chat.model}@{host}"))


def _told_file(base_url: str, api_key: str) -> str | None:
    url = f"{base_url}/info"
    try:
        answer = httpx2.get(url, headers={"Authorization": f"Bearer {api_key}"}, timeout=INFO_SECONDS)
        told: Any = answer.json()
    except httpx2.TransportError as error:
        raise Problem(
            f"{url} does not tell which model answers ({error}). Look whether the server runs, and try again.",
            f"{url} 没有说明由哪个模型应答（{error}）。请检查服务器是否在运行，然后重试。",
        ) from None
    except ValueError:
        return None
    if not isinstance(told, dict) or told.get("type") != "agent-starter-kit":
        return None
    for model in told["models"]:
        if model["type"] == "chat":
            return str(model["file"])
    raise Problem(
        f"{url} tells no chat model: it is not in memory. Ask it something, which wakes it, and try again.",
        f"{url} 没有列出对话模型：它不在内存中。请先向它提一个问题以唤醒它，然后重试。",
    )


def _file_name(name: str) -> str:
    return f"model-{NOT_IN_NAMES.sub('-', name)}.jsonl"
