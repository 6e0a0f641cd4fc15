import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePath
from string import ascii_letters
from threading import Event
from typing import Any

import pytest
from fakes.embeddings import FakeEmbeddings
from fakes.progress import Counter

from kit.problem import Problem
from rag import Index
from rag.ingest import ingest
from rag.retrieval.selection import Selection
from rag.store.fingerprint import PROBE


def test_the_model_gets_its_prefixes(index: Index, folder: Path, embeddings: FakeEmbeddings) -> None:
    ingest(index, [folder], Counter())
    assert embeddings.texts and all(text.startswith("say: ") for text in embeddings.texts)
    embeddings.requests.clear()
    index.search("When is lunch?")

    assert all(text.startswith("ask: ") for text in embeddings.texts)
    assert "ask: When is lunch?" in embeddings.texts


def test_env_wins_over_what_the_server_tells(
    index: Index, folder: Path, embeddings: FakeEmbeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDDING_PASSAGE_PREFIX", "doc> ")
    ingest(index, [folder], Counter())

    assert embeddings.texts and all(text.startswith("doc> ") for text in embeddings.texts)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"card": {"query_prefix": "q> ", "passage_prefix": "say: "}}, "query_prefix: 'ask: ' ≠ 'q> '"),
        (
            {"card": {"file": "other.gguf", "query_prefix": "ask: ", "passage_prefix": "say: "}},
            "embedding_model: 'moly-embedding' ≠ 'moly-embedding (other.gguf)'",
        ),
        (
            {"salt": "another model under the same name"},
            "embedding_model: 'moly-embedding' now gives other vectors",
        ),
    ],
)
def test_another_embedding_model_is_an_error_that_says_what_changed(
    embeddings: FakeEmbeddings,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, str],
    named: str,
) -> None:
    with Index.open() as index:
        ingest(index, [folder], Counter())
    with FakeEmbeddings(**changed) as other, Index.open() as index:  # type: ignore[arg-type]
        monkeypatch.setenv("EMBEDDING_MODEL_BASE_URL", other.base_url)
        with pytest.raises(Problem, match="python -m rag reset") as problem:
            index.search("When is lunch?")

    assert named in problem.value.en and named in problem.value.zh


def test_a_reset_index_is_empty_and_takes_another_model(
    index: Index, folder: Path, embeddings: FakeEmbeddings
) -> None:
    ingest(index, [folder], Counter())
    index.reset()
    with pytest.raises(Problem, match="python -m rag ingest"):
        index.search("lunch")

    embeddings.salt = "another model"
    ingest(index, [folder], Counter())
    assert index.search("lunch")[0].source == "docs/meals.md"


def test_an_index_opens_again_with_everything_in_it(embeddings: FakeEmbeddings, folder: Path) -> None:
    with Index.open() as index:
        ingest(index, [folder], Counter())
        before = index.search("second prize")
    with Index.open() as index:
        assert index.search("second prize") == before


def test_a_lost_document_store_is_made_again_from_the_vectors(
    embeddings: FakeEmbeddings, folder: Path, tmp_path: Path
) -> None:
    with Index.open() as index:
        ingest(index, [folder], Counter())
        before = index.search("second prize")
    for file in (tmp_path / "index").glob("documents.sqlite3*"):
        file.unlink()
    with Index.open() as index:
        assert index.search("second prize") == before
        assert ingest(index, [folder], Counter()).unchanged == 3


def test_lost_vectors_take_the_documents_with_them(
    embeddings: FakeEmbeddings, folder: Path, tmp_path: Path
) -> None:
    with Index.open() as index:
        ingest(index, [folder], Counter())
        index.vectors.reset()
    with Index.open() as index:
        assert ingest(index, [folder], Counter()).added == 3
        assert index.search("second prize")[0].source == "docs/prizes.md"


