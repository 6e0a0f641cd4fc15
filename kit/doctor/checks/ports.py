"""Servers on this machine: who has the port in `.env`, and who else could be used."""

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psutil

from kit.doctor.finding import Finding, error, note
from kit.doctor.setup import Setup, is_here, place, port_of
from kit.env import setting

LOOK_SECONDS = 1.5
# Servers that speak OpenAI's API, where they listen unless told otherwise.
OTHERS = {
    11434: "Ollama",
    1234: "LM Studio",
    8000: "vLLM / Lemonade",
    1337: "Jan",
    8080: "llama-server / Moly",
}


def port(setup: Setup) -> Iterator[Finding]:
    """Whether the address that the server would take is free, or has a server that answers as one."""
    address = setting("MOLY_API_SERVER_ADDR", "localhost:8080")
    number = address.rpartition(":")[2]
    if not number.isdigit() or listener(f"http://localhost:{number}") is None:
        return
    if models(f"http://localhost:{number}/v1") is None:
        owner = program_at(int(number))
        yield error(
            "ports.taken",
            f"port {number} is taken by {owner or 'another program'}, which is no model server. End it, or write"
            f" MOLY_API_SERVER_ADDR=localhost:{int(number) + 1} and the same port in the two BASE_URL lines of .env.",
            f"端口 {number} 被{owner or '其他程序'}占用，它不是模型服务器。请结束它，或在 .env 中写"
            f" MOLY_API_SERVER_ADDR=localhost:{int(number) + 1}，并同时修改两行 BASE_URL 的端口。",
        )


def other_servers(setup: Setup) -> Iterator[Finding]:
    used = {port_of(place(role).base_url) for role in ("CHAT", "EMBEDDING") if is_here(place(role).base_url)}
    for number, name in OTHERS.items():
        url = f"http://localhost:{number}/v1"
        if number in used or listener(url) is None:
            continue
        if found := models(url):
            lines = f"CHAT_MODEL_BASE_URL={url}, CHAT_MODEL_NAME={found[0]}"
            yield note(
                "ports.other",
                f"{name} answers at {url}. To use it, write in .env: {lines}",
                f"{url} 上有 {name}。如需使用，请在 .env 中写：{lines}",
            )


def listener(url: str) -> str | None:
    """The address that takes connections there, if any does."""
    host, number = urlsplit(url).hostname, port_of(url)
    if host is None or number is None:
        return None
    try:
        with socket.create_connection((host, number), timeout=LOOK_SECONDS) as connection:
            return str(connection.getpeername()[0])
    except (OSError, UnicodeError):
        return None


def models(url: str, key: str = "moly") -> list[str] | None:
    """What a server says it has; None for one that is not asked in this way."""
    try:
        answer = httpx2.get(f"{url}/models", headers={"Authorization": f"Bearer {key}"}, timeout=LOOK_SECONDS)
        listed: Any = answer.json()
        return [str(model["id"]) for model in listed["data"]]
    except (httpx2.HTTPError, ValueError, KeyError, TypeError):
        return None


def program_at(number: int) -> str | None:
    """The program that listens there, where the system tells."""
    try:
        for connection in psutil.net_connections("tcp"):
            if (
                connection.status == psutil.CONN_LISTEN
                and tuple(connection.laddr)[1:] == (number,)
                and connection.pid
            ):
                return f"{psutil.Process(connection.pid).name()} ({connection.pid})"
    except (psutil.Error, OSError):
        pass
    return None
