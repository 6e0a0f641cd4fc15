"""Whether a tool may be called, rule by rule."""

from typing import Literal

import pytest

from server.chat.tool_calls import policy
from server.chat.tool_calls.policy import Outcome, Request, Step
from server.chat.tool_calls.tools import Tool, Toolbox

TOOL = Tool("get_weather", "", {"type": "object", "properties": {}})
DONE = (("get_weather", '{"city": "Oslo"}'),)


def toolbox(mode: Literal["auto", "required"] = "auto") -> Toolbox:
    return Toolbox((TOOL,), (TOOL,), mode=mode, answered=DONE)


@pytest.mark.parametrize(
    ("request_", "step"),
    [
        (Request(None), Step.TEXT),
        (Request(None, held=True), Step.TEXT_ONLY),
        (Request(None, answers_calls=True), Step.TEXT_ONLY),
        (Request(toolbox("required")), Step.CALLS),
        (Request(toolbox("required"), held=True, results=True), Step.CALLS),
        (Request(toolbox()), Step.TEXT),
        (Request(toolbox(), held=True), Step.LOOK),
        (Request(toolbox(), results=True), Step.LOOK),
    ],
)
def test_how_an_answer_begins(request_: Request, step: Step) -> None:
    assert policy.first(request_) is step


@pytest.mark.parametrize("step", list(Step)[:-1])
@pytest.mark.parametrize("spoken", [True, False])
def test_an_answer_that_came_to_its_end_is_over(step: Step, spoken: bool) -> None:
    assert policy.following(step, Outcome(ended=True), spoken=spoken) is Step.END


@pytest.mark.parametrize("step", [Step.TEXT, Step.LOOK])
@pytest.mark.parametrize("spoken", [True, False])
def test_a_call_of_a_declared_tool_goes_on_under_the_grammar(step: Step, spoken: bool) -> None:
    assert policy.following(step, Outcome(ended=False, declared=True), spoken=spoken) is Step.CALLS


def test_words_take_the_place_of_a_call_that_nobody_declared_or_means() -> None:
    for step in (Step.TEXT, Step.LOOK, Step.CALLS):
        assert policy.following(step, Outcome(ended=False), spoken=False) is Step.TEXT_ONLY


def test_what_was_said_already_stands_and_ends_there() -> None:
    for step in (Step.TEXT, Step.CALLS):
        assert policy.following(step, Outcome(ended=False), spoken=True) is Step.END


def test_words_alone_never_lead_to_a_call() -> None:
    assert policy.following(Step.TEXT_ONLY, Outcome(ended=False, declared=True), spoken=False) is Step.END


def test_the_model_is_told_when_not_to_call_where_it_has_the_choice() -> None:
    assert policy.advised(toolbox())
    assert not policy.advised(toolbox("required"))
    assert not policy.advised(None)


@pytest.mark.parametrize(
    ("start", "results", "opens"),
    [(0.29, False, False), (0.31, False, True), (0.31, True, False), (0.49, True, False), (0.51, True, True)],
)
def test_a_call_needs_a_likely_beginning_and_more_after_results(
    start: float, results: bool, opens: bool
) -> None:
    assert policy.opens(start, results=results) is opens


@pytest.mark.parametrize(
    ("start", "names", "meant"),
    [(1.0, 0.29, False), (1.0, 0.31, True), (0.5, 0.59, False), (0.5, 0.61, True), (0.31, 0.9, False)],
)
def test_a_call_is_meant_where_beginning_and_name_are_likely_together(
    start: float, names: float, meant: bool
) -> None:
    assert policy.meant(start, names) is meant


@pytest.mark.parametrize(
    ("own", "any_form", "off"), [(0.24, 0.5, True), (0.26, 0.5, False), (0.0, 0.0, False)]
)
def test_a_model_is_off_its_template_if_it_would_rather_begin_otherwise(
    own: float, any_form: float, off: bool
) -> None:
    assert policy.off_template(own, any_form) is off


@pytest.mark.parametrize(
    ("start", "calls", "off", "another"),
    [
        (0.09, 1, False, False),
        (0.11, 1, False, True),
        (0.00005, 1, True, False),
        (0.0002, 1, True, True),
        (0.09, 2, True, False),
        (0.11, 2, True, True),
    ],
)
def test_another_call_comes_if_its_beginning_is_likely_and_off_the_template_the_second_comes_easier(
    start: float, calls: int, off: bool, another: bool
) -> None:
    assert policy.another(start, calls=calls, off_template=off) is another


def test_a_call_whose_result_is_there_comes_again_only_if_it_is_required() -> None:
    assert policy.answered(toolbox()) == DONE
    assert policy.answered(toolbox("required")) == ()


def test_off_the_template_a_tool_that_has_answered_is_used_up() -> None:
    assert policy.used_up(toolbox(), off_template=True) == {"get_weather"}
    assert policy.used_up(toolbox(), off_template=False) == set()
    assert policy.used_up(toolbox("required"), off_template=True) == set()
