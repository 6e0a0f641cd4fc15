"""The chat as a person sees it, in a pseudo-terminal."""

import errno
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from fakes.endpoint import BreakOff, CallTool, FakeEndpoint, Hang, Play, Slowly
from running import REPOSITORY

pty = pytest.importorskip("pty", reason="no pseudo-terminals on this system")

CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()][A-Z0-9]|\r")
PATIENCE = 100


def heed_ctrl_c() -> None:
    """A job in a shell's background ignores Ctrl-C, and so would the programs that the tests start there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A program and the pseudo-terminal that it believes to be a person's."""

    def __init__(self, *command: str, **environment: str) -> None:
        self._screen, inside = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=REPOSITORY,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "100", "LINES": "30"} | environment,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
            preexec_fn=heed_ctrl_c,
        )
        os.close(inside)
        os.set_blocking(self._screen, False)
        self.shown = ""
        self.raw = ""  # with what CONTROL takes out of it

    def type(self, line: str) -> None:
        os.write(self._screen, f"{line}\n".encode())

    def ctrl_c(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end_of_file(self) -> None:
        os.write(self._screen, b"\x04")

    def see(self, text: str) -> str:
        """Wait for a text; all that was shown since the last one, without colours and cursor movements."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} never came:\n{self.shown}"
            if not self._read():
                time.sleep(0.02)
        before, _, self.shown = self.shown.partition(text)
        return before + text

    def rest(self) -> str:
        """What else is shown until the program ends."""
        self.process.wait(PATIENCE)
        while self._read():
            pass
        return self.shown

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._screen)

    def _read(self) -> bool:
        try:
            data = os.read(self._screen, 65536)
        except BlockingIOError:
            return False
        except OSError as error:
            # Linux says so when the program has closed its side.
            assert error.errno == errno.EIO
            return False
        text = data.decode("utf-8", errors="replace")
        self.raw += text
        self.shown += CONTROL.sub("", text)
        return bool(data)


@pytest.fixture
def open_chat() -> Iterator[Callable[[FakeEndpoint], Terminal]]:
    terminals = []

    def start(endpoint: FakeEndpoint) -> Terminal:
        terminals.append(Terminal("-m", "agents.hello_agent", CHAT_MODEL_BASE_URL=endpoint.base_url))
        terminals[-1].see("/help")
        terminals[-1].see("> ")
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


OpenChat = Callable[[FakeEndpoint], Terminal]


def test_a_chat_shows_tools_answer_time_and_tokens(play: Play, open_chat: OpenChat) -> None:
    play_call = CallTool("count_letter", {"word": "strawberry", "letter": "r"})
    chat = open_chat(play(play_call, "There are **three**.", "And **one** b."))

    chat.type("How many r are in strawberry?")
    shown = chat.see("out 输出 10")
    chat.type("And b?")
    again = chat.see("out 输出 5")

    assert '→ count_letter {"word": "strawberry", "letter": "r"}\n← 3\n' in shown
    assert "There are three." in shown
    assert re.search(r"\d\.\d s · tokens in 输入 40, cached 缓存 24", shown)
    assert "And one b." in again


def test_the_commands(play: Play, open_chat: OpenChat) -> None:
    endpoint = play("Hello.", "Hello again.")
    chat = open_chat(endpoint)

    chat.type("/help")
    for command in ("/new", "/quit", "/help"):
        chat.see(command)
    chat.type("Hi")
    chat.see("out 输出")
    chat.type("/new")
    chat.see("已开始新对话")
    chat.type("Hi again")
    chat.see("out 输出")
    chat.type("/dance now")
    chat.see("Unknown command /dance now")
    chat.see("未知命令 /dance now")
    chat.type("")
    chat.type("/quit")
    chat.rest()

    assert chat.process.returncode == 0
    assert [len(request["messages"]) for request in endpoint.requests] == [2, 2]


@pytest.mark.parametrize("word", ["exit", "quit", "/exit", "/quit"])
def test_whichever_word_people_try_leaves(play: Play, open_chat: OpenChat, word: str) -> None:
    endpoint = play("Hello.")
    chat = open_chat(endpoint)

    chat.type(word)
    chat.rest()

    assert chat.process.returncode == 0
    assert endpoint.requests == []


WITHOUT_READLINE = """
import runpy, sys
sys.modules["readline"] = None
runpy.run_module("agents.hello_agent", run_name="__main__")
"""


def test_pasted_lines_are_one_question(play: Play, open_chat: OpenChat) -> None:
    """Each line was a question of its own."""
    endpoint = play("Seen.")
    chat = open_chat(endpoint)

    chat.type("\x1b[200~What is wrong here?\n\ndef f():\n    return g\x1b[201~")
    chat.see("out 输出")
    chat.type("/quit")
    chat.rest()

    assert [request["messages"][-1]["content"] for request in endpoint.requests] == [
        "What is wrong here?\n\ndef f():\n    return g"
    ]


def test_pasted_lines_are_one_question_without_readline(play: Play) -> None:
    endpoint = play("Seen.")
    chat = Terminal("-c", WITHOUT_READLINE, CHAT_MODEL_BASE_URL=endpoint.base_url)
    try:
        chat.see("> ")
        chat.type("What is wrong here?\n\ndef f():\n    return g")
        chat.see("out 输出")
        chat.type("/quit")
        chat.rest()
    finally:
        chat.close()

    assert [request["messages"][-1]["content"] for request in endpoint.requests] == [
        "What is wrong here?\n\ndef f():\n    return g"
    ]


def test_there_is_a_sign_of_life_until_the_first_token(play: Play, open_chat: OpenChat) -> None:
    chat = open_chat(play(Hang(60)))

    chat.type("Hi")

    chat.see("等待模型")


def test_the_end_of_the_input_leaves(play: Play, open_chat: OpenChat) -> None:
    chat = open_chat(play("Hello."))

    chat.end_of_file()
    chat.rest()

    assert chat.process.returncode == 0


def test_ctrl_c_stops_the_answer_and_the_server_but_not_the_chat(play: Play, open_chat: OpenChat) -> None:
    endpoint = play(Slowly("word " * 1000, seconds=0.02), "Hello.")
    chat = open_chat(endpoint)

    chat.type("Tell me everything")
    chat.see("word word")
    chat.ctrl_c()
    shown = chat.see("已中断")
    chat.see("> ")
    assert endpoint.hung_up.wait(PATIENCE)
    chat.type("Hi")
    chat.see("out 输出")
    chat.see("> ")
    chat.ctrl_c()
    chat.see("已中断")
    chat.see("> ")
    chat.type("/quit")

    assert "Traceback" not in shown + chat.rest()
    assert chat.process.returncode == 0
    assert [message["content"] for message in endpoint.requests[1]["messages"][1:]] == ["Hi"]


def test_ctrl_c_leaves_a_langgraph_sample_at_once_though_the_server_has_not_answered(play: Play) -> None:
    endpoint = play(Hang(60))
    chat = Terminal("-m", "agents.tool_agent", CHAT_MODEL_BASE_URL=endpoint.base_url)
    try:
        chat.see("/help")
        chat.type("Hi")
        while not endpoint.requests:
            time.sleep(0.02)
        chat.ctrl_c()
        chat.see("已中断")
        chat.see("> ")
        chat.type("/quit")

        assert "Traceback" not in chat.rest()
        assert chat.process.returncode == 0
    finally:
        chat.close()


def test_a_server_that_is_gone_does_not_end_the_chat(play: Play, open_chat: OpenChat) -> None:
    chat = open_chat(play(BreakOff(pieces=2), "I am back."))

    chat.type("Hi")
    shown = chat.see("broke off")
    chat.type("Hi")
    chat.see("I am back.")

    assert "Traceback" not in shown


def test_ctrl_c_during_a_single_question_ends_with_code_130(play: Play) -> None:
    endpoint = play(Slowly("word " * 1000, seconds=0.02))
    process = subprocess.Popen(
        [sys.executable, "-m", "agents.tool_agent", "Tell me everything"],
        cwd=REPOSITORY,
        env=os.environ | {"CHAT_MODEL_BASE_URL": endpoint.base_url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=heed_ctrl_c,
    )
    try:
        assert process.stdout
        assert process.stdout.read(5) == "word "
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()

    assert process.returncode == 130
    assert errors == ""
    assert endpoint.hung_up.wait(PATIENCE)


def test_an_answer_longer_than_the_screen_is_whole_when_it_is_finished(
    play: Play, open_chat: OpenChat
) -> None:
    chat = open_chat(play("\n".join(f"- item {number}" for number in range(80))))

    chat.type("List")
    shown = chat.see("out 输出")

    items = [int(number) for number in re.findall(r"item (\d+)", shown)]
    assert items[-80:] == list(range(80))


CONFIRM = "from agents.runtime import confirm; print(confirm('Send it?', '发送吗？'))"


@pytest.mark.parametrize(
    ("replies", "agreed"),
    [(["y"], True), (["maybe", "", " ", "是"], True), (["No"], False), (["", "否"], False)],
)
def test_a_person_is_asked_until_they_say_yes_or_no(replies: list[str], agreed: bool) -> None:
    terminal = Terminal("-c", CONFIRM)
    try:
        terminal.see("发送吗？")
        for reply in replies:
            terminal.see("> ")
            terminal.type(reply)

        assert terminal.rest().endswith(f"{agreed}\n")
    finally:
        terminal.close()


def test_the_end_of_the_input_is_a_no() -> None:
    terminal = Terminal("-c", CONFIRM)
    try:
        terminal.see("> ")
        terminal.end_of_file()

        assert terminal.rest().endswith("False\n")
    finally:
        terminal.close()


def test_a_yes_out_of_a_pipe_is_a_no() -> None:
    """What another program writes, such as a model's answer piped back, is nobody's consent."""
    done = subprocess.run(
        [sys.executable, "-c", CONFIRM], cwd=REPOSITORY, input=b"y\nyes\n", capture_output=True, check=True
    )

    assert done.stdout.decode().endswith("False\n")


def test_what_was_typed_before_the_question_is_no_answer_to_it() -> None:
    """A yes pasted ahead of time approved what nobody had read."""
    typed = "import select, sys; print('now'); select.select([sys.stdin], [], []); "
    terminal = Terminal("-c", typed + CONFIRM)
    try:
        terminal.see("now")
        terminal.type("y\ny\ny")
        terminal.see("发送吗？")
        terminal.see("是/否 > ")
        terminal.type("n")

        assert terminal.rest().endswith("False\n")
    finally:
        terminal.close()


def test_a_model_cannot_rewrite_the_question_that_a_person_answers(play: Play) -> None:
    """What a tool call says reached the terminal as it was: it could clear the screen and ask something else."""
    forged = "\x1b[2J\x1b[HSave \u202egnp.\x9b1A\x07 \x1b]0;title\x07"
    endpoint = play(CallTool("write_file", {"path": forged, "content": "\u2066\u200b\rQuestion"}), "Done.")
    terminal = Terminal("-m", "agents.approval_agent", CHAT_MODEL_BASE_URL=endpoint.base_url)
    try:
        terminal.see("> ")
        terminal.raw = ""
        terminal.type("Save it")
        shown = terminal.see("y/n 是/否 > ")
        raw = terminal.raw
        terminal.type("n")
        terminal.see("out 输出")
    finally:
        terminal.close()

    assert r"Run write_file?" in shown and r"\x9b1A" in shown and r"\u202egnp" in shown and r"\u200b" in shown
    for acting in ("\x1b[2J", "\x1b[H", "\x1b]", "\u202e", "\x9b", "\x07", "\u2066", "\u200b"):
        assert acting not in raw


def test_an_answer_cannot_move_the_cursor_or_hide_where_a_link_leads(play: Play, open_chat: OpenChat) -> None:
    chat = open_chat(
        play("Good\x1b[1A\x1b[2K\x1b]8;;http://evil.example\x07news [bank](http://evil.example)")
    )
    chat.raw = ""

    chat.type("Hi")
    shown = chat.see("out 输出")

    assert "\x1b]" not in chat.raw and "\x07" not in chat.raw
    assert r"\x1b[1A" in shown
    assert "bank (http://evil.example)" in shown
