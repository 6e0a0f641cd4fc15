"""What `.env` says of the server."""

from dataclasses import dataclass
from pathlib import Path

from kit.env import setting
from kit.http.listen import address
from kit.problem import Problem


@dataclass(frozen=True)
class Access:
    """Who may ask, from which web pages, for how long, and whether requests are kept; without keys, anybody."""

    api_keys: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    request_seconds: int = 600
    kept_requests: bool = True


@dataclass(frozen=True)
class Settings:
    """Where to listen and what to serve."""

    host: str
    port: int
    chat_model: str
    embedding_model: str
    rerank_model: str
    context_length: int | None
    threads: int | None
    gpu_layers: int | None
    prefix_cache_mb: int | None
    responses_db: Path | None
    idle_minutes: int | None
    deterministic: bool
    access: Access

    @classmethod
    def from_env(cls) -> "Settings":
        """Raises `Problem` for a value that cannot be meant."""
        host, port = address("MOLY_API_SERVER_ADDR", "localhost:8080")
        return cls(
            host=host,
            port=port,
            chat_model=setting("CHAT_MODEL", "qwen2.5-coder-1.5b"),
            embedding_model=setting("EMBEDDING_MODEL", "multilingual-e5-small"),
            rerank_model=setting("RERANK_MODEL"),
            context_length=_number("CONTEXT_LENGTH", least=1),
            threads=_number("THREADS", least=1),
            gpu_layers=_number("GPU_LAYERS"),
            prefix_cache_mb=_number("PREFIX_CACHE_MB"),
            responses_db=Path(path).expanduser() if (path := setting("MOLY_RESPONSES_DB")) else None,
            idle_minutes=_number("MOLY_IDLE_MINUTES", least=1),
            deterministic=bool(_number("MOLY_DETERMINISTIC")),
            access=Access(
                api_keys=_list("MOLY_API_KEY"),
                cors_origins=_list("MOLY_CORS_ORIGINS"),
                allowed_hosts=_list("MOLY_ALLOWED_HOSTS"),
                kept_requests=_number("MOLY_REQUESTS") != 0,
                request_seconds=_number("MOLY_REQUEST_SECONDS", least=1) or Access.request_seconds,
            ),
        )


def _list(name: str) -> tuple[str, ...]:
    return tuple(value for each in setting(name).split(",") if (value := each.strip()))


def _number(name: str, least: int = 0) -> int | None:
    value = setting(name)
    if not value:
        return None
    if not value.isdigit() or int(value) < least:
        raise Problem(
            f"{name}={value} is not a whole number from {least} up. Correct it in .env, or leave it empty.",
            f"{name}={value} 不是不小于 {least} 的整数。请在 .env 中改正，或留空使用默认值。",
        )
    return int(value)
