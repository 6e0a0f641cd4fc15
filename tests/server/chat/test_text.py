"""Tokens of an answer in words."""

from server.chat.deltas import ContentDelta, Delta, ReasoningDelta
from server.chat.output.text import TextStream
from server.chat.tool_calls.detector import CallDetector
from server.chat.tool_calls.format import HERMES
from server.engine.generation import Token


def say(text: TextStream, pieces: list[bytes]) -> list[Delta]:
    deltas: list[Delta] = []
    for number, piece in enumerate(pieces):
        deltas += text.add(Token(number), piece)
        if text.stopped or text.call_began:
            return deltas
    return deltas + text.flush()


def content(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, ContentDelta))


def test_half_a_character_waits_for_its_other_half() -> None:
    first, rest = "北".encode()[:1], "北京".encode()[1:]
    deltas = say(TextStream(in_thought=False, stop=[], detector=None), [first, rest])

    assert [delta.text for delta in deltas if isinstance(delta, ContentDelta)] == ["北京"]


def test_each_token_is_told_once_with_the_text_that_it_completes() -> None:
    deltas = say(TextStream(in_thought=False, stop=["###"], detector=None), [b"a", b" ##", b" b"])

    told = [token.id for delta in deltas if isinstance(delta, ContentDelta) for token in delta.tokens]
    assert told == [0, 1, 2]


def test_thoughts_words_and_a_call_come_apart() -> None:
    text = TextStream(in_thought=False, stop=[], detector=CallDetector(HERMES, ["get"]))
    deltas = say(text, [b"<think>hm", b"m</think>", b"\n\nSure.\n", b"<tool_call>\n{"])

    assert "".join(delta.text for delta in deltas if isinstance(delta, ReasoningDelta)) == "hmm"
    assert content(deltas) == "Sure."
    assert text.call_began
    assert text.before_call == "<think>hmm</think>\n\nSure."


def test_where_nobody_looks_for_thoughts_all_is_content() -> None:
    assert content(say(TextStream(in_thought=None, stop=[], detector=None), [b"<think>", b"x"])) == "<think>x"
