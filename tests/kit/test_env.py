import os
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from kit.env import load_env
from kit.env_file import SETTINGS, read_env_file
from kit.problem import Problem

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder of its own, and an environment that the test can't spoil for others."""
    monkeypatch.chdir(tmp_path)
    with patch.dict(os.environ):
        for name in list(os.environ):
            if name.lower().endswith("_proxy") or name.startswith("CHAT_"):
                del os.environ[name]
        yield tmp_path


def write_env(folder: Path, text: str, encoding: str = "utf-8") -> None:
    (folder / ".env").write_text(text, encoding=encoding)


def test_values_reach_the_environment(folder: Path) -> None:
    write_env(folder, '# a comment\nCHAT_MODEL_NAME="月光 chat"\n\nexport CHAT_API_KEY=k # not the value\n')

    load_env()

    assert os.environ["CHAT_MODEL_NAME"] == "月光 chat"
    assert os.environ["CHAT_API_KEY"] == "k"


def test_the_environment_wins_over_the_file(folder: Path) -> None:
    write_env(folder, "CHAT_MODEL_NAME=from-file")
    os.environ["CHAT_MODEL_NAME"] = "from-environment"

    load_env()

    assert os.environ["CHAT_MODEL_NAME"] == "from-environment"


def test_the_file_may_lie_in_a_folder_above(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_env(folder, "CHAT_MODEL_NAME=above")
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")

    load_env()

    assert os.environ["CHAT_MODEL_NAME"] == "above"


def test_a_byte_order_mark_is_no_part_of_the_first_name(folder: Path) -> None:
    write_env(folder, "CHAT_MODEL_NAME=notepad\r\nCHAT_API_KEY=k\r\n", encoding="utf-8-sig")

    load_env()

    assert os.environ["CHAT_MODEL_NAME"] == "notepad"
    assert os.environ["CHAT_API_KEY"] == "k"


@pytest.mark.parametrize("line", ["CHAT_MODEL_NAME", "CHAT_MODEL_NAME: moly", "= moly", "CHAT_API_KEY='open"])
def test_a_malformed_line_is_named_by_its_number(folder: Path, line: str) -> None:
    write_env(folder, f"CHAT_API_KEY=k\n{line}\n")

    with pytest.raises(Problem, match=r"\.env, line 2: not of the form NAME=value") as caught:
        load_env()

    assert "第 2 行" in caught.value.zh


def test_another_encoding_than_utf8_is_named(folder: Path) -> None:
    write_env(folder, "CHAT_MODEL_NAME=月光", encoding="gbk")

    with pytest.raises(Problem, match="not UTF-8"):
        load_env()


def test_loopback_bypasses_the_proxy_which_stays_for_all_else() -> None:
    os.environ |= {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "intranet.example"}

    load_env()
    load_env()

    assert os.environ["NO_PROXY"] == "intranet.example,localhost,127.0.0.1,::1"
    assert urllib.request.getproxies()["https"] == "http://proxy.example:3128"
    assert urllib.request.proxy_bypass("localhost")
    assert urllib.request.proxy_bypass("intranet.example")
    assert not urllib.request.proxy_bypass("hub.example")


def test_a_proxy_of_the_system_settings_stays_though_no_proxy_hides_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = {"https": "http://settings.example:8888"}
    monkeypatch.setattr(urllib.request, "getproxies", lambda: settings)

    load_env()

    assert os.environ["https_proxy"] == "http://settings.example:8888"


@pytest.mark.parametrize("other", ["", "moly-chat"])
def test_a_name_that_stands_twice_is_refused(folder: Path, other: str) -> None:
    """The last one won without a word: an empty MOLY_API_KEY= below the key left the server open."""
    write_env(folder, f"# mine\nCHAT_MODEL_NAME=mine\n\n\n# from the example\nCHAT_MODEL_NAME={other}\n")

    with pytest.raises(Problem, match=r"\.env, line 6: CHAT_MODEL_NAME stands in line 2 already") as caught:
        load_env()

    assert "第 6 行" in caught.value.zh


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("CHATMODEL", "CHAT_MODEL"),
        ("CHAT_MODEL_URL", "CHAT_MODEL_BASE_URL"),
        ("moly_api_key", "MOLY_API_KEY"),
        ("EMBEDING_MODEL", "EMBEDDING_MODEL"),
    ],
)
def test_a_misspelt_name_is_told_once_with_the_likely_one(
    folder: Path, capsys: pytest.CaptureFixture[str], written: str, meant: str
) -> None:
    write_env(folder, f"{written}=x\n")

    load_env()
    load_env()

    english, chinese = capsys.readouterr().err.splitlines()
    for words in (english, chinese):
        assert f"{written}" in words
        assert f"{meant}" in words


def test_names_of_ones_own_are_no_misspellings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_env(folder, "TAVILY_API_KEY=x\nOPENAI_MODEL_NAME=y\nRERANK_MODEL=z\nMODEL=a\n")

    load_env()

    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "value",
    [
        r'"C:\Users\new\temp"',
        r"'C:\Users\new\temp'",
        r"C:\Users\new\temp",
        r'"C:\Users\new\temp\"',
        r'"\\server\new\temp"',
        r'"models\new\temp.gguf"  # relative',
    ],
)
def test_a_windows_path_keeps_its_backslashes(folder: Path, value: str) -> None:
    r"""In double quotes \n and \t became a line's end and a tab, and a \ before the quote broke the file."""
    write_env(folder, f"CHAT_MODEL={value}\nCHAT_API_KEY=k\n")

    load_env()

    assert os.environ["CHAT_MODEL"] == value.partition("  #")[0].strip("\"'")
    assert os.environ["CHAT_API_KEY"] == "k"


def test_a_path_with_doubled_backslashes_is_the_same_path(folder: Path) -> None:
    write_env(folder, r'CHAT_MODEL="C:\\Users\\new"')

    load_env()

    assert os.environ["CHAT_MODEL"] == r"C:\Users\new"


def test_a_line_break_in_a_value_of_ones_own_stays_one(folder: Path) -> None:
    write_env(folder, r'CHAT_GREETING="one\ntwo"')

    load_env()

    assert os.environ["CHAT_GREETING"] == "one\ntwo"


@pytest.mark.parametrize("line", ["CHAT_MODEL_NAME＝moly-chat", "CHAT_MODEL_NAME=“moly-chat”"])
def test_full_width_characters_of_a_chinese_keyboard_are_told(folder: Path, line: str) -> None:
    write_env(folder, f"CHAT_API_KEY=k\n{line}\n")

    with pytest.raises(Problem, match=r"line 2: [＝“] is a full-width character") as caught:
        load_env()

    assert "全角" in caught.value.zh


def test_the_example_names_every_setting_once_and_leaves_room_for_none_that_is_lost() -> None:
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")

    assert tuple(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.M)) == SETTINGS
    assert all(read_env_file(REPOSITORY / ".env.example").values())
