"""EPUB: the pages of a book, and those that it lacks."""

import zipfile
from pathlib import Path

import pytest

from kit.problem import Problem
from rag.loaders import load


def test_a_book_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as book:
        book.writestr("META-INF/container.xml", '<container><rootfile full-path="in/book.opf"/></container>')
        book.writestr(
            "in/book.opf",
            "<package><metadata><dc:title>雾港</dc:title></metadata><manifest>"
            '<item id="b" href="two.xhtml"/><item id="a" href="one%20a.xhtml"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>',
        )
        book.writestr("in/two.xhtml", "<html><body><h1>Two</h1><p>The ship sails at dawn.</p></body></html>")
        book.writestr("in/one a.xhtml", "<html><body><h1>One</h1><p>灯塔在北边。</p></body></html>")
    document = load(tmp_path / "a.epub")

    assert document.title == "雾港"
    assert [block.label for block in document.blocks if block.kind == "heading"] == ["One", "Two"]
    assert document.text.index("灯塔在北边。") < document.text.index("The ship sails")


def test_a_book_that_names_pages_it_does_not_have_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as book:
        book.writestr(
            "META-INF/container.xml",
            '<?xml version="1.0"?><container><rootfile full-path="b.opf"/></container>',
        )
        book.writestr(
            "b.opf",
            '<?xml version="1.0"?><package><metadata><dc:title>A &amp; B &lt;C&gt;</dc:title></metadata><manifest>'
            '<item id="a" href="gone.xhtml"/><item id="b" href="b.xhtml"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/><itemref idref="z"/></spine></package>',
        )
        book.writestr(
            "b.xhtml", '<?xml version="1.0"?><html><body><p>The ship sails at dawn.</p></body></html>'
        )
    document = load(tmp_path / "a.epub")

    assert (document.title, document.text) == ("A & B <C>", "The ship sails at dawn.\n")


def test_each_page_of_a_book_is_read_by_itself(tmp_path: Path) -> None:
    """A page with a main part hid the pages without one, and a picture among them refused the book."""
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as book:
        book.writestr("META-INF/container.xml", '<container><rootfile full-path="b.opf"/></container>')
        book.writestr(
            "b.opf",
            '<package><manifest><item id="a" href="a.jpg" media-type="image/jpeg"/><item id="b" href="b.html"/>'
            '<item id="c" href="c.html"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/><itemref idref="c"/></spine></package>',
        )
        book.writestr("a.jpg", bytes(range(256)) * 20)
        book.writestr(
            "b.html", "<body><main><p>The ship, which is long and white, sails at dawn.</p></main></body>"
        )
        book.writestr("c.html", "<body><p>It lands.</p></body>")

    assert load(tmp_path / "a.epub").text == (
        "The ship, which is long and white, sails at dawn.\n\nIt lands.\n"
    )


def book_of(folder: Path, pages: dict[str, bytes], *named: str) -> Path:
    """A book that names these pages, and holds those."""
    items = "".join(f'<item id="{name}" href="{name}"/>' for name in named)
    order = "".join(f'<itemref idref="{name}"/>' for name in named)
    with zipfile.ZipFile(folder / "a.epub", "w") as book:
        book.writestr("META-INF/container.xml", '<container><rootfile full-path="in/b.opf"/></container>')
        book.writestr("in/b.opf", f"<package><manifest>{items}</manifest><spine>{order}</spine></package>")
        for name, content in pages.items():
            book.writestr(f"in/{name}", content)
    return folder / "a.epub"


def test_pages_that_cannot_be_read_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was no text refused the whole book, and one that was not there was left out without a word."""
    monkeypatch.chdir(tmp_path)
    pages = {"one.html": b"<p>The ship sails.</p>", "two.html": bytes(range(1, 256)) * 20}
    document = load(book_of(tmp_path, pages, "one.html", "two.html", "three.html"))

    assert document.text == "The ship sails.\n"
    assert [warning.en.partition(". Get")[0] for warning in document.warnings] == [
        "a.epub: 2 of its pages cannot be read and were left out: in/two.html, in/three.html"
    ]


def test_a_page_that_is_named_in_other_letters_is_read(tmp_path: Path) -> None:
    document = load(book_of(tmp_path, {"One.HTML": b"<p>The ship sails.</p>"}, "one.html"))

    assert (document.text, document.warnings) == ("The ship sails.\n", [])


def test_a_book_of_which_no_page_can_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no page can be read, such as in/one\.html"):
        load(book_of(tmp_path, {}, "one.html"))


CONTAINER = '<container><rootfile full-path="in/b.opf"/></container>'
SHIP, ISLE = b"<p>The ship sails.</p>", b"<p>The isle sinks.</p>"


def packaged(folder: Path, package: str, container: str = CONTAINER) -> Path:
    """A book of two pages, with this package."""
    with zipfile.ZipFile(folder / "a.epub", "w") as book:
        book.writestr("META-INF/container.xml", container)
        book.writestr("in/b.opf", f"<package>{package}</package>")
        book.writestr("in/one.html", SHIP)
        book.writestr("in/two.html", ISLE)
    return folder / "a.epub"


@pytest.mark.parametrize(
    "package",
    [
        '<o:manifest><o:item id="a" href="one.html"/></o:manifest><o:spine><o:itemref idref="a"/></o:spine>',
        '<manifest><item id="a" href="one.html#begin"/></manifest><spine><itemref idref="a"/></spine>',
        '<manifest><item id="a" href="/in/one.html"/></manifest><spine><itemref idref="a"/></spine>',
        '<manifest><item id="a" href="one.html"/></manifest><spine><itemref idref="a"/><itemref idref="a"/></spine>',
        '<manifest><item href="nav.html" properties="nav"/><item href="one.html"/></manifest><spine></spine>',
    ],
    ids=["with prefixes", "part of a page", "from the top", "named twice", "without an order"],
)
def test_whatever_way_a_package_names_a_page_it_is_read_once(tmp_path: Path, package: str) -> None:
    """Each was refused, but the one that is named twice: that was read twice."""
    document = load(packaged(tmp_path, package))

    assert (document.text, document.warnings) == ("The ship sails.\n", [])


@pytest.mark.parametrize(
    "container", ['<c:container><c:rootfile full-path="/in/b.opf"/></c:container>', "<x/>"]
)
def test_a_book_whose_container_is_odd_is_read(tmp_path: Path, container: str) -> None:
    package = '<manifest><item id="a" href="one.html"/></manifest><spine><itemref idref="a"/></spine>'

    assert load(packaged(tmp_path, package, container)).text == "The ship sails.\n"


def test_pages_beside_the_order_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    items = (
        '<item id="a" href="one.html"/><item id="b" href="two.html"/><item href="nav.html" properties="nav"/>'
    )
    package = f'<manifest>{items}</manifest><spine><itemref idref="a"/></spine>'
    document = load(packaged(Path(), package))

    assert document.text == "The ship sails.\n"
    assert [warning.en.partition(". Save")[0] for warning in document.warnings] == [
        "a.epub: 1 of its pages have no place in the book's order and were left out: in/two.html"
    ]
