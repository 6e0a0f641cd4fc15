"""Text on its way to the client."""

import pytest

from server.chat.output.reasoning import ReasoningSplitter
from server.chat.output.stop_strings import StopStrings
from server.chat.output.thought_marks import KNOWN, ThoughtMarks


def pieces(text: str, step: int) -> list[str]:
    return [text[at : at + step] for at in range(0, len(text), step)]


def show(stop: StopStrings, text: str, step: int) -> str:
    """What is shown of an answer that ends, as every answer does, at its first stop string."""
    shown = ""
    for piece in pieces(text, step):
        shown += stop.add(piece)
        if stop.stopped:
            return shown
    return shown + stop.flush()


@pytest.mark.parametrize("step", [1, 2, 5, 100])
@pytest.mark.parametrize("after", ["\nUser: four", "### four", "\nUser:###", "###\nUser:"])
def test_a_stop_string_ends_the_text_and_no_part_of_it_leaks(after: str, step: int) -> None:
    stop = StopStrings(["\nUser:", "###"])

    assert show(stop, f"one # two ## three{after}", step) == "one # two ## three"
    assert stop.stopped


def test_what_only_began_like_a_stop_string_is_shown_in_the_end() -> None:
    stop = StopStrings(["###"])

    assert stop.add("a ##") == "a "
    assert stop.flush() == "##"
    assert not stop.stopped


@pytest.mark.parametrize("step", [1, 3, 100])
@pytest.mark.parametrize(
    ("text", "open_already", "thought", "content"),
    [
        ("<think>\nfirst I\nthink\n</think>\n\nThe answer.", False, "first I\nthink", "The answer."),
        ("first I think</think>The answer.", True, "first I think", "The answer."),
        ("The answer <think> is this.", False, "", "The answer <think> is this."),
        ("<think>\n\n</think>\n\nThe answer.", False, "", "The answer."),
        ("<think>cut sho", False, "cut sho", ""),
        ("<thin", False, "", "<thin"),
        ("\n\nThe answer.", False, "", "\n\nThe answer."),
    ],
)
def test_thoughts_are_told_from_the_answer(
    text: str, open_already: bool, thought: str, content: str, step: int
) -> None:
    splitter = ReasoningSplitter(open_already=open_already)

    parts = [splitter.add(piece) for piece in pieces(text, step)] + [splitter.flush()]

    assert "".join(reasoning for reasoning, _ in parts) == thought
    assert "".join(answer for _, answer in parts) == content


@pytest.mark.parametrize("marks", KNOWN)
@pytest.mark.parametrize("step", [1, 4, 100])
def test_each_makers_marks_are_told_from_the_answer(marks: ThoughtMarks, step: int) -> None:
    splitter = ReasoningSplitter(marks, open_already=False)
    text = f"{marks.open}\nfirst I think\n{marks.close}\nThe <think> answer."

    parts = [splitter.add(piece) for piece in pieces(text, step)] + [splitter.flush()]

    assert "".join(reasoning for reasoning, _ in parts) == "first I think"
    assert "".join(answer for _, answer in parts) == "The <think> answer."
