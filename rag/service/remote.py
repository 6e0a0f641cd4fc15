"""The index that another machine serves: searched from here, with nothing of it kept here."""

from pathlib import Path
from typing import Any

import httpx2

from kit.problem import Problem
from rag.index import Index
from rag.passage import TOP_K, Passage
from rag.settings import Settings

# Its first question after a start reads the vectors from disk.
SECONDS = 120


class RemoteIndex(Index):
    """Searches as any index; whatever would change it, or look inside, is a `Problem`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        key = settings.index_api_key
        self._http = httpx2.Client(headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=SECONDS)

    def close(self) -> None:
        self._http.close()

    def search(
        self,
        question: str,
        top_k: int = TOP_K,
        source: Path | str | None = None,
        metadata: dict[str, str] | None = None,
        without: Path | str | None = None,
    ) -> list[Passage]:
        """`source` and `without` are places as the other machine spells them."""
        asked = {
            "question": question,
            "top_k": top_k,
            "source": None if source is None else str(source),
            "metadata": metadata,
            "without": None if without is None else str(without),
        }
        url = f"{self.settings.index_url}".rstrip("/")
        try:
            answer = self._http.post(f"{url}/search", json=asked)
            told = answer.json()
            if answer.is_success:
                return [_passage(record) for record in told["passages"]]
            error = told["error"]
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, TypeError) as failure:
            raise Problem(
                f"no index answers at INDEX_URL={url}. Start it there with `python -m rag serve`, or take INDEX_URL out"
                " of .env to have an index here.",
                f"INDEX_URL={url} 没有索引服务应答。请在那台机器上运行 `python -m rag serve`，"
                "或从 .env 中删去 INDEX_URL，改用本机的索引。",
            ) from failure
        raise self._problem(answer.status_code, error)

    def _problem(self, status: int, error: dict[str, Any]) -> Problem:
        if "problem" in error:
            return Problem(error["problem"]["en"], error["problem"]["zh"])
        if status == 401:
            return Problem(
                f"the index at INDEX_URL={self.settings.index_url} refused the key. Correct INDEX_API_KEY in .env.",
                f"INDEX_URL={self.settings.index_url} 的索引拒绝了密钥，请更正 .env 中的 INDEX_API_KEY。",
            )
        return Problem(
            f"the index at INDEX_URL={self.settings.index_url} refused the search: {error.get('message')}",
            f"INDEX_URL={self.settings.index_url} 的索引拒绝了这次查找：{error.get('message')}",
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Problem(
            f"the index at INDEX_URL={self.settings.index_url} can only be searched from here. Run this command where"
            " `python -m rag serve` runs, or take INDEX_URL out of .env.",
            f"INDEX_URL={self.settings.index_url} 的索引在本机只能查找。请在运行 `python -m rag serve` 的机器上"
            "执行该命令，或从 .env 中删去 INDEX_URL。",
        )


def _passage(record: dict[str, Any]) -> Passage:
    return Passage(**record | {"parts": tuple(map(_passage, record["parts"]))})
