"""Word documents: what is a heading, and what stands in the margin of every page."""

from pathlib import Path

import pytest
from fakes.word import HEADING, NAMESPACES, OFFICE, docx, paragraph, run

from rag.document import Document
from rag.loaders import load


def style(name: str, called: str, more: str = "") -> str:
    return f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{called}"/>{more}</w:style>'


STYLES = (
    HEADING
    + style("Titel", "Title")
    + style("Zwei", "heading 2")
    + style("Own", "My section", '<w:basedOn w:val="Zwei"/>')
    + style("Level", "Section", '<w:pPr><w:outlineLvl w:val="1"/></w:pPr>')
    + style("Toc", "TOC Heading", '<w:basedOn w:val="Heading1"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr>')
    + style("Loop", "One", '<w:basedOn w:val="Back"/>')
    + style("Back", "Two", '<w:basedOn w:val="Loop"/>')
)


def styled(name: str, text: str = "Fees", more: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{name}"/>{more}</w:pPr>{run(text)}</w:p>'


def read(folder: Path, body: str) -> Document:
    (folder / "a.docx").write_bytes(docx(body, styles=STYLES))
    return load(folder / "a.docx")


@pytest.mark.parametrize(
    ("body", "level"),
    [
        (styled("Titel"), 1),
        (styled("Own"), 2),
        (styled("Level"), 2),
        (f'<w:p><w:pPr><w:outlineLvl w:val="2"/></w:pPr>{run("Fees")}</w:p>', 3),
        (styled("Loop", more='<w:outlineLvl w:val="7"/>'), 6),
    ],
    ids=["title", "based on a heading", "style of the outline", "paragraph of the outline", "deep"],
)
def test_what_word_shows_in_its_outline_is_a_heading(tmp_path: Path, body: str, level: int) -> None:
    document = read(tmp_path, body + paragraph(run("Forty.")))

    assert document.title == "Fees"
    assert [(block.kind, block.level) for block in document.blocks] == [("heading", level), ("text", 0)]


@pytest.mark.parametrize(
    "body",
    [styled("Toc"), styled("Loop"), styled("Missing"), styled("Level", "A sentence of a contract. " * 20)],
    ids=["title of the contents", "styles in a circle", "no such style", "a clause"],
)
def test_other_paragraphs_are_none(tmp_path: Path, body: str) -> None:
    assert [block.kind for block in read(tmp_path, body).blocks] == ["text"]


PAGE = (
    f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
    f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run("3")}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
)
PAGES = f'<w:fldSimple w:instr=" NUMPAGES ">{run("9")}</w:fldSimple>'
TAB = "<w:r><w:tab/></w:r>"


def margins(folder: Path, body: str, **parts: str) -> Document:
    """A document with a header or a footer of these paragraphs."""
    names = {kind: f"{kind}1.xml" for kind in parts}
    listed = "".join(
        f'<Relationship Id="{kind}" Type="{OFFICE}/relationships/{kind}" Target="{name}"/>'
        for kind, name in names.items()
    )
    others = {
        f"word/{names[kind]}": f"<w:hdr {NAMESPACES}>{paragraphs}</w:hdr>"
        for kind, paragraphs in parts.items()
    }
    (folder / "a.docx").write_bytes(docx(body, "", listed, others))
    return load(folder / "a.docx")


def test_headers_and_footers_stand_above_the_text_once(tmp_path: Path) -> None:
    """The number of the contract that every page says was lost without a word."""
    header = paragraph(run("Contract 4711"), TAB, run("Page "), PAGE, run(" of "), PAGES)
    document = margins(
        tmp_path,
        paragraph(run("Lease")) + paragraph(run("Rent is 400.")),
        header=paragraph(run("Lease")) + header,
        footer=paragraph(run("Valid from 1 March, page "), PAGE) + header + paragraph(PAGE),
    )

    assert document.text == "Contract 4711\n\nValid from 1 March, page\n\nLease\n\nRent is 400.\n"


def test_a_document_of_a_header_only_has_text(tmp_path: Path) -> None:
    assert margins(tmp_path, "", header=paragraph(run("Closed in May."))).text == "Closed in May.\n"
