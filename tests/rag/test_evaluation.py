import json
import math
from pathlib import Path

import pytest
from fakes.embeddings import FakeEmbeddings
from fakes.endpoint import FakeEndpoint
from fakes.progress import Counter

from kit.language import language_of
from kit.problem import Problem
from rag import Index
from rag.evaluation import evaluate, metrics
from rag.evaluation.crowd import crowd
from rag.evaluation.dataset import Place, load_dataset
from rag.ingest import ingest
from rag.passage import TOP_K

HANDBOOK = Path(__file__).parents[2] / "docs" / "handbook"
FACTS = ["The tower is ninety metres high.", "The bridge was built in 1932.", "The lake freezes in January."]
QUESTIONS = ["How high is the tower?", "When was the bridge built?", "When does the lake freeze?"]


def squad(path: Path, questions: list[str]) -> Path:
    paragraphs = [
        {
            "context": fact,
            "qas": [{"id": str(n), "question": question, "answers": [{"text": fact[:9], "answer_start": 0}]}],
        }
        for n, (fact, question) in enumerate(zip(FACTS, questions, strict=True))
    ]
    path.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}), encoding="utf-8")
    return path


def test_retrieval_measures_are_those_of_the_textbook() -> None:
    measured = metrics.retrieval([1, 2, None, 11])

    assert measured["recall@1"] == 1 / 4
    assert measured["recall@5"] == 2 / 4
    assert measured["MRR@10"] == (1 + 1 / 2) / 4
    assert measured["nDCG@10"] == pytest.approx((1 + 1 / math.log2(3)) / 4)


def test_answers_match_whatever_their_case_width_and_punctuation() -> None:
    assert metrics.exact_match("The Tower.", ["tower"])
    assert metrics.exact_match("２４ 次", ["24次"])
    assert not metrics.exact_match("a tower", ["bridge"])


def test_character_f1_counts_what_both_have() -> None:
    assert metrics.character_f1("北京市", ["北京"]) == pytest.approx(2 * 2 / 5)
    assert metrics.character_f1("xyz", ["abc"]) == 0


def test_an_answer_in_a_sentence_contains_the_expected_one() -> None:
    assert metrics.contains("It is the Tower [1].", ["tower"])
    assert not metrics.contains("It is a bridge.", ["tower"])


def test_each_paragraph_or_each_article_is_a_document(tmp_path: Path) -> None:
    path = squad(tmp_path / "a.json", QUESTIONS)

    assert len(load_dataset(path).documents) == 3
    whole = load_dataset(path, articles=True)
    (text,) = whole.documents.values()
    place = whole.questions[1].place
    assert text[place.start : place.end] == FACTS[1]


def test_questions_may_come_from_a_file_in_another_language(tmp_path: Path) -> None:
    asked = squad(tmp_path / "zh.json", ["塔有多高？", "桥建于何时？", "湖何时结冰？"])
    dataset = load_dataset(squad(tmp_path / "en.json", QUESTIONS), asked)

    assert dataset.questions[0].text == "塔有多高？"
    assert "ninety metres" in dataset.documents[dataset.questions[0].place.source]


def test_a_folder_with_questions_is_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "tower.md").write_text(FACTS[0], encoding="utf-8")
    (tmp_path / "questions.csv").write_text("question,source\nHow high?,tower.md\n", encoding="utf-8")
    dataset = load_dataset(tmp_path)

    assert dataset.questions[0].place == Place("tower.md", 0, len(FACTS[0]))


def test_questions_without_a_source_are_ones_that_the_documents_do_not_answer(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "tower.md").write_text(FACTS[0], encoding="utf-8")
    table = tmp_path / "asked.csv"
    table.write_text("question,source,answer\nHow high?,tower.md,ninety\nHow old?,,\n", encoding="utf-8")
    dataset = load_dataset(tmp_path / "docs", table)

    assert [question.text for question in dataset.questions] == ["How high?"]
    assert dataset.unanswerable == ["How old?"]


def test_a_table_of_questions_names_documents_that_exist(tmp_path: Path) -> None:
    (tmp_path / "tower.md").write_text(FACTS[0], encoding="utf-8")
    (tmp_path / "questions.csv").write_text("question,source\nHow high?,castle.md\n", encoding="utf-8")

    with pytest.raises(Problem, match=r"line 2: .*castle\.md"):
        load_dataset(tmp_path)


def test_the_handbook_has_questions_with_and_without_an_answer() -> None:
    dataset = load_dataset(HANDBOOK, Path(__file__).parent / "handbook_questions.csv")

    assert len(dataset.questions) > 50 and len(dataset.unanswerable) > 40
    for question in dataset.questions:
        assert Path(question.place.source).parts[0] == language_of(question.text)


@pytest.mark.parametrize("content", ["[]", "{}", "no json", '{"data": []}'])
def test_a_file_that_is_not_squad_is_a_problem(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content, encoding="utf-8")

    with pytest.raises(Problem, match="SQuAD format"):
        load_dataset(tmp_path / "a.json")


def test_several_finds_in_one_passage_count_as_one(tmp_path: Path) -> None:
    dataset = load_dataset(squad(tmp_path / "a.json", QUESTIONS))
    first, second = dataset.questions[0].place, dataset.questions[1].place
    halves = [Place(first.source, 0, 15), Place(first.source, 15, first.end)]

    assert dataset.rank([*halves, second], second) == 2
    assert dataset.rank(halves, second) is None


def test_the_evaluation_compares_the_rankings_with_the_tutorial(
    embeddings: FakeEmbeddings, tmp_path: Path
) -> None:
    dataset = load_dataset(squad(tmp_path / "a.json", QUESTIONS))
    rows, facts = evaluate(dataset, Counter())

    assert set(rows) == {"dense", "BM25", "fused", "tutorial"}
    assert rows["fused"]["recall@5"] == 1
    assert facts["documents"] == 3
    assert 0 <= facts["passed to the model, without one"] <= facts["passed to the model, with an answer"] == 1


def test_answers_are_measured_with_the_document_and_without_it(
    embeddings: FakeEmbeddings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = load_dataset(squad(tmp_path / "a.json", QUESTIONS))
    with FakeEndpoint("The bridge was built in 1932 [1] [7].") as chat:
        monkeypatch.setenv("CHAT_MODEL_BASE_URL", chat.base_url)
        _, facts = evaluate(dataset, Counter(), answers=3)

    assert facts["questions with an answer"] == facts["questions without an answer"] == 3
    assert facts["citations that exist"] == 1
    assert facts["expected answer contained"] == pytest.approx(1 / 3)


def test_a_crowd_of_made_up_chunks_can_be_searched_among(embeddings: FakeEmbeddings, tmp_path: Path) -> None:
    dataset = load_dataset(squad(tmp_path / "a.json", QUESTIONS))
    with Index.open() as index:
        dataset.write(tmp_path / "documents")
        ingest(index, [tmp_path / "documents"], Counter())

        assert sum(crowd(index, dataset, 600)) == 600
        assert index.documents.counts()[1] == index.vectors._chunks.count() == 603
        assert len(index.search("tower ninety metres")) == TOP_K
