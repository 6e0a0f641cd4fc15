"""Take the pictures of docs/page.md: python docs/screenshots.py, while `python -m server` runs without documents.

The agent's picture is of `python -m agents web tool_agent`, which has to run too.
"""

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
SIZE = {"width": 960, "height": 640}
WAIT_MS = 120_000


def main(server: str = "http://localhost:8080/", agent: str = "http://localhost:8091/") -> None:
    from benchmarks.page.browser import browser

    with browser() as chromium:
        page = chromium.new_context(locale="en-US", viewport=SIZE).new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(server)
        ask(page, "Who are you? 你是谁？")
        take(page, "ask")
        page.get_by_role("tab", name="Documents").click()
        page.locator("input[type=file]").set_input_files([ROOT / "docs/handbook/en/meals.md"])
        page.get_by_text("Files: 1").wait_for()
        ask(page, "When is lunch on Sunday?")
        take(page, "documents")
        page.get_by_role("tab", name="Requests").click()
        page.get_by_text("/v1/chat/completions").first.click()
        page.get_by_text("The prompt as the model reads it").wait_for()
        take(page, "requests")
        page.get_by_role("tab", name="Models").click()
        page.get_by_role("group").first.wait_for()
        take(page, "models")
        page.goto(agent)
        ask(page, "How much is 250 US dollars in yuan?")
        take(page, "agent")


def ask(page: Any, question: str) -> None:
    field = page.locator("textarea:visible").and_(page.get_by_label("Your question"))
    field.fill(question)
    field.press("Enter")
    page.get_by_role("button", name="Stop").wait_for()
    page.locator("button:visible", has_text="Send").wait_for()


def take(page: Any, name: str) -> None:
    page.wait_for_timeout(500)  # until what moves has moved
    page.screenshot(path=ROOT / f"docs/page-{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
