"""What the page tells of a request, and of the source of an answer."""

from typing import Any

import pytest

from kit.page.say import speaker
from kit.page.turn import marked
from server.page.account import in_one_line, reasons

ENGLISH, CHINESE = speaker("en-US"), speaker("zh-CN")


def step(name: str, gate: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"step": name, "written": "", "gate": gate}


@pytest.mark.parametrize(("is_open", "told"), [(True, "May call: "), (False, "No call: ")])
def test_the_gate_says_why_there_was_a_call_or_none(is_open: bool, told: str) -> None:
    gate = {"open": is_open, "probability": 0.123, "least": 0.3}
    answer = {"tools": ["get_weather"], "steps": [step("look", gate)]}

    assert list(reasons(answer, ENGLISH)) == [f"{told}a call begins with 12.3%; 30% are needed."]


def test_a_call_that_was_taken_back_is_told() -> None:
    answer = {"tools": ["get_weather"], "steps": [step("look"), step("calls"), step("text_only")]}

    assert "taken back" in "".join(reasons(answer, ENGLISH))
    assert "撤回" in "".join(reasons(answer, CHINESE))


def test_a_request_under_way_has_the_figures_that_are_known() -> None:
    counts = {"prompt_tokens": 20, "cached_tokens": 12, "completion_tokens": 0}
    answer = counts | {"first_token_seconds": None, "tokens_per_second": None}
    request = {
        "state": "running",
        "seconds": 1.25,
        "client": "127.0.0.1",
        "user_agent": "x",
        "answers": [answer],
    }

    told = in_one_line(request, ENGLISH)

    assert told == "runs · 1.2 s · 127.0.0.1 x · 20 tokens in, 12 of them cached, 0 out"


@pytest.mark.parametrize(
    ("text", "evidence", "shown"),
    [
        ("Tea < cake. Lunch is at 12.", "Lunch is at 12.", "Tea &lt; cake. <mark>Lunch is at 12.</mark>"),
        ("Lunch is at 12.", "", "Lunch is at 12."),
        ("| Lunch |\n|---|\n| 12 |", "Lunch: 12", "<mark>Lunch: 12</mark>\n\n| Lunch |\n|---|\n| 12 |"),
    ],
)
def test_evidence_is_marked_where_it_stands(text: str, evidence: str, shown: str) -> None:
    assert marked(text, evidence) == shown
