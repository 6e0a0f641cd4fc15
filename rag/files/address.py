"""Documents on the web."""

import mimetypes
from email.message import Message
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import httpx

from kit.problem import Problem
from rag.loaders import LARGEST_FILE_BYTES, LOADERS
from rag.loaders.encodings.decode import said_encoding

SECONDS = 30
# What servers say of them, where the system's own table does not know it.
TYPES = {
    "application/xhtml+xml": ".html",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/x-rst": ".rst",
}


def fetch(address: str, folder: Path) -> tuple[Path, str | None]:
    """Download a document into `folder`; the file, named by its format, and its encoding if the server tells it.

    Raises `Problem` for an address that does not answer, is too large, or has no readable format.
    """
    folder.mkdir()
    try:
        with httpx.stream("GET", address, follow_redirects=True, timeout=SECONDS) as answer:
            if answer.status_code != httpx.codes.OK:
                raise _unreachable(address, f"{answer.status_code} {answer.reason_phrase}")
            file = folder / f"page{_suffix(address, answer)}"
            size = 0
            with file.open("wb") as opened:
                for piece in answer.iter_bytes():
                    size += len(piece)
                    if size > LARGEST_FILE_BYTES:
                        raise _unreachable(address, f"more than {LARGEST_FILE_BYTES // 1_000_000} MB")
                    opened.write(piece)
            return file, _encoding(file, answer.charset_encoding)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _unreachable(address, str(error) or type(error).__name__) from error


def _suffix(address: str, answer: httpx.Response) -> str:
    """By the address if it ends in a readable format, else by what the server says; HTML if it says nothing."""
    message = Message()
    message["content-type"] = answer.headers.get("content-type", "text/html")
    said = message.get_content_type()
    of_type = TYPES.get(said) or mimetypes.guess_extension(said) or ""
    named = PurePosixPath(unquote(urlsplit(address).path)).suffix.lower()
    # A page that shows a file is called as the file is: README.md is HTML there.
    return named if named in LOADERS and of_type not in (".html", ".pdf") else of_type


def _encoding(file: Path, said: str | None) -> str | None:
    """What the server says, unless the file is UTF-8, whose rules nothing else keeps by chance, or cannot be that."""
    data = file.read_bytes()
    return None if said_encoding(data, "utf-8") else said_encoding(data, said)


def _unreachable(address: str, why: str) -> Problem:
    return Problem(
        f"{address} cannot be fetched: {why}. Check the address in a browser, or save the page and ingest the file.",
        f"{address} 无法获取：{why}。请在浏览器中检查该网址，或把网页另存为文件后再导入。",
    )
