"""The server's page in a real browser, on the real small model."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from fakes.origin import serve
from fakes.tiny_catalogue import write_catalogue
from looking import Look, Program, ask, free_address

KEY = "a-key"
PHONE = {"width": 360, "height": 640}
SEVERE = ("serious", "critical")
TABS = ("Ask", "Models", "Documents", "Requests")
ANSWERED = "first after"
STILL = "() => document.getAnimations().every(one => one.playState !== 'running')"
LIBRARY = (
    "# Library\n\nThe library of Ashford opens at nine in the morning. Visitors leave their bags at the desk."
    " The reading room is on the third floor."
)
pytestmark = pytest.mark.real


@pytest.fixture
def page_url(server_address: str) -> str:
    return f"http://{server_address}"


@pytest.fixture(scope="module")
def locked(
    chat_file: Path, embedding_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """A server that demands a key, with another chat model on its disk."""
    folder, address = tmp_path_factory.mktemp("locked"), free_address()
    models = folder / "models"
    (models / "hf/owner/repo").mkdir(parents=True)
    (models / "hf/owner/repo/other.gguf").symlink_to(chat_file)
    (models / embedding_file.name).symlink_to(embedding_file)
    server = Program(
        folder,
        ["-m", "server"],
        address,
        MOLY_API_SERVER_ADDR=address,
        MOLY_API_KEY=KEY,
        MODELS_DIR=str(models),
        CHAT_MODEL=str(chat_file),
        EMBEDDING_MODEL="multilingual-e5-small",
        CONTEXT_LENGTH="2048",
    )
    server.start()
    server.wait()
    yield server
    server.stop()


def enter(page: Any, key: str) -> None:
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Enter").click()


def test_an_answer_comes_with_its_figures_and_as_code(look: Look, page_url: str) -> None:
    page = look(page_url)

    ask(page, "Say hello.")

    page.get_by_text(ANSWERED).wait_for()
    page.get_by_text("Use this in your agent").click()
    page.get_by_text("client.chat.completions.create").wait_for()
    page.get_by_text(f"curl {page_url}/v1/chat/completions").wait_for()


def test_stop_ends_an_answer_and_the_conversation_goes_on(look: Look, page_url: str) -> None:
    page = look(page_url)
    ask(page, "Write a story of a thousand words about a lighthouse.")

    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped.").wait_for()
    ask(page, "Say hello.")

    page.get_by_text(ANSWERED).wait_for()


def test_a_new_conversation_ends_the_old_one(look: Look, page_url: str) -> None:
    page = look(page_url)
    ask(page, "Write a story of a thousand words about a whale.")
    page.get_by_role("button", name="Stop").wait_for()

    page.get_by_role("button", name="New conversation").click()
    page.get_by_text("about a whale").wait_for(state="detached")
    ask(page, "Say hello.")

    page.get_by_text(ANSWERED).wait_for()
    page.get_by_text("Use this in your agent").click()
    code = page.get_by_text("client.chat.completions.create")
    code.wait_for()
    assert "whale" not in code.inner_text()


def test_requests_show_the_prompt_and_what_was_written(look: Look, page_url: str) -> None:
    body = {"messages": [{"role": "user", "content": "Say marmalade."}], "max_tokens": 8, "temperature": 0}
    httpx2.post(f"{page_url}/v1/chat/completions", json=body, headers={"User-Agent": "my-agent"}, timeout=60)
    page = look(page_url)

    page.get_by_role("tab", name="Requests").click()
    page.get_by_text("my-agent").first.click()

    page.get_by_text("The prompt as the model reads it").wait_for()
    assert "Say marmalade.<|im_end|>" in page.locator(".nicegui-code:visible").first.inner_text()


def test_a_call_that_was_not_made_has_its_reason(look: Look, page_url: str) -> None:
    page = look(page_url)
    page.get_by_text("Settings").click()
    page.get_by_role("switch", name="Tools: you play them").click()
    ask(page, "Hello, how are you?")
    page.get_by_text(ANSWERED).wait_for()

    page.get_by_role("tab", name="Requests").click()
    page.get_by_text("/v1/chat/completions").first.click()

    page.get_by_text("Tools: get_weather").wait_for()
    page.get_by_text("a call begins with").wait_for()


def test_a_document_is_uploaded_asked_with_its_source_and_deleted(look: Look, page_url: str) -> None:
    page = look(page_url)
    page.get_by_role("tab", name="Documents").click()
    page.get_by_text("Files: ").click()

    page.locator("input[type=file]").set_input_files(
        {"name": "library.md", "mimeType": "text/markdown", "buffer": LIBRARY.encode()}
    )
    page.get_by_text("library.md · 0.1 kB · in the index").wait_for()
    ask(page, "Where is the reading room?")

    page.get_by_text("[1] library.md · Library").wait_for()
    page.get_by_role("link", name="[1]").wait_for()
    assert "third floor" in page.locator("mark").inner_text()
    page.get_by_role("button", name="Delete library.md").click()
    page.get_by_role("button", name="Delete library.md").wait_for(state="detached")
    names = [file["filename"] for file in httpx2.get(f"{page_url}/v1/files", timeout=60).json()["data"]]
    assert "library.md" not in names


def test_a_document_that_cannot_be_read_is_told(look: Look, page_url: str) -> None:
    page = look(page_url)
    page.get_by_role("tab", name="Documents").click()

    page.locator("input[type=file]").set_input_files(
        {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"no PDF"}
    )

    page.get_by_role("alert").filter(has_text="broken.pdf").wait_for()


def test_a_model_is_downloaded_after_a_break(look: Look, tmp_path: Path) -> None:
    content = b"GGUF" + struct.pack("<IQQ", 3, 0, 0) + bytes(3_000_000)
    address = free_address()
    catalogue = write_catalogue(tmp_path / "catalogue.toml", content, ["hf:owner/tiny/tiny.gguf"])
    with serve() as hub:
        hub.files["tiny.gguf"] = content
        hub.seconds_a_chunk = 1  # all of it would take a minute
        hub.cuts.append(500_000)
        program = str(Path(__file__).with_name("without_models.py"))
        server = Program(
            tmp_path,
            [program, str(catalogue), address],
            address,
            HF_ENDPOINT=hub.url,
            MODELS_DIR=str(tmp_path),
        )
        server.start()
        server.wait()
        page = look(server.url)
        page.get_by_role("tab", name="Models").click()
        card = page.get_by_role("group", name="tiny")
        card.get_by_role("button", name="Download").click()
        card.get_by_text(re.compile(r"^[1-9]\d?% · ")).wait_for()
        card.get_by_role("button", name="Cancel").click()

        hub.seconds_a_chunk = 0
        card.get_by_role("button", name="Resume").click()
        card.get_by_role("button", name="Verify").click()

        page.get_by_text("tiny is what was published.").wait_for()
        assert (tmp_path / "tiny.gguf").read_bytes() == content
        assert any(sent and sent != "bytes=0-" for sent in hub.asked("/cdn/"))
        page.close()
        server.stop()


def test_models_are_unloaded_and_switched_while_the_server_runs(look: Look, locked: Program) -> None:
    page = look(locked.url, locale="en-US")
    enter(page, KEY)
    page.get_by_label("Key").wait_for(state="detached")
    page.get_by_role("tab", name="Models").click()
    embedding = page.get_by_role("group", name="multilingual-e5-small")
    other = page.get_by_role("group", name="hf:owner/repo/other.gguf")

    embedding.get_by_role("button", name="Unload").click()
    embedding.get_by_role("button", name="Load", exact=True).click()
    embedding.get_by_role("button", name="Unload").wait_for()
    other.get_by_role("button", name="Load", exact=True).click()
    other.get_by_role("button", name="Unload").wait_for()

    page.get_by_role("tab", name="Ask").click()
    ask(page, "Say hello.")
    page.get_by_text(ANSWERED).wait_for()


def test_a_wrong_key_is_refused_and_a_server_that_comes_back_finds_its_page(
    look: Look, locked: Program
) -> None:
    page = look(locked.url, complains=True, locale="en-US")
    assert httpx2.get(f"{locked.url}/v1/requests", timeout=60).status_code == 401
    enter(page, "wrong")
    page.get_by_text("does not know this key").wait_for()
    enter(page, KEY)
    page.get_by_label("Key").wait_for(state="detached")
    ask(page, "Say hello.")
    page.get_by_text(ANSWERED).wait_for()

    locked.stop()
    page.get_by_text("Connection lost").wait_for()
    locked.start()

    page.get_by_text(ANSWERED).wait_for(state="detached")  # the page is a new one
    ask(page, "Say hello.")
    page.get_by_text(ANSWERED).wait_for()


def test_a_question_waits_for_the_key_that_the_browser_keeps(look: Look, locked: Program) -> None:
    page = look(locked.url, locale="en-US")
    enter(page, KEY)
    page.get_by_label("Key").wait_for(state="detached")

    page.add_init_script(
        "const get = Storage.prototype.getItem;"
        " Storage.prototype.getItem = function (name) {"
        " return new Promise(found => setTimeout(() => found(get.call(this, name)), 2000)) }"
    )
    page.reload()
    ask(page, "Say hello.")

    page.get_by_text(ANSWERED).wait_for()


def test_ten_pages_at_once_are_all_answered(look: Look, page_url: str) -> None:
    pages = [look(page_url) for _ in range(10)]
    for page in pages:
        ask(page, "Say hello.")
    for page in pages:
        page.get_by_text(ANSWERED).wait_for()


def test_a_narrow_phone_scrolls_in_one_direction_only(look: Look, page_url: str) -> None:
    page = look(page_url, viewport=PHONE)
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        page.wait_for_function(STILL)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], tab


def test_a_chinese_browser_reads_chinese(look: Look, page_url: str) -> None:
    page = look(page_url, locale="zh-CN")
    page.get_by_role("tab", name="模型").click()
    page.get_by_text("内存").wait_for()
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_nothing_serious_keeps_anybody_out(look: Look, page_url: str) -> None:
    page = look(page_url)
    ask(page, "Say hello.")
    page.get_by_text(ANSWERED).wait_for()
    found = {}
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(300)
        page.wait_for_function(STILL)
        violations = Axe().run(page).response["violations"]
        found[tab] = [(one["id"], one["nodes"][0]["html"]) for one in violations if one["impact"] in SEVERE]

    assert found == {tab: [] for tab in TABS}


def test_a_foreign_page_cannot_open_the_websocket(page_url: str) -> None:
    """Any page may open a websocket to this machine, and browsers leave it to the server to refuse."""
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade |= {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    socket = f"{page_url}/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    for foreign in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        assert httpx2.get(socket, headers=upgrade | foreign, timeout=60).status_code == 403
    polled = httpx2.get(
        socket.replace("=websocket", "=polling"), headers={"Origin": "http://evil.example"}, timeout=60
    )
    assert "access-control-allow-origin" not in polled.headers
