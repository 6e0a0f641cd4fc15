"""The client of ChromaDB: a folder of this machine, a server, or Chroma's cloud."""

from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.api import ClientAPI
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import AuthorizationError, ChromaAuthError, NotFoundError

from kit.problem import Problem
from rag.settings import Settings


def client(settings: Settings) -> ClientAPI:
    """Raises `Problem` if no server answers, the key is refused, or the tenant or its database is not there."""
    quiet = ChromaSettings(anonymized_telemetry=False)
    if settings.chroma_url is None:
        # Chroma keeps a client for each path as it is written: two folders of one name are two.
        return chromadb.PersistentClient(path=settings.chroma_path.absolute(), settings=quiet)
    place = urlsplit(settings.chroma_url)
    secure = place.scheme == "https"
    key = settings.chroma_api_key
    try:
        return chromadb.HttpClient(
            place.hostname or "localhost",
            place.port or (443 if secure else 8000),
            ssl=secure,
            # The first is what Chroma's cloud reads, the second what stands in front of a server of one's own.
            headers={"X-Chroma-Token": key, "Authorization": f"Bearer {key}"} if key else None,
            settings=quiet,
            tenant=settings.chroma_tenant,
            database=settings.chroma_database,
        )
    except (ChromaAuthError, AuthorizationError) as error:
        raise _refused(settings) from error
    except NotFoundError as error:
        raise _nowhere(settings) from error
    except (ValueError, httpx.HTTPError) as error:
        if _status(error) in (401, 403):
            raise _refused(settings) from error
        raise Problem(
            f"no Chroma server answers at CHROMA_URL={settings.chroma_url}. Start it with"
            " `chroma run --path FOLDER`, or take CHROMA_URL out of .env to keep the vectors in CHROMA_PATH.",
            f"CHROMA_URL={settings.chroma_url} 没有 Chroma 服务器应答。请用 `chroma run --path 文件夹` 启动，"
            "或从 .env 中删去 CHROMA_URL，把向量存放在 CHROMA_PATH。",
        ) from error


def _status(error: BaseException | None) -> int | None:
    """What the server answered: Chroma makes ValueErrors of whatever goes wrong."""
    while error is not None and not isinstance(error, httpx.HTTPStatusError):
        error = error.__context__
    return error.response.status_code if error else None


def _refused(settings: Settings) -> Problem:
    return Problem(
        f"the Chroma server at CHROMA_URL={settings.chroma_url} refused the key. Correct CHROMA_API_KEY in .env.",
        f"CHROMA_URL={settings.chroma_url} 的 Chroma 服务器拒绝了密钥，请更正 .env 中的 CHROMA_API_KEY。",
    )


def _nowhere(settings: Settings) -> Problem:
    named = f"CHROMA_TENANT={settings.chroma_tenant}, CHROMA_DATABASE={settings.chroma_database}"
    return Problem(
        f"the Chroma server at CHROMA_URL={settings.chroma_url} does not know {named}. Correct them in .env, or have"
        " them created there.",
        f"CHROMA_URL={settings.chroma_url} 的 Chroma 服务器上没有 {named}。请在 .env 中改正，或先在服务器上创建。",
    )
