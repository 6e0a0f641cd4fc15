"""Tokens of an answer in words."""

from server.chat.call_opening import CallOpening
from server.chat.deltas import ContentDelta, Delta, ReasoningDelta
from server.chat.talk import Talk
from server.chat.tool_format import HERMES
from server.engine.generation import Token


def say(talk: Talk, pieces: list[bytes]) -> list[Delta]:
    deltas: list[Delta] = []
    for number, piece in enumerate(pieces):
        deltas += talk.add(Token(number), piece)
        if talk.stopped or talk.calls:
            return deltas
    return deltas + talk.flush()


def content(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, ContentDelta))


def test_half_a_character_waits_for_its_other_half() -> None:
    first, rest = "北".encode()[:1], "北京".encode()[1:]
    deltas = say(Talk(thinks=False, stop=[], opening=None), [first, rest])

    assert [delta.text for delta in deltas if isinstance(delta, ContentDelta)] == ["北京"]


def test_each_token_is_told_once_with_the_text_that_it_completes() -> None:
    deltas = say(Talk(thinks=False, stop=["###"], opening=None), [b"a", b" ##", b" b"])

    told = [token.id for delta in deltas if isinstance(delta, ContentDelta) for token in delta.tokens]
    assert told == [0, 1, 2]


def test_thoughts_words_and_a_call_come_apart() -> None:
    talk = Talk(thinks=False, stop=[], opening=CallOpening(HERMES, ["get"]))
    deltas = say(talk, [b"<think>hm", b"m</think>", b"\n\nSure.\n", b"<tool_call>\n{"])

    assert "".join(delta.text for delta in deltas if isinstance(delta, ReasoningDelta)) == "hmm"
    assert content(deltas) == "Sure."
    assert talk.calls
    assert talk.before_call == "<think>hmm</think>\n\nSure."


def test_where_nobody_looks_for_thoughts_all_is_content() -> None:
    assert content(say(Talk(thinks=None, stop=[], opening=None), [b"<think>", b"x"])) == "<think>x"
