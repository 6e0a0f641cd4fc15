"""The bytes of a file from a hub, from any byte on."""

import itertools
import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx2

from server.models.cache import size_of
from server.models.sources import failure, hub
from server.models.sources.hub import Offer
from server.models.sources.source import Busy, SourceError

STALL_SECONDS = 30.0  # without a byte
PAUSE_SECONDS = 1.0  # before a broken connection is taken up again
RANGE_REFUSED = 416  # the constant in httpx2 has changed its name
MAGIC = b"GGUF"


def fill(offer: Offer, partial: Path, report: Callable[[int], None]) -> None:
    """Add to `partial` the bytes that it lacks, going on after breaks as long as each try brings some.

    `report` is told how many bytes are there. Raises `SourceError`.
    """
    waited = False
    while (have := size_of(partial)) < offer.size:
        failed = _try(offer, partial, have, report)
        if size_of(partial) > have:
            waited = False
            if failed:
                time.sleep(PAUSE_SECONDS)
        elif isinstance(failed, Busy) and not waited and hub.wait_for(failed):
            waited = True
        else:
            raise failed or _too_short(have, offer)


def _try(offer: Offer, partial: Path, start: int, report: Callable[[int], None]) -> SourceError | None:
    try:
        _append(offer, partial, start, report)
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        if start and _refuses_range(error):
            # There are no ranges, or not so many bytes: the whole answer tells.
            return _try(offer, partial, 0, report)
        return failure.explain(error, offer.url)
    return None


def _refuses_range(error: Exception) -> bool:
    return isinstance(error, httpx2.HTTPStatusError) and error.response.status_code == RANGE_REFUSED


def _append(offer: Offer, partial: Path, start: int, report: Callable[[int], None]) -> None:
    headers = offer.headers | {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    timeout = httpx2.Timeout(STALL_SECONDS, connect=hub.ANSWER_SECONDS)
    with httpx2.stream("GET", offer.url, headers=headers, follow_redirects=True, timeout=timeout) as response:
        response.raise_for_status()
        chunks = response.iter_raw()
        first = next(chunks, b"")
        at = _begin(offer, start, response, first)
        with partial.open("ab") as file:
            have = file.tell()
            for chunk in itertools.chain([first], chunks):
                if at + len(chunk) > offer.size:
                    raise SourceError(
                        "the hub sent more bytes than it announced", "模型站发送的字节数超过声明"
                    )
                # What comes again of a hub that ignores the range is passed over: what is there stays.
                file.write(chunk[max(0, have - at) :])
                at += len(chunk)
                report(max(at, have))


def _begin(offer: Offer, start: int, response: httpx2.Response, first: bytes) -> int:
    """The byte that the answer begins with. Raises `SourceError` if it is of another file, or of none."""
    if response.status_code == httpx2.codes.PARTIAL_CONTENT:
        told = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if not told or int(told[1]) != start:
            raise SourceError("the hub sent another range than was asked", "模型站返回的字节范围与请求不符")
        total = told[2]
    else:
        start, total = 0, response.headers.get("Content-Length", "*")
        if not first.startswith(MAGIC[: len(first)]):
            if failure.is_web_page(response, first):
                raise failure.web_page(str(response.url))
            raise SourceError("what it sends is no GGUF file", "返回的不是 GGUF 文件")
    if total.isdecimal() and int(total) != offer.size:
        raise _too_short(int(total), offer)
    return start


def _too_short(size: int, offer: Offer) -> SourceError:
    return SourceError(
        f"it sends {size:,} bytes instead of the {offer.size:,} it announced",
        f"只发送 {size:,} 字节，与声明的 {offer.size:,} 字节不符",
    )
