"""How soon the page can be used, how late a token is on the screen, and how much code that takes."""

import ast
import io
import statistics
import time
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.page.browser import browser
from benchmarks.page.page_clock import SECONDS, TOKENS
from benchmarks.servers import free_port, process

ROOT = Path(__file__).parents[2]
FOLDERS = ("kit/page", "server/page", "agents/runtime/web")
OPENED = 5
WAIT_MS = 60_000
# When a token is drawn: the frame after the one that it came into the document for.
WATCH = """
window.late = [];
new MutationObserver(() => requestAnimationFrame(() => {
  const sent = document.querySelector("[role=log]")?.innerText.match(/\\d{10}\\.\\d{3}/g)?.at(-1);
  if (sent && sent !== window.last) {
    window.last = sent;
    window.late.push(Date.now() - sent * 1000);
  }
})).observe(document, {childList: true, subtree: true, characterData: true});
"""


def run() -> None:
    """Open the server's page in Chromium, before a model that tells the time. 在 Chromium 中测量网页的速度。"""
    port, foreign = free_port(), list[str]()
    url = f"http://127.0.0.1:{port}/"
    with process(["-m", "benchmarks.page.page_clock", str(port)], port, {}), browser() as chromium:
        first, *others = [_opened(chromium, url, foreign) for _ in range(OPENED + 1)]
        late = _late(chromium, url, foreign)
    print("| | |\n|---|---|")
    print(f"| usable, first time 首次打开 | {first:.1f} s |")
    print(f"| usable, then 之后打开 | {statistics.median(others):.1f} s |")
    print(f"| a token on the screen, median 中位数 | {statistics.median(late):.0f} ms |")
    print(f"| the latest of {len(late)} 最晚 | {max(late):.0f} ms |")
    print(f"| requests to other machines 对外请求 | {len(foreign)} |")
    drawing, whole = code()
    print(f"| lines of code that draws 界面代码行数 | {drawing} |")
    print(f"| with its HTTP calls and the programs around it 连同 HTTP 调用与外围程序 | {whole} |")


@contextmanager
def _asked(chromium: Any, url: str, foreign: list[str]) -> Iterator[Any]:
    """A page whose question, typed at once, is in the conversation. A browser that has loaded nothing yet."""
    with chromium.new_context(locale="en-US") as context:
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.add_init_script(WATCH)
        page.on("request", lambda asked: foreign.append(asked.url) if _is_foreign(asked.url, url) else None)
        page.goto(url, wait_until="commit")
        field = page.get_by_label("Your question")
        field.fill("What time is it?")
        field.press("Enter")
        page.get_by_role("log").get_by_text("What time is it?").wait_for()
        yield page


def _opened(chromium: Any, url: str, foreign: list[str]) -> float:
    """Seconds until a question has been taken."""
    began = time.perf_counter()
    with _asked(chromium, url, foreign):
        return time.perf_counter() - began


def _late(chromium: Any, url: str, foreign: list[str]) -> list[float]:
    """Milliseconds from the model's word to the screen, a number a token."""
    with _asked(chromium, url, foreign) as page:
        page.get_by_role("button", name="Send").wait_for(timeout=WAIT_MS + TOKENS * SECONDS * 2000)
        late: list[float] = page.evaluate("window.late")
        return late


def _is_foreign(asked: str, own: str) -> bool:
    address = urlsplit(asked)
    return address.scheme not in ("data", "blob") and address.netloc != urlsplit(own).netloc


def code() -> tuple[int, int]:
    """Lines of the modules that draw, which import NiceGUI, and of all."""
    texts = [path.read_text(encoding="utf-8") for folder in FOLDERS for path in (ROOT / folder).glob("*.py")]
    drawing = (text for text in texts if "from nicegui import" in text)
    return sum(map(lines_of, drawing)), sum(map(lines_of, texts))


def lines_of(text: str) -> int:
    """Lines with code on them: blank ones, comments and docstrings are not counted."""
    empty = (
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    )
    tokens = [
        token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type not in empty
    ]
    filled = {line for token in tokens for line in range(token.start[0], token.end[0] + 1)}
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr)]
    told = [
        node for node in nodes if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    return len(filled - {line for node in told for line in range(node.lineno, (node.end_lineno or 0) + 1)})
