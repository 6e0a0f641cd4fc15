"""Word documents: what one sees in Word is read."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fakes.word import NAMESPACES, OFFICE, docx, heading, paragraph, run

from kit.problem import Problem
from rag.loaders import load
from rag.text.chunker import chunk


def text_of(folder: Path, *parts: Any) -> str:
    (folder / "a.docx").write_bytes(docx(*parts))
    return load(folder / "a.docx").text


def test_headings_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(docx(heading("Rules") + paragraph(run("两到五人组队。"))))

    assert chunk(load(tmp_path / "a.docx"))[0].heading == "Rules"
    assert "两到五人组队。" in load(tmp_path / "a.docx").text


@pytest.mark.parametrize(
    "words", ["```", "&lt;!-- begin", "&lt;script>", "# rm -rf x", "Sum</w:t><w:br/><w:t>---"]
)
def test_no_words_of_a_paragraph_make_or_swallow_a_heading(tmp_path: Path, words: str) -> None:
    body = heading("Rules") + paragraph(run(words)) + heading("Prices") + paragraph(run("Tea costs 3."))
    (tmp_path / "a.docx").write_bytes(docx(body))
    labels = [block.label for block in load(tmp_path / "a.docx").blocks if block.kind == "heading"]

    assert labels == ["Rules", "Prices"]


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
    ("<m:func><m:fName><m:limLow><m:e><m:r><m:t>lim</m:t></m:r></m:e><m:lim><m:r><m:t>n→∞</m:t></m:r></m:lim></m:limLow>"
     "</m:fName><m:e><m:r><m:t>a</m:t></m:r></m:e></m:func>", "lim_(n→∞) a"),
    ('<m:d><m:e><m:f><m:fPr><m:type m:val="noBar"/></m:fPr><m:num><m:r><m:t>n</m:t></m:r></m:num><m:den><m:r><m:t>k'
     "</m:t></m:r></m:den></m:f></m:e></m:d>", "(n choose k)"),
    ("<m:sPre><m:sub><m:r><m:t>6</m:t></m:r></m:sub><m:sup><m:r><m:t>14</m:t></m:r></m:sup><m:e><m:r><m:t>C</m:t></m:r>"
     "</m:e></m:sPre>", "_6^14 C"),
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


def test_equations_beside_each_other_are_two(tmp_path: Path) -> None:
    equations = "".join(f"<m:oMath><m:r><m:t>{text}</m:t></m:r></m:oMath>" for text in ("a=1", "b=2"))

    assert text_of(tmp_path, paragraph(equations)) == "a=1 b=2\n"
    assert text_of(tmp_path, paragraph(f"<m:oMathPara>{equations}</m:oMathPara>")) == "a=1 b=2\n"


def styled(text: str, look: str) -> str:
    return run(text).replace("<w:r>", f"<w:r><w:rPr>{look}</w:rPr>")


def form_field(kind: str, setting: str) -> str:
    marks = [
        f'<w:fldChar w:fldCharType="begin"><w:ffData>{setting}</w:ffData></w:fldChar>',
        f"<w:instrText>{kind}</w:instrText>",
        '<w:fldChar w:fldCharType="end"/>',
    ]
    return "".join(f"<w:r>{mark}</w:r>" for mark in marks)


CHECKED = (
    '<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="1"/></w14:checkbox></w:sdtPr>'
    f"<w:sdtContent>{run('☒')}</w:sdtContent></w:sdt>"
)
RUBY = f"<w:r><w:ruby><w:rt>{run('かんじ')}</w:rt><w:rubyBase>{run('漢字')}</w:rubyBase></w:ruby></w:r>"
CHOICES = '<w:ddList><w:result w:val="1"/><w:listEntry w:val="red"/><w:listEntry w:val="blue"/></w:ddList>'


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (run("Fig. ") + f'<w:fldSimple w:instr="SEQ Figure">{run("7")}</w:fldSimple>' + run(": Pump"), "Fig. 7: Pump"),
        (RUBY, "漢字"),
        (f'<w:bdo w:val="rtl">{run("one")}</w:bdo> <w:dir w:val="ltr">{run(" two")}</w:dir>', "one two"),
        (CHECKED + run(" Paid"), "☒ Paid"),
        (form_field("FORMCHECKBOX", '<w:checkBox><w:checked w:val="0"/></w:checkBox>') + run(" Paid"), "☐ Paid"),
        (form_field("FORMCHECKBOX", "<w:checkBox><w:default/></w:checkBox>"), "☒"),
        (form_field("FORMDROPDOWN", CHOICES), "blue"),
        (run("Seen.") + styled(" Hidden.", "<w:vanish/>") + styled(" Shown.", '<w:vanish w:val="0"/>'), "Seen. Shown."),
    ],
    ids=["field", "ruby", "direction", "checkbox", "old checkbox", "old checkbox's default", "drop-down", "hidden"],
)  # fmt: skip
def test_what_one_sees_in_word_is_read(tmp_path: Path, runs: str, said: str) -> None:
    assert text_of(tmp_path, paragraph(runs)) == f"{said}\n"


@pytest.mark.parametrize(
    ("base", "raised", "said"),
    [
        ("5×10", ["6"], "5×10^6"),
        ("10", ["−", "3"], "10^−3"),
        ("m", ["2"], "m2"),
        ("the 3", ["rd"], "the 3rd"),
        ("10 ", ["6"], "10 6"),
    ],
)
def test_a_power_is_not_more_digits(tmp_path: Path, base: str, raised: list[str], said: str) -> None:
    runs = "".join(styled(text, '<w:vertAlign w:val="superscript"/>') for text in raised)

    assert text_of(tmp_path, paragraph(run(base), runs)) == f"{said}\n"


@pytest.mark.parametrize(
    "missing",
    [
        "<w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:blipFill>"
        '<a:blip r:embed="r99"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>',
        '<w:r><w:object><v:shape><v:imagedata r:id="r99"/></v:shape></w:object></w:r>',
        '<w:hyperlink r:id="r99"/>',
        '<w:r><w:footnoteReference w:id="99"/></w:r>',
    ],
    ids=["picture", "object", "link", "note"],
)
def test_what_is_referred_to_and_missing_costs_nothing(tmp_path: Path, missing: str) -> None:
    assert text_of(tmp_path, paragraph(run("Valve 4."), missing)) == "Valve 4.\n"


def test_smart_art_and_word_art_are_read(tmp_path: Path) -> None:
    art = '<w:r><w:pict><v:shape><v:textpath string="Open day"/></v:shape></w:pict></w:r>'
    smart = (
        '<w:r><w:drawing><wp:inline><a:graphic><a:graphicData><dgm:relIds r:dm="r7"/></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )
    relationship = (
        f'<Relationship Id="r7" Type="{OFFICE}/relationships/diagramData" Target="diagrams/data1.xml"/>'
    )
    points = "".join(
        f"<dgm:pt><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>"
        for text in ("Plan", "Build")
    )
    data = f"<dgm:dataModel {NAMESPACES}><dgm:ptLst>{points}</dgm:ptLst></dgm:dataModel>"
    body = paragraph(run("Steps:"), smart) + paragraph(art)

    assert text_of(tmp_path, body, "", relationship, {"word/diagrams/data1.xml": data}).split() == [
        "Steps:", "Plan", "Build", "Open", "day",
    ]  # fmt: skip


def test_charts_and_inserted_files_are_told(tmp_path: Path) -> None:
    chart = (
        "<w:r><w:drawing><wp:inline><a:graphic><a:graphicData>"
        '<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="r7"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )
    (tmp_path / "a.docx").write_bytes(docx(paragraph(run("Valve 4."), chart) + '<w:altChunk r:id="r8"/>'))
    [warning] = load(tmp_path / "a.docx").warnings

    assert "a.docx: charts (1) and inserted files (1) were left out" in warning.en
    assert "1 个图表、1 个嵌入的文件" in warning.zh


def test_a_note_that_is_referred_to_twice_is_read_once(tmp_path: Path) -> None:
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    note = f'<w:footnote w:id="2">{paragraph(run("Except May."))}</w:footnote>'

    assert (
        text_of(tmp_path, paragraph(run("At 8"), mark, run(", and 9"), mark), note)
        == "At 8 (Except May.), and 9\n"
    )


def renamed(document: bytes, *names: tuple[str, str]) -> bytes:
    """The same document with its parts called otherwise."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as archive, zipfile.ZipFile(stream, "w") as copy:
        for part in archive.namelist():
            name, content = part, archive.read(part).decode()
            for old, new in names:
                name, content = name.replace(old, new), content.replace(old, new)
            copy.writestr(name, content)
    return stream.getvalue()


def test_the_parts_of_a_document_may_have_any_name(tmp_path: Path) -> None:
    """What was hidden in such a document was indexed, and its notes and fields were lost."""
    hidden = styled("Ghost.", "<w:vanish/>")
    field = f'<w:fldSimple w:instr="REF a">{run("7")}</w:fldSimple>'
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    note = f'<w:footnote w:id="2">{paragraph(run("Except in May."), hidden)}</w:footnote>'
    document = docx(paragraph(run("Valve "), field, mark, hidden), note)
    names = ("word/", "content/"), ("document.xml", "main part.xml"), ("footnotes.xml", "remarks.xml")
    (tmp_path / "a.docx").write_bytes(renamed(document, *names))

    assert load(tmp_path / "a.docx").text == "Valve 7 (Except in May.)\n"


def test_another_zip_is_no_document(tmp_path: Path) -> None:
    """It could not be opened: None."""
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("readme.txt", "Not written in Word.")

    with pytest.raises(
        Problem, match=r"a\.docx is not a readable \.docx file \(Could not find main document part"
    ):
        load(tmp_path / "a.docx")
