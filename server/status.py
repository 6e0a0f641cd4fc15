"""A sign of life on stderr while something takes long."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

EVERY_SECONDS = 5.0


@contextmanager
def status(text: str) -> Iterator[None]:
    """On a terminal a line that moves and goes away; else a line at the beginning and one every few seconds."""
    console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    if console.is_terminal:
        with console.status(text):
            yield
        return
    console.print(text)
    done = threading.Event()
    began = time.monotonic()

    def tell() -> None:
        while not done.wait(EVERY_SECONDS):
            console.print(f"{text} {time.monotonic() - began:.0f} s")

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
