"""The whole path on real models: the session's server, ChromaDB, the handbook in two languages.

Another processor moves a similarity by some thousandths, and `answerability` by some hundredths: what is asked here is
decided by ten times as much.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.progress import Counter

from kit.language import language_of
from rag import Answer, Index
from rag.answering.answerability import LEAST_ANSWERABILITY, LEAST_BESIDE_ITS_OWN, answerability
from rag.ingest import ingest
from rag.settings import Settings

HANDBOOK = Path(__file__).parents[2] / "docs" / "handbook"


@pytest.fixture(scope="module")
def handbook(base_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBEDDING_MODEL_BASE_URL", base_url)
        patch.setenv("CHAT_MODEL_BASE_URL", base_url)
        patch.chdir(HANDBOOK.parents[1])
        with Index.open(Settings(tmp_path_factory.mktemp("index"))) as index:
            ingest(
                index,
                [HANDBOOK / "en" / "meals.md", HANDBOOK / "zh", HANDBOOK / "en" / "prizes.md"],
                Counter(),
            )
            yield index


def test_the_server_tells_the_model_and_its_prefixes(handbook: Index) -> None:
    recorded = handbook.vectors.metadata

    assert (recorded["query_prefix"], recorded["passage_prefix"]) == ("query: ", "passage: ")
    assert "multilingual-e5-small" in recorded["embedding_model"]


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("When is lunch on Sunday?", "docs/handbook/en/meals.md"),
        ("周日的午餐几点开始？", "docs/handbook/zh/meals.md"),
        ("週日的午餐幾點開始？", "docs/handbook/zh/meals.md"),
    ],
)
def test_a_question_finds_its_page_in_its_own_language(handbook: Index, question: str, source: str) -> None:
    assert handbook.search(question)[0].source == source


def test_an_english_question_finds_a_chinese_page(handbook: Index) -> None:
    found = handbook.search("How do I get from the station to the venue?", source="docs/handbook/zh")

    assert {"travel", "venue"} & {Path(passage.source).stem for passage in found[:3]}


@pytest.mark.parametrize("question", ["When is lunch on Sunday?", "周日几点吃午饭？"])
def test_a_question_in_other_words_than_the_page_reaches_the_model(handbook: Index, question: str) -> None:
    assert margin(handbook, question) > 0.1  # 0.40 and 0.24


@pytest.mark.parametrize("question", ["What is the capital of Australia?", "珠穆朗玛峰有多高？"])
def test_a_question_about_something_else_does_not(handbook: Index, question: str) -> None:
    assert margin(handbook, question) < -0.1  # -0.44 and -0.32


def margin(handbook: Index, question: str) -> float:
    """How much more, or less, answerable the question is than it takes to ask the model."""
    return answerability(question, handbook.search(question)) - LEAST_ANSWERABILITY[language_of(question)]


def test_an_answer_cites_passages_that_exist(handbook: Index) -> None:
    question = "周日的午餐几点开始？"
    answer = Answer(question, handbook.search(question, top_k=2))
    text = "".join(answer)

    # What a model of this size says is another matter on another processor.
    assert {int(number) for number in re.findall(r"\[(\d+)", text)} == set(answer.cited) <= {1, 2}
    assert answer.cited or answer.abstained or "11:30" not in text


def test_what_the_handbook_does_not_say_is_not_answered(handbook: Index) -> None:
    question = "北京到上海的高铁多少钱？"
    passages = handbook.search(question)
    answer = Answer(question, passages)

    assert answerability(question, passages) < LEAST_BESIDE_ITS_OWN - 0.1  # 0.07, and it takes 0.2 or more
    assert "".join(answer) == "文档中没有这个问题的答案。"
