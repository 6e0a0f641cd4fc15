import threading

from fakes.endpoint import Failure, FakeEndpoint, Play, Turn

from agents.runtime.steps import Note, ToolCall, ToolResult, final_answer
from agents.team_agent import TeamAgent

PLAN = '{"tasks": ["When is the code freeze?", "When must the video be there?"]}'


def test_each_task_is_a_workers_and_the_writer_reads_all_reports(play: Play) -> None:
    endpoint = play(PLAN, "At 13:00.", "At 13:30.", "Freeze at 13:00, video at 13:30.")

    steps = list(TeamAgent().ask("What is due on Sunday?"))

    assert [step.arguments["task"] for step in steps if isinstance(step, ToolCall)] == [
        "When is the code freeze?",
        "When must the video be there?",
    ]
    assert sum(isinstance(step, ToolResult) for step in steps) == 2
    assert final_answer(steps) == "Freeze at 13:00, video at 13:30."
    written = endpoint.requests[-1]["messages"][-1]["content"]
    assert "At 13:00." in written
    assert "At 13:30." in written


def test_all_prompts_begin_alike_so_that_the_server_reads_the_pages_once(play: Play) -> None:
    endpoint = play(PLAN, "At 13:00.")

    list(TeamAgent().ask("What is due on Sunday?"))

    shared = {request["messages"][0]["content"] for request in endpoint.requests}
    assert len(endpoint.requests) == 4
    assert len(shared) == 1
    assert "Code freeze" in shared.pop()
    assert len({request["messages"][1]["content"] for request in endpoint.requests}) == 4


def test_it_shows_how_much_of_a_workers_prompt_was_cached(play: Play) -> None:
    play(PLAN, "At 13:00.")

    steps = list(TeamAgent().ask("What is due on Sunday?"))

    assert all("12 of 20 tokens were cached" in step.result for step in steps if isinstance(step, ToolResult))


def test_a_chinese_question_reads_the_chinese_pages(play: Play) -> None:
    endpoint = play(PLAN, "13:00。")

    list(TeamAgent().ask("周日要交什么？"))

    assert "代码冻结" in endpoint.requests[0]["messages"][0]["content"]


def test_the_workers_work_at_the_same_time(play: Play) -> None:
    """With one after the other the second never comes, and the barrier breaks."""
    both = threading.Barrier(2, timeout=60)
    endpoint = play(PLAN, "report", "report", "The end.")
    take_turn = FakeEndpoint.next_turn

    def meet(request: dict[str, object]) -> Turn:
        turn = take_turn(endpoint, request)
        if turn == "report":
            both.wait()
        return turn

    endpoint.next_turn = meet  # type: ignore[method-assign]

    steps = list(TeamAgent().ask("What is due on Sunday?"))

    assert final_answer(steps) == "The end."


def test_one_workers_failure_does_not_lose_the_others_report(play: Play) -> None:
    endpoint = play(PLAN, Failure(400, "too long"), "At 13:30.", "The video is due at 13:30.")

    steps = list(TeamAgent().ask("What is due on Sunday?"))

    returned = [step for step in steps if isinstance(step, ToolResult)]
    assert sorted(step.failed for step in returned) == [False, True]
    assert final_answer(steps) == "The video is due at 13:30."
    assert "At 13:30." in endpoint.requests[-1]["messages"][-1]["content"]


def test_without_a_plan_one_worker_does_it_all(play: Play) -> None:
    endpoint = play("I would first look at the schedule.", "At 13:00.", "At 13:00.")

    steps = list(TeamAgent().ask("When is the code freeze?"))

    assert [step.en for step in steps if isinstance(step, Note)] == [
        "The planner gave no plan; one worker does it all."
    ]
    assert endpoint.requests[1]["messages"][-1]["content"].endswith("When is the code freeze?")