def test_passages_quote_the_source_exactly(index: Index, folder: Path) -> None:
    ingest(index, [folder], Counter())

    for passage in index.search("prize lunch dinner 网络", top_k=9):
        source = (folder.parent / passage.source).read_text(encoding="utf-8")
        assert source[passage.start : passage.end] == passage.text


def test_neighbouring_hits_come_as_one_passage(index: Index, folder: Path) -> None:
    ingest(index, [folder], Counter())
    best = index.search("lunch or dinner")[0]

    assert "noon" in best.text and "seven" in best.text


def test_the_search_narrows_to_a_folder_or_to_metadata(index: Index, folder: Path) -> None:
    ingest(index, [folder], Counter())

    assert {passage.source for passage in index.search("prize", source="docs/meals.md")} == {"docs/meals.md"}
    assert {passage.source for passage in index.search("lunch", metadata={"lang": "en"})} == {
        "docs/prizes.md"
    }
    assert "docs/meals.md" not in {
        passage.source for passage in index.search("lunch", without="docs/meals.md")
    }
    with pytest.raises(Problem, match="python -m rag status"):
        index.search("lunch", source="nowhere")


def test_a_narrowed_search_finds_what_the_whole_one_finds_there(index: Index, folder: Path) -> None:
    """Few documents, most of them, and most but those that all of the nearest are in."""
    dice = random.Random(0)
    for number in range(150):
        some, others = (" ".join(dice.choices(ascii_letters, k=9)) for _ in range(2))
        (folder / f"note{number}.txt").write_text(f"A kettle of {some}.", encoding="utf-8")
        (folder / f"far{number}.txt").write_text(f"Entry {number}: {others}.", encoding="utf-8")
    ingest(index, [folder], Counter())
    sources = dict(zip(index.documents.live_versions(), index.documents.live_sources(), strict=True))
    vector = index.embedder.embed_questions(["kettle"])

    everything = dict(index.vectors.nearest_chunks(vector, 1000))

    for pattern in ("far1*", "[!n]*", "[!f]*", "*[0-8].txt"):
        wanted = {name for name, source in sources.items() if PurePath(source).match(pattern)}
        expected = [(key, similarity) for key, similarity in everything.items() if key[0] in wanted]
        found = Selection.of(list(wanted), index.documents).nearest(index.vectors.nearest_chunks, vector, 10)
        assert {key[0] for key, _ in found} <= wanted
        assert [s for _, s in found] == pytest.approx([s for _, s in expected[:10]])


def test_a_search_may_be_narrowed_to_more_documents_than_sqlite_takes_variables(
    index: Index, folder: Path
) -> None:
    """Chroma gave "too many SQL variables"."""
    ingest(index, [folder], Counter())
    vector = index.embedder.embed_questions(["lunch"])
    [version] = index.documents.live_versions(str(folder / "meals.md"))
    many = [*map(str, range(40_000)), version]

    assert index.vectors.nearest_chunks(vector, 5, many)[0][0][0] == version


def test_an_empty_question_is_a_problem(index: Index) -> None:
    with pytest.raises(Problem, match="question is empty"):
        index.search("  ")


def test_a_provider_that_takes_few_texts_in_a_request_gets_few(
    index: Index, folder: Path, embeddings: FakeEmbeddings
) -> None:
    embeddings.most = 2
    ingest(index, [folder], Counter())

    assert index.search("When is lunch?")[0].source == "docs/meals.md"


def test_a_damaged_index_says_what_to_do(embeddings: FakeEmbeddings, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "documents.sqlite3").write_bytes(b"no database at all" * 100)

    with pytest.raises(Problem, match="is damaged"):
        Index.open()


