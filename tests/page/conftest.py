"""A real browser without a way out, and pages opened in it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from looking import Look

from benchmarks.page.browser import ARGUMENTS, chromium

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

WAIT_MS = 60_000  # for a machine that does something else meanwhile
REBOUND = "--host-resolver-rules=MAP *.example 127.0.0.1"  # names that somebody has pointed at this machine


@pytest.fixture(scope="module")  # as long as it lives, no other test may run an event loop
def browser() -> Iterator[Any]:
    program = chromium()
    if program is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, REBOUND])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def english(browser: Any) -> Any:
    """A browser's window that keeps what it has loaded."""
    return browser.new_context(locale="en-US")


@pytest.fixture
def look(browser: Any, english: Any) -> Iterator[Look]:
    """Open a page, with options in a window of its own; at the end none has asked another machine for anything, or
    complained in the console."""
    opened, foreign, complaints = [], [], []

    def open_page(url: str, *, complains: bool = False, **options: Any) -> Any:
        context = browser.new_context(**({"locale": "en-US"} | options)) if options else english
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        opened.append(context if options else page)
        own = urlsplit(url).netloc
        page.on("request", lambda request: foreign.append(request.url) if outside(request.url, own) else None)
        page.on("websocket", lambda socket: foreign.append(socket.url) if outside(socket.url, own) else None)
        if not complains:
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(url, wait_until="commit")
        return page

    yield open_page
    for each in opened:
        each.close()
    assert foreign == []
    assert complaints == []


def outside(url: str, own: str) -> bool:
    address = urlsplit(url)
    return address.scheme not in ("data", "blob") and address.netloc != own
