"""A number bears a sentence out only where it stands beside what the sentence is about."""

import pytest
from fakes.endpoint import FakeEndpoint

from rag import Answer, Passage
from rag.answering.citations import supports
from rag.answering.evidence import evidence
from rag.answering.prompts import NOT_FOUND
from rag.store.records import DATED
from rag.text.words import content_words

MACHINES = (
    "| Machine | Largest piece (cm) | Price per hour (pounds) |\n|---|---|---|\n"
    "| Lathe | 25 | 14 |\n| Kiln | 60 | 11 |\n"
)


def of(text: str, source: str = "a.md", **more: object) -> Passage:
    return Passage(text, source, "Rules", "", None, 0, len(text), relevance=0.5, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("What does an hour at the lathe cost?", "14 pounds", "11 pounds"),
        ("What is the price per hour of the lathe?", "The price is 14 pounds", "The price is 25 pounds"),
    ],
)
def test_a_number_of_another_row_or_column_bears_nothing_out(question: str, right: str, wrong: str) -> None:
    asked = set(content_words(question))

    assert supports(of(MACHINES), right, asked)
    assert not supports(of(MACHINES), wrong, asked)


def test_a_number_of_another_sentence_bears_nothing_out() -> None:
    """It stood somewhere in the passage, which was enough."""
    lab = of("The lab opens at 7:45 on weekdays. The deposit is 200 yuan. 押金在十天内退还。")

    assert supports(lab, "The deposit is 200 yuan.")
    assert not supports(lab, "The lab opens at 200.")
    assert not supports(lab, "The deposit is 45 yuan.")


def test_the_sentence_that_bears_an_answer_out_is_told() -> None:
    assert evidence(of("Tea is at five. The porter is Mr Hollis."), "Mr Hollis", "Who is the porter?") == (
        "The porter is Mr Hollis."
    )
    assert evidence(of(MACHINES), "14 pounds", "What does an hour at the lathe cost?") == (
        "- Lathe, Price per hour (pounds): 14"
    )


def ask(monkeypatch: pytest.MonkeyPatch, question: str, passages: list[Passage], reply: str) -> Answer:
    with FakeEndpoint(reply) as endpoint:
        monkeypatch.setenv("CHAT_MODEL_BASE_URL", endpoint.base_url)
        answer = Answer(question, passages)
        assert "".join(answer) == answer.text
        return answer


def test_what_stands_there_word_for_word_is_answered_though_the_model_declines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    camp = of("营地有木屋九间。极光营地的门禁密码是 7391。")
    answer = ask(monkeypatch, "极光营地的门禁密码是多少？", [camp], NOT_FOUND["zh"])

    assert (answer.text, answer.cited, answer.abstained) == ("极光营地的门禁密码是 7391。 [1]", [1], False)
    assert ask(monkeypatch, "极光营地的老板是谁？", [camp], NOT_FOUND["zh"]).abstained


def test_an_older_version_comes_second_and_what_it_says_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    new = of("The deposit is 180 pounds.", "rules-2026.md", metadata={DATED: "2026-02-10"})
    old = of("The deposit is 120 pounds.", "rules-2023.md", metadata={DATED: "2023-05-02"})
    answer = ask(monkeypatch, "How much is the deposit?", [new, old], "The deposit is 180 pounds [1].")

    assert answer.text == (
        "The deposit is 180 pounds [1]. The older version of 2023-05-02 says: “The deposit is 120 pounds.” [2]"
    )
    assert answer.cited == [1, 2]
    other = of("The deposit is 120 pounds.", "bus.md", metadata={DATED: "2023-05-02"})
    other = Passage(**{**other.__dict__, "title": "Shuttle"})
    assert ask(monkeypatch, "How much is the deposit?", [new, other], "180 pounds [1].").cited == [1]
