"""What `.env` says of the service."""

from dataclasses import dataclass, field

from kit.env import load_env, setting
from kit.problem import Problem
from kit.proxy import LOOPBACK


@dataclass(frozen=True)
class Settings:
    """Where to listen, who may ask, and where conversations are kept."""

    host: str = "localhost"
    port: int = 8090
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    database: str = field(default=".threads.sqlite", repr=False)
    cors_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()

    @classmethod
    def from_env(cls) -> "Settings":
        """Raises `Problem` for an address that is none, and for one that others reach without a key."""
        load_env()
        host, port = _address(setting("AGENTS_ADDR", f"{cls.host}:{cls.port}"))
        keys = _list("AGENTS_API_KEY")
        if host not in LOOPBACK and not keys:
            raise Problem(
                f"AGENTS_ADDR={host}:{port} is open to other machines, and agents act. Write AGENTS_API_KEY=… in .env,"
                " or listen on localhost.",
                f"AGENTS_ADDR={host}:{port} 对其他机器开放，而智能体会执行操作。请在 .env 中设置 AGENTS_API_KEY=…，"
                "或改为监听 localhost。",
            )
        return cls(
            host=host,
            port=port,
            api_keys=keys,
            database=setting("AGENTS_DATABASE", cls.database),
            cors_origins=_list("MOLY_CORS_ORIGINS"),
            allowed_hosts=_list("MOLY_ALLOWED_HOSTS"),
        )


def _list(name: str) -> tuple[str, ...]:
    return tuple(value for each in setting(name).split(",") if (value := each.strip()))


def _address(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not host or "/" in host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
        raise Problem(
            f"AGENTS_ADDR={value} is not HOST:PORT. Write for example localhost:8090 in .env.",
            f"AGENTS_ADDR={value} 不是“主机:端口”的形式。请在 .env 中写成例如 localhost:8090。",
        )
    return host.strip("[]"), int(port)