def test_an_index_cannot_be_a_file(embeddings: FakeEmbeddings, tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file", encoding="utf-8")

    with pytest.raises(Problem, match="CHROMA_PATH"):
        Index.open()


def test_a_search_in_an_index_that_was_asked_before_embeds_the_question_and_a_probe(
    embeddings: FakeEmbeddings, folder: Path
) -> None:
    """Every open asked 14 unrelated questions again, so rag_agent did with every question of its own."""
    with Index.open() as index:
        ingest(index, [folder], Counter())
    embeddings.requests.clear()
    with Index.open() as index:
        first = index.search("When is lunch?")
        assert [len(request) for request in embeddings.requests] == [1, 1, 7, 7]
        embeddings.requests.clear()
        index.search("What is the first prize?")
        assert embeddings.requests == [["ask: What is the first prize?"]]
    embeddings.requests.clear()
    with Index.open() as index:
        assert index.search("When is lunch?") == first
    assert embeddings.requests == [[f"say: {PROBE}"], ["ask: When is lunch?"]]


def test_the_baseline_is_measured_again_when_more_than_a_tenth_of_the_chunks_is_new_or_gone(
    index: Index, embeddings: FakeEmbeddings, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()

    def measured_after(**texts: str) -> bool:
        for name, text in texts.items():
            (notes / f"{name}.txt").write_text(text, encoding="utf-8")
        ingest(index, [notes], Counter(), prune=True)
        embeddings.requests.clear()
        index.search("Where is note 3?")
        return len(embeddings.texts) > 1

    assert measured_after(**{f"n{number}": f"Note {number} is here." for number in range(20)})
    assert not measured_after(one="One more.")
    assert not measured_after(two="Two more.")
    assert measured_after(three="Three more.")
    assert not measured_after(n1="Another first.", n2="Another second.")
    assert measured_after(n3="Another third.")
    for number in range(4, 7):
        (notes / f"n{number}.txt").unlink()
    assert measured_after()


def test_an_index_made_before_the_documents_had_this_file_is_read(
    embeddings: FakeEmbeddings, folder: Path, tmp_path: Path
) -> None:
    """Its texts and BM25 stood in ledger.sqlite3, in other tables."""
    with Index.open() as index:
        ingest(index, [folder], Counter())
        before = index.search("second prize")
    (tmp_path / "index" / "documents.sqlite3").rename(tmp_path / "index" / "ledger.sqlite3")
    with Index.open() as index:
        assert index.search("second prize") == before


def test_many_threads_may_ask_one_index_at_once(embeddings: FakeEmbeddings, folder: Path) -> None:
    questions = [
        "When is lunch?",
        "What is the first prize?",
        "无线网络的密码是什么？",
        "When is dinner?",
    ] * 8
    with Index.open() as index:
        ingest(index, [folder], Counter())
        alone = [index.search(question) for question in questions]
    embeddings.requests.clear()
    with Index.open() as index, ThreadPoolExecutor(16) as pool:
        assert list(pool.map(index.search, questions)) == alone
    assert embeddings.texts.count(f"say: {PROBE}") == 1


def test_a_search_goes_on_while_another_thread_ingests(index: Index, folder: Path) -> None:
    ingest(index, [folder], Counter())
    ended = Event()

    def ask() -> set[str]:
        found: set[str] = set()
        while not found or not ended.is_set():
            found |= {passage.source for passage in index.search("When is lunch?")}
        return found

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        try:
            for day in range(3):
                (folder / "meals.md").write_text(f"Lunch on day {day} is served at noon.", encoding="utf-8")
                ingest(index, [folder], Counter())
        finally:
            ended.set()
    assert all("docs/meals.md" in each.result() for each in asking)


def test_a_hit_that_was_replaced_before_it_was_read_is_passed_over(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best hit of BM25 raised KeyError when another thread ingested at that moment."""
    ingest(index, [folder], Counter())
    really_search = index.documents.search

    def search_and_be_late(*arguments: Any) -> Any:
        found = really_search(*arguments)
        (folder / "meals.md").write_text("Lunch is a picnic.", encoding="utf-8")
        ingest(index, [folder], Counter())
        return found

    monkeypatch.setattr(index.documents, "search", search_and_be_late)

    assert not any("noon" in passage.text for passage in index.search("When is lunch?"))
