import datetime
from pathlib import Path

import pytest
from fakes.endpoint import Play

from agents.runtime.steps import Note, Usage, final_answer
from agents.structured_agent import MOST_CHARACTERS, Calendar, StructuredAgent
from kit.problem import Problem

VALID = '{"events": [{"what": "code freeze", "date": "2027-06-20"}]}'
# It fits the schema: a string. Only who knows the calendar sees that June has 30 days.
NO_SUCH_DAY = VALID.replace("2027-06-20", "2027-06-31")


def test_a_text_becomes_a_validated_object(play: Play) -> None:
    endpoint = play(VALID)

    steps = list(StructuredAgent().ask("The code freeze is on 20 June 2027 at 13:00."))

    event = Calendar.model_validate_json(final_answer(steps)).events[0]
    assert (event.what, event.date) == ("code freeze", datetime.date(2027, 6, 20))
    assert Usage(20, 5, 12) in steps
    sent = endpoint.requests[0]
    assert sent["response_format"]["json_schema"]["name"] == "Calendar"
    assert sent["messages"][-1]["content"] == "The code freeze is on 20 June 2027 at 13:00."


def test_a_path_stands_for_the_text_of_the_file(play: Play) -> None:
    endpoint = play(VALID)
    Path("page.md").write_text("# 日程\n\n6 月 20 日 13:00 代码冻结。\n", encoding="utf-8")

    list(StructuredAgent().ask("page.md"))

    assert endpoint.requests[0]["messages"][-1]["content"].startswith("# 日程")


@pytest.mark.parametrize("broken", [NO_SUCH_DAY, "Here are the dates!", '{"events": []}', ""])
def test_an_object_that_is_not_valid_is_asked_for_once_more(play: Play, broken: str) -> None:
    endpoint = play(broken, VALID)

    steps = list(StructuredAgent().ask("The code freeze is on 20 June 2027."))

    assert Calendar.model_validate_json(final_answer(steps)).events[0].what == "code freeze"
    assert next(step.en for step in steps if isinstance(step, Note)).startswith(
        "The model's object is not valid"
    )
    assert "Fix these mistakes" in endpoint.requests[1]["messages"][-1]["content"]


def test_the_model_is_told_where_it_erred(play: Play) -> None:
    endpoint = play(NO_SUCH_DAY, VALID)

    list(StructuredAgent().ask("The code freeze is on 20 June 2027."))

    told = endpoint.requests[1]["messages"][-1]["content"]
    assert "events.0.date" in told
    assert "2027-06-31" in told
    assert "pydantic.dev" not in told


def test_after_two_failures_the_person_is_told(play: Play) -> None:
    endpoint = play(NO_SUCH_DAY)

    with pytest.raises(Problem, match=r"no valid object in two attempts: events\.0\.date"):
        list(StructuredAgent().ask("The code freeze is on 31 June 2027."))

    assert len(endpoint.requests) == 2


def test_a_document_that_is_too_long_is_refused_before_the_model_reads_it(play: Play) -> None:
    endpoint = play(VALID)

    with pytest.raises(Problem, match="at most 12000 fit"):
        list(StructuredAgent().ask("x" * (MOST_CHARACTERS + 1)))

    assert endpoint.requests == []


def test_a_file_of_another_format_is_a_problem(play: Play) -> None:
    play(VALID)
    Path("picture.png").write_bytes(b"\x89PNG\xff\xfe")

    with pytest.raises(Problem, match=r"picture\.png has a format that cannot be read"):
        list(StructuredAgent().ask("picture.png"))
