"""A document is its file, whichever way its path was spelt."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fakes.embeddings import FakeEmbeddings
from fakes.progress import Counter

from kit.problem import Problem
from rag import Index
from rag.embedder import EndpointEmbedder
from rag.files.source import shown, source_of
from rag.ingest import ingest, remove
from rag.settings import Settings
from rag.store.client import client


def sources(index: Index) -> list[str]:
    return sorted(Path(source).name for source in index.documents.live_sources())


def link(at: Path, to: Path) -> None:
    try:
        at.symlink_to(to, target_is_directory=to.is_dir())
    except OSError:
        pytest.skip("this system makes no links without more rights")


def test_the_same_folder_from_another_working_folder_is_unchanged(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every document stood in the index twice."""
    ingest(index, [Path("docs")], Counter())
    monkeypatch.chdir(folder)

    assert ingest(index, [Path()], Counter()).unchanged == 3
    assert ingest(index, [f"../docs{os.sep}"], Counter()).unchanged == 3
    assert index.documents.counts()[0] == 3
    assert index.search("When is lunch?")[0].source == "meals.md"
    monkeypatch.chdir(folder.parent.parent)
    assert index.search("When is lunch?")[0].source == f"{folder.parent.name}/docs/meals.md"


def test_a_folder_and_a_link_to_it_are_one(index: Index, folder: Path, tmp_path: Path) -> None:
    link(tmp_path / "link", folder)
    report = ingest(index, [folder, tmp_path / "link", tmp_path / "link" / "meals.md"], Counter())

    assert (report.added, index.documents.counts()[0]) == (3, 3)
    assert index.search("lunch", source="link")[0].source == "docs/meals.md"


