"""Model hubs, and what they say of a file."""

import os
import queue
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx2

from kit.web.certificates import certificate_fault
from kit.web.hub import HUBS
from server.models.sources import failure
from server.models.sources.source import Busy, HubFile, SourceError

ANSWER_SECONDS = 4.0  # a hub that can be reached answers within one
PATIENCE_SECONDS = 20  # with a hub that asks to wait


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
        address = HUBS[file.hub].address
        try:
            # Known before a client is made: of all that it breaks on, none says which variable it was.
            if fault := HUBS[file.hub].fault or certificate_fault():
                raise SourceError(*fault)
            asked = _ask_hugging_face if file.hub == "hf" else _ask_modelscope
            answers.put((file, asked(file, address)))
        except SourceError as error:
            answers.put((file, error))
        except httpx2.ReadTimeout:  # in the words of below, for either clock may be the first
            answers.put((file, failure.silence(ANSWER_SECONDS, address)))
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, LookupError, TypeError) as error:
            answers.put((file, failure.explain(error, address, file)))

    for file in files:
        # Looking up a host's name has no timeout of its own: a daemon thread can be left behind.
        threading.Thread(target=ask, args=[file], daemon=True).start()
    deadline = time.monotonic() + seconds + 0.25  # a request that gives up at the same time knows better why
    waiting = list(files)
    while waiting:
        try:
            file, answer = answers.get(timeout=max(0.001, deadline - time.monotonic()))
        except queue.Empty:
            yield from ((file, failure.silence(seconds, HUBS[file.hub].address)) for file in waiting)
            return
        waiting.remove(file)
        yield file, answer


def ask_patiently(files: Sequence[HubFile]) -> Iterator[tuple[HubFile, Offer | SourceError]]:
    """As `ask_all`; a hub that asks to wait a little is asked once more, after the others."""
    busy: list[tuple[HubFile, Busy]] = []
    for file, answer in ask_all(files):
        if isinstance(answer, Busy):
            busy.append((file, answer))
        else:
            yield file, answer
    for file, answer in busy:
        yield from ask_all([file]) if wait_for(answer) else [(file, answer)]


def wait_for(busy: Busy) -> bool:
    """Wait as long as it asks, unless that is too long."""
    if busy.seconds > PATIENCE_SECONDS:
        return False
    print(
        f"{busy.host} has too many requests, waiting {busy.seconds} s. 请求过多，等待 {busy.seconds} 秒……",
        file=sys.stderr,
    )
    time.sleep(busy.seconds)
    return True


def _ask_hugging_face(file: HubFile, address: str) -> Offer:
    if "HF_ENDPOINT" in os.environ:
        # The library takes it apart as it is imported, and breaks on a blank around it.
        os.environ["HF_ENDPOINT"] = address
    try:
        # Not from the package itself, which prints what keeps it from being imported.
        from huggingface_hub.file_download import get_hf_file_metadata, hf_hub_url
    except ValueError as error:  # a number that is none
        raise failure.unusable_library(error) from error
    token = _token()
    url = hf_hub_url(file.repo, file.file, endpoint=address)
    told = get_hf_file_metadata(url, timeout=ANSWER_SECONDS, endpoint=address)
    if not told.commit_hash:  # as every answer of the hub and its mirrors has
        raise failure.web_page(url)
    return _offer(url, told.size, told.etag, {"Authorization": f"Bearer {token}"} if token else {})


def _token() -> str | None:
    from huggingface_hub import get_token

    try:
        token = get_token()
    except (OSError, UnicodeError) as error:
        raise failure.unreadable_token(error) from error
    if token and not (token.isascii() and token.isprintable()):
        raise failure.broken_token()
    return token


def _ask_modelscope(file: HubFile, address: str) -> Offer:
    answer = httpx2.get(
        f"{address}/api/v1/models/{file.repo}/repo/files",
        params={"Recursive": "true"},
        follow_redirects=True,
        timeout=ANSWER_SECONDS,
    )
    answer.raise_for_status()
    if failure.is_web_page(answer, answer.content):
        raise failure.web_page(str(answer.url))
    for told in _listing(answer):
        if told.get("Path") == file.file:
            url = f"{address}/models/{file.repo}/resolve/master/{file.file}"
            return _offer(url, told.get("Size"), told.get("Sha256"))
    raise SourceError(f"{file.repo} has no file {file.file}", f"仓库 {file.repo} 中没有文件 {file.file}")


def _listing(answer: httpx2.Response) -> list[dict[str, object]]:
    try:
        files = answer.json()["Data"]["Files"]
    except (ValueError, LookupError, TypeError):
        files = None
    if not isinstance(files, list) or not all(isinstance(told, dict) for told in files):
        raise SourceError(
            f"{answer.url.host} answers without a list of files", f"{answer.url.host} 没有返回文件列表"
        )
    return files


def _offer(url: str, size: object, sha256: object, headers: dict[str, str] | None = None) -> Offer:
    # The hash becomes a part of a file's name.
    hashed = isinstance(sha256, str) and re.fullmatch(r"[0-9a-fA-F]{64}", sha256)
    if type(size) is not int or size <= 0 or not hashed:
        raise SourceError("it reports no size and sha256 for this file", "没有给出该文件的大小和 sha256")
    return Offer(url, size, hashed[0].lower(), headers or {})
