"""What a refusal says of what was sent, and how much of it."""

from kit.http.refusal import LONGEST, LONGEST_PARAM, body, quoted


def test_a_refusal_is_short_and_can_be_sent_whatever_it_quotes() -> None:
    error = body(400, "\ud800" * 1_000_000, param="x\ud800" * 1_000_000)["error"]

    assert len(error["message"]) == LONGEST
    assert len(error["param"]) == LONGEST_PARAM
    assert f"{error}".encode()


def test_a_long_text_is_cut_before_it_is_quoted() -> None:
    assert quoted("a'b") == '"a\'b"'
    assert len(quoted("\ue000" * 1_000_000)) < 1_000
