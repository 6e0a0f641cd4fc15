"""Word documents, made of the parts of their XML that matter."""

import io
import zipfile
from pathlib import Path

import pytest

from kit.problem import Problem
from rag.loaders import load
from rag.text.chunker import chunk

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    f' xmlns:m="{OFFICE}/math" xmlns:r="{OFFICE}/relationships" xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def docx(body: str, footnotes: str = "", relationships: str = "") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml"'
            f' ContentType="{WORD}.document.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1"'
            f' Type="{OFFICE}/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/document.xml", f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>"
        )
        archive.writestr(
            "word/styles.xml",
            f'<w:styles {NAMESPACES}><w:style w:type="paragraph" w:styleId="Heading1">'
            '<w:name w:val="heading 1"/></w:style></w:styles>',
        )
        archive.writestr("word/footnotes.xml", f"<w:footnotes {NAMESPACES}>{footnotes}</w:footnotes>")
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="r1" Type="{OFFICE}/relationships/styles" Target="styles.xml"/>'
            f'<Relationship Id="r2" Type="{OFFICE}/relationships/footnotes" Target="footnotes.xml"/>'
            f"{relationships}</Relationships>",
        )
    return stream.getvalue()


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(runs)}</w:p>"


def heading(text: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>{run(text)}</w:p>'


def text_of(folder: Path, *parts: str) -> str:
    (folder / "a.docx").write_bytes(docx(*parts))
    return load(folder / "a.docx").text


def test_headings_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(docx(heading("Rules") + paragraph(run("两到五人组队。"))))

    assert chunk(load(tmp_path / "a.docx"))[0].heading == "Rules"
    assert "两到五人组队。" in load(tmp_path / "a.docx").text


EQUATIONS = [
    ("<m:r><m:t>E=m</m:t></m:r><m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup>"
     "</m:sSup>", "E=mc^2"),
    ("<m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>t</m:t></m:r></m:den></m:f>", "(a+b)/t"),
    ("<m:rad><m:radPr/><m:deg/><m:e><m:r><m:t>x+1</m:t></m:r></m:e></m:rad>", "√(x+1)"),
    ('<m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val="]"/></m:dPr><m:e><m:r><m:t>x</m:t></m:r></m:e></m:d>', "[x]"),
    ('<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub><m:r><m:t>i</m:t></m:r></m:sub><m:sup><m:r><m:t>n</m:t>'
     "</m:r></m:sup><m:e><m:r><m:t>k</m:t></m:r></m:e></m:nary>", "∑_i^n k"),
    ("<m:sSubSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sub><m:r><m:t>1</m:t></m:r></m:sub><m:sup><m:r><m:t>2</m:t>"
     "</m:r></m:sup></m:sSubSup>", "x_1^2"),
    ("<m:m><m:mr><m:e><m:r><m:t>1</m:t></m:r></m:e><m:e><m:r><m:t>2</m:t></m:r></m:e></m:mr><m:mr><m:e><m:r><m:t>3"
     "</m:t></m:r></m:e><m:e><m:r><m:t>4</m:t></m:r></m:e></m:mr></m:m>", "1, 2; 3, 4"),
    ("<m:r><w:rPr/><m:t>v=7</m:t></m:r><w:del><m:r><m:t>9</m:t></m:r></w:del>", "v=7"),
]  # fmt: skip


@pytest.mark.parametrize(("equation", "said"), EQUATIONS)
def test_an_equation_is_read_as_a_line(tmp_path: Path, equation: str, said: str) -> None:
    """Equations were left out without a word."""
    inside = paragraph(run("Here "), f"<m:oMath>{equation}</m:oMath>")
    alone = paragraph(f"<m:oMathPara><m:oMath>{equation}</m:oMath></m:oMathPara>")

    assert text_of(tmp_path, inside + alone) == f"Here {said}\n\n{said}\n"


def test_of_tracked_changes_the_new_text_is_kept_and_the_old_dropped(tmp_path: Path) -> None:
    text = text_of(
        tmp_path,
        paragraph(
            run("The deposit is "),
            f'<w:del w:id="1">{run("100").replace("w:t", "w:delText")}</w:del>',
            f'<w:ins w:id="2">{run("200 元")}</w:ins>',
            f'<w:moveFrom w:id="3">{run("elsewhere")}</w:moveFrom>',
            f'<w:moveTo w:id="4">{run(" today")}</w:moveTo>',
        ),
    )

    assert text == "The deposit is 200 元 today\n"


def test_a_picture_that_is_linked_and_not_there_costs_nothing(tmp_path: Path) -> None:
    """The whole document was refused."""
    linked = (
        "<w:r><w:drawing><wp:inline><wp:docPr/><a:graphic><a:graphicData><pic:pic><pic:blipFill>"
        '<a:blip r:link="r9"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )
    target = f'<Relationship Id="r9" Type="{OFFICE}/relationships/image" TargetMode="External" Target="file:///C:/x.png"/>'

    assert text_of(tmp_path, paragraph(run("Valve 4."), linked), "", target) == "Valve 4.\n"


def text_box(text: str) -> str:
    return f"<w:txbxContent>{paragraph(run(text))}</w:txbxContent>"


def new_box(text: str) -> str:
    return (
        "<w:drawing><wp:anchor><wp:docPr/><a:graphic><a:graphicData><wps:wsp><wps:txbx>"
        f"{text_box(text)}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>"
    )


def old_box(text: str) -> str:
    return f"<w:pict><v:shape><v:textbox>{text_box(text)}</v:textbox></v:shape></w:pict>"


@pytest.mark.parametrize(
    "box",
    [
        old_box("The code is 4471."),
        new_box("The code is 4471."),
        f'<mc:AlternateContent><mc:Choice Requires="wps">{new_box("The code is 4471.")}</mc:Choice>'
        "</mc:AlternateContent>",
        f'<mc:AlternateContent><mc:Choice Requires="wps">{new_box("The code is 4471.")}</mc:Choice>'
        f"<mc:Fallback>{old_box('The code is 4471.')}</mc:Fallback></mc:AlternateContent>",
    ],
    ids=["old", "new", "new in a choice", "both"],
)
def test_a_text_box_is_read_once(tmp_path: Path, box: str) -> None:
    text = text_of(tmp_path, paragraph(run("Before."), f"<w:r>{box}</w:r>") + paragraph(run("After.")))

    assert text.split("\n\n") == ["Before.", "The code is 4471.", "After.\n"]


def test_an_equation_in_a_text_box_is_read(tmp_path: Path) -> None:
    box = new_box("x").replace(run("x"), "<m:oMath><m:r><m:t>p=4</m:t></m:r></m:oMath>")

    assert "p=4" in text_of(tmp_path, paragraph(f"<w:r>{box}</w:r>"))


def test_a_note_stands_where_it_is_referred_to(tmp_path: Path) -> None:
    """At the end of the document it belonged to the last heading."""
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    note = f'<w:footnote w:id="2">{paragraph(run("Except on 3 May."))}</w:footnote>'
    body = (
        heading("Hours")
        + paragraph(run("We open at 8:15"), mark, run("."))
        + heading("Prices")
        + paragraph(run("14"))
    )
    (tmp_path / "a.docx").write_bytes(docx(body, note))
    parts = {each.heading: each.text for each in chunk(load(tmp_path / "a.docx"))}

    assert "We open at 8:15 (Except on 3 May.)." in parts["Hours"]
    assert "May" not in parts["Prices"]


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pptx"])
def test_a_file_with_a_password_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500))

    with pytest.raises(Problem, match=f"{name} has a password"):
        load(tmp_path / name)


def test_a_document_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 51_000_000)

    with pytest.raises(Problem, match="too much text"):
        load(tmp_path / "a.docx")
