"""What `.env` says of the server."""

import os
from dataclasses import dataclass

from kit.problem import Problem


@dataclass(frozen=True)
class Access:
    """Who may ask, from which web pages, and for how long; without keys, anybody."""

    api_keys: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    request_seconds: int = 600


@dataclass(frozen=True)
class Settings:
    """Where to listen and what to serve."""

    host: str
    port: int
    chat_model: str
    embedding_model: str
    context_length: int | None
    threads: int | None
    gpu_layers: int | None
    prefix_cache_mb: int | None
    access: Access

    @classmethod
    def from_env(cls) -> "Settings":
        """Raises `Problem` for a value that cannot be meant."""
        host, port = _address(_get("MOLY_API_SERVER_ADDR") or "localhost:8080")
        return cls(
            host=host,
            port=port,
            chat_model=_get("CHAT_MODEL") or "qwen2.5-coder-1.5b",
            embedding_model=_get("EMBEDDING_MODEL") or "multilingual-e5-small",
            context_length=_number("CONTEXT_LENGTH", least=1),
            threads=_number("THREADS", least=1),
            gpu_layers=_number("GPU_LAYERS"),
            prefix_cache_mb=_number("PREFIX_CACHE_MB"),
            access=Access(
                api_keys=_list("MOLY_API_KEY"),
                cors_origins=_list("MOLY_CORS_ORIGINS"),
                request_seconds=_number("MOLY_REQUEST_SECONDS", least=1) or Access.request_seconds,
            ),
        )


def _get(name: str) -> str:
    return os.environ.get(name, "").strip()


def _list(name: str) -> tuple[str, ...]:
    return tuple(value for each in _get(name).split(",") if (value := each.strip()))


def _address(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not host or "/" in host or not port.isdigit() or not 0 < int(port) < 65536:
        raise Problem(
            f"MOLY_API_SERVER_ADDR={value} is not HOST:PORT. Write for example localhost:8080 in .env.",
            f"MOLY_API_SERVER_ADDR={value} 不是“主机:端口”的形式。请在 .env 中写成例如 localhost:8080。",
        )
    return host.strip("[]"), int(port)


def _number(name: str, least: int = 0) -> int | None:
    value = _get(name)
    if not value:
        return None
    if not value.isdigit() or int(value) < least:
        raise Problem(
            f"{name}={value} is not a whole number from {least} up. Mend it in .env, or leave it empty.",
            f"{name}={value} 不是不小于 {least} 的整数。请在 .env 中改正，或留空使用默认值。",
        )
    return int(value)
