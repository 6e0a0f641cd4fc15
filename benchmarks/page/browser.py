"""A Chromium that is on this machine already, for what is measured or pictured in it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kit.problem import Problem

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def browser() -> Iterator[Any]:
    """Playwright's, with nobody's profile. Raises `Problem` where there is none."""
    program = chromium()
    if program is None:
        raise Problem(
            "no Chromium or Chrome is in PATH. Install one, for example `apt install chromium`.",
            "PATH 中没有 Chromium 或 Chrome，请先安装，例如 `apt install chromium`。",
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
