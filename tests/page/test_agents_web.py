"""Samples in the browser, on endpoints that play scripts."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from fakes.endpoint import CallTool, FakeEndpoint, Slowly, Turn
from looking import Look, Program, ask, free_address

pytestmark = pytest.mark.real  # programs and a browser
COMMANDS = {
    "tool": ["tool_agent"],
    "approval": ["approval_agent"],
    "memory": ["memory_agent"],
    "shared": ["hello_agent", "--share-lan"],
}


class Sample(Program):
    """`python -m agents web …`, whose endpoint plays what a test gives it."""

    def __init__(self, folder: Path, command: list[str], endpoint: FakeEndpoint) -> None:
        address = free_address()
        environment = {"AGENTS_WEB_ADDR": address, "CHAT_MODEL_BASE_URL": endpoint.base_url}
        super().__init__(folder, ["-m", "agents", "web", *command], address, **environment)
        self.endpoint = endpoint

    def plays(self, *turns: Turn) -> None:
        self.endpoint.turns = turns
        self.endpoint.requests.clear()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Sample]]:
    """All start at once. The endpoint of `shared` is gone since."""
    with ExitStack() as stack:
        started = {}
        with ExitStack() as until_all_wait:
            for name, command in COMMANDS.items():
                kept = until_all_wait if name == "shared" else stack
                endpoint = kept.enter_context(FakeEndpoint("hello"))
                started[name] = Sample(tmp_path_factory.mktemp(name), command, endpoint)
                started[name].start()
                stack.callback(started[name].stop)
            for sample in started.values():
                sample.wait()
        yield started


@pytest.fixture
def tool_agent(samples: dict[str, Sample]) -> Sample:
    return samples["tool"]


def test_a_tool_agent_shows_its_steps_with_arguments_and_result(look: Look, tool_agent: Sample) -> None:
    tool_agent.plays(CallTool("calculate", {"expression": "6*7"}), "It is **42**.")
    page = look(tool_agent.url)

    ask(page, "What is 6 times 7?")

    page.get_by_text("It is 42.").wait_for()
    page.get_by_text("40 tokens in, 24 of them cached, 10 out").wait_for()
    page.get_by_text("→ calculate").click()
    page.get_by_text("42", exact=True).first.wait_for()
    assert page.get_by_role("heading", name="tool agent").is_visible()


def test_an_approval_is_two_buttons(look: Look, samples: dict[str, Sample]) -> None:
    agent = samples["approval"]
    page = look(agent.url)

    for button, saved in (("No", False), ("Yes", True)):
        agent.plays(
            CallTool("write_file", {"path": "list.txt", "content": "tent"}), f"{button}: that is all."
        )
        ask(page, "Save a packing list.")
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_text(f"{button}: that is all.").wait_for()
        assert (agent.folder / "workspace/list.txt").is_file() == saved


def test_files_go_up_by_a_button_with_a_name_and_down(look: Look, tool_agent: Sample) -> None:
    page = look(tool_agent.url)
    page.get_by_text("Files", exact=True).click()
    with page.expect_file_chooser():
        page.get_by_role("button", name="Upload").click()

    page.locator("input[type=file]").set_input_files(
        {"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"}
    )
    with page.expect_download() as download:
        page.get_by_role("button", name="note.txt (5 bytes)").click()

    assert (tool_agent.folder / "workspace/note.txt").read_bytes() == b"hello"
    assert Path(download.value.path()).read_bytes() == b"hello"


def test_stop_ends_an_answer_and_the_next_question_is_answered(look: Look, tool_agent: Sample) -> None:
    tool_agent.plays(Slowly("word " * 400, 0.1), "Here I am.")
    page = look(tool_agent.url)
    ask(page, "Tell me a long story.")
    page.get_by_text("word word").wait_for()

    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped.").wait_for()
    ask(page, "Are you there?")

    page.get_by_text("Here I am.").wait_for()
    assert tool_agent.endpoint.hung_up.wait(60)


def test_a_memory_agent_has_its_thread_as_a_field_and_new_begins_another(
    look: Look, samples: dict[str, Sample]
) -> None:
    agent = samples["memory"]
    agent.plays("Hello Lin.")
    page = look(agent.url)
    assert page.get_by_label("thread").input_value() == "main"
    page.get_by_label("thread").fill("lin")
    page.get_by_label("thread").press("Tab")
    ask(page, "My name is Lin.")
    page.get_by_text("Hello Lin.").wait_for()

    ask(page, "/new")

    page.get_by_text("Hello Lin.").wait_for(state="detached")
    assert agent.endpoint.requests[0]["messages"][-1]["content"] == "My name is Lin."


def test_chinese_for_a_chinese_browser(look: Look, tool_agent: Sample) -> None:
    tool_agent.plays("你好。")
    page = look(tool_agent.url, locale="zh-CN")
    page.get_by_label("您的问题").fill("你好")
    page.get_by_role("button", name="发送").click()
    page.get_by_text("你好。", exact=True).wait_for()
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_a_shared_agent_wants_the_key_of_its_address_and_tells_of_a_dead_endpoint(
    look: Look, samples: dict[str, Sample]
) -> None:
    agent = samples["shared"]
    page = look(agent.url)
    page.get_by_label("Key").fill("wrong")
    page.get_by_role("button", name="Enter").click()
    page.wait_for_url("**key=wrong")
    page.get_by_label("Key").wait_for()
    assert page.get_by_label("Your question").count() == 0
    if "?key=" not in agent.said:
        pytest.skip("this machine is in no network")
    key = agent.said.partition("?key=")[2].split()[0]
    page.goto(f"{agent.url}/?key={key}")
    ask(page, "Hello?")
    page.get_by_text("python -m server").wait_for()


def test_names_and_pages_of_others_get_nothing(samples: dict[str, Sample]) -> None:
    url = samples["tool"].url
    assert httpx2.get(url, headers={"Host": "evil.example"}, timeout=60).status_code == 403
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade |= {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Origin": "http://evil.example"}
    socket = f"{url}/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    assert httpx2.get(socket, headers=upgrade, timeout=60).status_code == 403


def test_an_agent_that_is_not_there_is_told() -> None:
    from typer.testing import CliRunner

    from agents.runtime.cli import app

    assert "no agents/mine.py" in str(CliRunner().invoke(app, ["web", "mine"]).exception)
