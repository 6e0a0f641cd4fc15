"""Model hubs: what they say of a file, and its bytes, from any byte on."""

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from huggingface_hub import get_hf_file_metadata, get_token, hf_hub_url

from server.models.cache import size_of
from server.models.source import HubFile, SourceError

ANSWER_SECONDS = 4.0  # a hub that can be reached answers within one
STALL_SECONDS = 30.0  # without a byte
PAUSE_SECONDS = 1.0  # before a broken connection is taken up again


@dataclass(frozen=True)
class Offer:
    """What a hub says of a file before sending it."""

    url: str
    size: int
    sha256: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)


def ask_all(
    files: Sequence[HubFile], seconds: float | None = None
) -> Iterator[tuple[HubFile, Offer | SourceError]]:
    """Ask all hubs at once; the first to answer comes first, those that stay silent for so long come last."""
    seconds = seconds or ANSWER_SECONDS
    answers: queue.SimpleQueue[tuple[HubFile, Offer | SourceError]] = queue.SimpleQueue()

    def ask(file: HubFile) -> None:
        try:
            answers.put((file, _ask_hugging_face(file) if file.hub == "hf" else _ask_modelscope(file)))
        except SourceError as error:
            answers.put((file, error))
        except (httpx2.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
            answers.put((file, _source_error(error)))

    for file in files:
        # Looking up a host's name has no timeout of its own: a daemon thread can be left behind.
        threading.Thread(target=ask, args=[file], daemon=True).start()
    deadline = time.monotonic() + seconds
    waiting = list(files)
    while waiting:
        try:
            file, answer = answers.get(timeout=max(0.001, deadline - time.monotonic()))
        except queue.Empty:
            silent = SourceError(f"no answer in {seconds:g} s", f"{seconds:g} 秒内没有回应")
            yield from ((file, silent) for file in waiting)
            return
        waiting.remove(file)
        yield file, answer


def fill(offer: Offer, partial: Path, report: Callable[[int], None]) -> None:
    """Add to `partial` the bytes that it lacks, going on after breaks as long as each try brings some.

    `report` is told how many bytes are there. Raises `SourceError`.
    """
    while (have := size_of(partial)) < offer.size:
        try:
            _append(offer, partial, have, report)
        except httpx2.HTTPError as error:
            if size_of(partial) <= have:
                raise _source_error(error) from None
            time.sleep(PAUSE_SECONDS)


def _append(offer: Offer, partial: Path, have: int, report: Callable[[int], None]) -> None:
    headers = offer.headers | {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    timeout = httpx2.Timeout(STALL_SECONDS, connect=ANSWER_SECONDS)
    with httpx2.stream("GET", offer.url, headers=headers, follow_redirects=True, timeout=timeout) as response:
        response.raise_for_status()
        partly = response.status_code == httpx2.codes.PARTIAL_CONTENT
        if partly and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            raise SourceError("the hub sent another range than was asked", "模型站返回的字节范围与请求不符")
        with partial.open("ab" if partly else "wb") as file:
            done = have if partly else 0
            for chunk in response.iter_raw():
                done += len(chunk)
                if done > offer.size:
                    raise SourceError(
                        "the hub sent more bytes than it announced", "模型站发送的字节数超过声明"
                    )
                file.write(chunk)
                report(done)


def _ask_hugging_face(file: HubFile) -> Offer:
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or None
    url = hf_hub_url(file.repo, file.file, endpoint=endpoint)
    told = get_hf_file_metadata(url, timeout=ANSWER_SECONDS, endpoint=endpoint)
    token = get_token()
    return _offer(url, told.size, told.etag, {"Authorization": f"Bearer {token}"} if token else {})


def _ask_modelscope(file: HubFile) -> Offer:
    # The name and the default of ModelScope's own client, which wants the bare host.
    domain = os.environ.get("MODELSCOPE_DOMAIN", "").rstrip("/") or "modelscope.cn"
    base = domain if "://" in domain else f"https://{domain}"
    listing = httpx2.get(
        f"{base}/api/v1/models/{file.repo}/repo/files",
        params={"Recursive": "true"},
        follow_redirects=True,
        timeout=ANSWER_SECONDS,
    )
    listing.raise_for_status()
    for told in listing.json()["Data"]["Files"]:
        if told["Path"] == file.file:
            return _offer(
                f"{base}/models/{file.repo}/resolve/master/{file.file}", told["Size"], told["Sha256"]
            )
    raise SourceError(f"{file.repo} has no file {file.file}", f"仓库 {file.repo} 中没有文件 {file.file}")


def _offer(url: str, size: int | None, sha256: str | None, headers: dict[str, str] | None = None) -> Offer:
    if not size or len(sha256 or "") != 64:
        raise SourceError("it reports no size and sha256 for this file", "没有给出该文件的大小和 sha256")
    return Offer(url, size, str(sha256).lower(), headers or {})


def _source_error(error: Exception) -> SourceError:
    response = getattr(error, "response", None)
    if response is not None:
        return SourceError(f"HTTP {response.status_code}")
    if isinstance(error, httpx2.TimeoutException):
        return SourceError("it fell silent", "没有回应")
    text = str(error).strip().splitlines()
    return SourceError(text[0] if text else type(error).__name__)