def test_another_projects_file_of_the_same_name_does_not_replace_it(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for project, fact in (("one", "The port is 5151."), ("two", "The pump has 4 bar.")):
        (tmp_path / project / "docs").mkdir(parents=True)
        (tmp_path / project / "docs" / "readme.md").write_text(fact, encoding="utf-8")
        monkeypatch.chdir(tmp_path / project)
        ingest(index, [Path("docs")], Counter(), prune=True)

    assert sources(index) == ["readme.md", "readme.md"]
    assert "5151" in index.search("Which port?")[0].text
    assert "4 bar" in index.search("How many bar has the pump?")[0].text


def test_prune_takes_out_what_is_gone_and_nothing_else(index: Index, folder: Path, tmp_path: Path) -> None:
    """What a narrower run did not name was taken for gone."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "key.md").write_text("The spare key hangs behind the clock.", encoding="utf-8")
    link(folder / "linked.md", tmp_path / "other" / "key.md")
    ingest(index, [folder], Counter())
    (folder / "linked.md").unlink()
    (folder / "prizes.md").unlink()

    assert ingest(index, [folder / "网络.md"], Counter(), prune=True).removed == 0
    assert ingest(index, [folder], Counter(), prune=True).removed == 1
    assert sources(index) == ["key.md", "meals.md", "网络.md"]


def test_a_deleted_folder_is_pruned_by_its_name(index: Index, folder: Path, tmp_path: Path) -> None:
    """It "does not exist", and its documents stayed for ever."""
    (tmp_path / "note.txt").write_text("The spare key hangs behind the clock.", encoding="utf-8")
    ingest(index, [folder, tmp_path / "note.txt"], Counter())
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()

    with pytest.raises(Problem, match="does not exist"):
        ingest(index, [Path("docs")], Counter())
    with pytest.raises(Problem, match="does not exist"):
        ingest(index, [Path("dogs")], Counter(), prune=True)
    assert ingest(index, [Path("docs")], Counter(), prune=True).removed == 3
    assert sources(index) == ["note.txt"]


@pytest.mark.parametrize(
    "spelling",
    [
        "docs/meals.md",
        "./docs/meals.md",
        "docs/../docs/meals.md",
        "../{here}/docs/meals.md",
        "{folder}/meals.md",
    ],
)
def test_every_spelling_of_a_source_is_known(index: Index, folder: Path, spelling: str) -> None:
    ingest(index, [folder], Counter())
    place = spelling.format(here=folder.parent.name, folder=folder)

    assert {passage.source for passage in index.search("prize", source=place)} == {"docs/meals.md"}
    assert remove(index, [place]) == 1


def test_the_files_own_letters_count_where_others_find_it_too(folder: Path) -> None:
    """Windows and macOS take MEALS.md for meals.md: it was a second document there."""
    if not (folder / "MEALS.md").exists():
        pytest.skip("this file system tells capitals from small letters")

    assert source_of(folder / "MEALS.md") == source_of(folder / "meals.md")


def test_documents_are_removed_by_name_whether_their_file_exists_or_not(index: Index, folder: Path) -> None:
    ingest(index, [folder], Counter())
    (folder / "prizes.md").unlink()

    assert remove(index, ["docs/prizes.md", "docs/网络.md"]) == 2
    assert sources(index) == ["meals.md"]
    assert index.vectors.versions()[0][0].source == source_of(folder / "meals.md")
    with pytest.raises(Problem, match=r"holds nothing of docs/prizes\.md"):
        remove(index, ["docs/prizes.md"])
    assert remove(index, [folder]) == 1


def test_collections_do_not_see_each_other(embeddings: FakeEmbeddings, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("The lunch is a picnic.", encoding="utf-8")
    first, second = Settings(tmp_path / "index"), Settings(tmp_path / "index", collection="second")
    with Index.open(first) as one, Index.open(second) as two:
        ingest(one, [folder], Counter())
        ingest(two, [tmp_path / "other.md"], Counter())
        assert "noon" in one.search("When is lunch?")[0].text
        assert [passage.source for passage in two.search("When is lunch?")] == ["other.md"]
        assert one.vectors.collections() == two.vectors.collections() == ["rag", "second"]
        two.reset()
    with Index.open(first) as one:
        assert one.documents.counts()[0] == 3


@pytest.mark.parametrize("name", ["", "项目", "A", "a/b", "-a", "a" * 41])
def test_a_name_that_no_collection_can_have_is_a_problem(tmp_path: Path, name: str) -> None:
    with pytest.raises(Problem, match="cannot name a collection"):
        Settings(tmp_path, collection=name)


def test_an_index_of_relative_names_says_that_it_must_be_made_anew(
    embeddings: FakeEmbeddings, folder: Path
) -> None:
    with Index.open() as index:
        ingest(index, [folder], Counter())
        old = {name: value for name, value in index.vectors.metadata.items() if name != "sources"}
        index.vectors.set_metadata(old)
    with Index.open() as index, pytest.raises(Problem, match=r"sources: None.*python -m rag reset"):
        index.search("lunch")


def test_an_index_takes_an_embedder_of_the_callers_own(
    embeddings: FakeEmbeddings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = EndpointEmbedder()
    monkeypatch.setenv("EMBEDDING_MODEL_BASE_URL", "http://127.0.0.1:9/v1")
    with Index.open(embedder=own) as index:
        thread = threading.Thread(target=ingest, args=(index, [folder], Counter()))
        thread.start()
        thread.join()
        assert index.search("When is lunch?")[0].source == "docs/meals.md"


def test_an_index_closed_twice_leaves_another_of_this_process_alone(embeddings: FakeEmbeddings) -> None:
    with Index.open() as one:
        two = Index.open()
        two.close()
        two.close()
        assert one._file_lock.is_locked
    assert not one._file_lock.is_locked


SENT = [
    ("/wider", "gb2312", "gb18030", "朱镕基与喆先生的会议室在三楼。"),
    ("/utf-8", "ISO-8859-1", "utf-8", "Le café est à côté de la bibliothèque."),
    ("/western", "us-ascii", "cp1252", "It’s “fine” – 5 € for a naïve café."),
    ("/korean", "ks_c_5601-1987", "cp949", "똠방각하는 삼층 회의실에 있습니다."),
    ("/hex", "hex", "gb18030", "钥匙在前台的抽屉里。"),
    ("/wrong", "euc-kr", "cp1252", "Öl für die Tür über der Küche."),
]


class Page(BaseHTTPRequestHandler):
    pages: dict[str, tuple[str, bytes]]

    def do_GET(self) -> None:
        kind, body = self.pages.get(self.path, ("", b""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site() -> Iterator[str]:
    Page.pages = {
        "/hours": (
            "text/html; charset=gb18030",
            "<p>办公室八点一刻开门。</p>".encode("gb18030"),
        ),
        "/rates.csv": ("text/plain", b"machine,yuan\nmill,120\n"),
        "/odd": ("application/zip", b"PK"),
        **{path: (f"text/plain; charset={said}", text.encode(own)) for path, said, own, text in SENT},
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_web_page_is_a_document_by_its_address(index: Index, site: str) -> None:
    report = ingest(
        index, [f"{site}/hours#top", f"{site}/rates.csv", f"{site}/none", f"{site}/odd"], Counter()
    )

    assert report.types == {".html": {"added": 1}, ".csv": {"added": 1}, "web": {"skipped": 2}}
    assert ["/none cannot be fetched: 404" in problem.en for problem in report.problems] == [True, False]
    assert f"{site}/odd has a format that cannot be read" in report.problems[1].en
    found = index.search("办公室几点开门？")[0]
    assert (found.source, found.text) == (f"{site}/hours", "办公室八点一刻开门。")
    assert ingest(index, [f"{site}/hours"], Counter(), prune=True).unchanged == 1
    assert index.search("mill", source=f"{site}/rates.csv")[0].source == f"{site}/rates.csv"
    assert remove(index, [f"{site}/hours"]) == 1


@pytest.mark.parametrize(("path", "text"), [(path, text) for path, _, _, text in SENT])
def test_a_page_is_read_in_the_encoding_that_browsers_take(
    index: Index, site: str, path: str, text: str
) -> None:
    """What the server says was taken at its word: gb2312 lost letters, UTF-8 came as accents, hex was an error."""
    report = ingest(index, [f"{site}{path}"], Counter())

    assert (report.problems, report.warnings) == ([], [])
    assert [passage.text for passage in index.search(text)] == [text]


def test_a_source_outside_of_the_working_folder_is_shown_whole(tmp_path: Path, folder: Path) -> None:
    assert shown(source_of(folder / "meals.md")) == source_of(folder / "meals.md")


def test_two_folders_of_one_name_are_two_indexes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chroma gave a program that changed its folder the first one's client, whose files were not there."""
    for name in ("here", "there"):
        (tmp_path / name).mkdir()

    monkeypatch.chdir(tmp_path / "here")
    client(Settings(Path(".chroma"))).create_collection("documents")
    monkeypatch.chdir(tmp_path / "there")

    assert client(Settings(Path(".chroma"))).list_collections() == []
