import io
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from kit.problem import Problem
from rag.chunker import chunk
from rag.loaders import LARGEST_FILE_BYTES, find_files, load


def pdf(*pages: str, outline: str | None = None) -> bytes:
    """A PDF with a line of text a page; its cross-reference table is left for the reader to rebuild."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    kids = " ".join(f"{10 + 2 * n} 0 R" for n in range(len(pages)))
    objects = {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        3: font,
    }
    for n, text in enumerate(pages):
        drawn = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET"
        resources = "<< /Font << /F1 3 0 R >> >>"
        objects[10 + 2 * n] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources {resources} /Contents {11 + 2 * n} 0 R >>"
        )
        objects[11 + 2 * n] = f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream"
    body = "%PDF-1.4\n"
    offsets = {}
    for number, content in objects.items():
        offsets[number] = len(body)
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "xref\n0 1\n0000000000 65535 f \n" + "".join(
        f"{n} 1\n{at:010} 00000 n \n" for n, at in offsets.items()
    )
    written = (
        body + table + f"trailer\n<< /Root 1 0 R /Size 99 >>\nstartxref\n{len(body)}\n%%EOF\n"
    ).encode()
    if outline is None:
        return written
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(written)))
    writer.add_outline_item(title=outline, page_number=1)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def docx(paragraphs: str) -> bytes:
    stream = io.BytesIO()
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'wordprocessingml.document.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1"'
            ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
            ' Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{namespace}"><w:body>{paragraphs}</w:body></w:document>',
        )
        archive.writestr(
            "word/styles.xml",
            f'<w:styles xmlns:w="{namespace}"><w:style w:type="paragraph" w:styleId="Heading1">'
            '<w:name w:val="heading 1"/></w:style></w:styles>',
        )
        archive.writestr(
            "word/_rels/document.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1"'
            ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>'
            "</Relationships>",
        )
    return stream.getvalue()


def test_markdown_keeps_title_headings_and_front_matter(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text('---\ntitle: "Guide"\nlang: en\n---\n# Hello\n\nText.\n', encoding="utf-8")
    document = load(file)

    assert document.title == "Guide"
    assert document.metadata == {"title": "Guide", "lang": "en"}
    assert chunk(document)[0].text == "# Hello\n\nText.\n"
    assert document.text[chunk(document)[0].start :] == "# Hello\n\nText.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_is_read_in_the_encodings_that_windows_writes(tmp_path: Path, encoding: str) -> None:
    text = "黑客松手册：参赛队伍由二到五人组成，现场提供网络、电源和三餐，请带上身份证件。"
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))

    assert load(tmp_path / "a.txt").text == text


def test_windows_line_ends_become_plain_ones(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\r\n\r\ntwo\r\n")

    assert load(tmp_path / "a.txt").text == "one\n\ntwo\n"


def test_html_keeps_title_headings_and_tables_but_no_menus_or_scripts(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "<html><head><title>手册</title><script>alert(1)</script></head><body><nav>Home</nav><h1>Rules</h1>"
        "<h2>Teams</h2><p>Two to <b>five</b> people.</p><table><tr><th>a</th></tr><tr><td>1</td></tr></table></body>",
        encoding="utf-8",
    )
    document = load(tmp_path / "a.html")

    assert document.title == "手册"
    assert chunk(document)[-1].heading == "Rules › Teams"
    assert "| 1 |" in document.text
    assert "alert" not in document.text and "Home" not in document.text


def test_pdf_keeps_pages_and_takes_headings_from_the_outline(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf("The first page.", "The second page.", outline="Part two"))
    document = load(tmp_path / "a.pdf")
    last = chunk(document)[-1]

    assert document.page_at(document.text.index("first")) == 1
    assert (last.text.strip(), last.page, last.heading) == ("The second page.", 2, "Part two")


def test_docx_keeps_headings(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(
        docx(
            '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Rules</w:t></w:r></w:p>'
            "<w:p><w:r><w:t>两到五人组队。</w:t></w:r></w:p>"
        )
    )

    assert chunk(load(tmp_path / "a.docx"))[0].heading == "Rules"
    assert "两到五人组队。" in load(tmp_path / "a.docx").text


def test_csv_is_a_table_with_its_first_row_as_header(tmp_path: Path) -> None:
    rows = "".join(f'{n},"dish, number {n}"\n' for n in range(300))
    (tmp_path / "a.csv").write_text("id,name\n" + rows, encoding="utf-8")
    chunks = chunk(load(tmp_path / "a.csv"))

    assert len(chunks) > 2
    assert all(each.in_context.startswith("id,name\n") for each in chunks)


@pytest.mark.parametrize(
    ("name", "content", "cure"),
    [
        ("empty.md", b"", "holds no text"),
        ("blank.txt", b" \n\n ", "holds no text"),
        ("only-front-matter.md", b"---\ntitle: x\n---\n", "holds no text"),
        ("binary.txt", bytes(range(256)) * 20, "not text|binary"),
        ("broken.pdf", b"%PDF-1.4 nothing more", "not a readable PDF"),
        ("scan.pdf", pdf("", ""), "OCR"),
        ("broken.docx", b"PK but no archive", "not a readable .docx"),
        ("picture.png", b"\x89PNG", "Readable are: .md"),
        ("deep.html", b"<div>" * 3000 + b"x", "nested too deeply"),  # a RecursionError ended the whole run
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, cure: str) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(Problem, match=cure) as problem:
        load(tmp_path / name)
    assert name in problem.value.en and name in problem.value.zh


def test_an_encrypted_pdf_says_so(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Secret."))))
    writer.encrypt("password", algorithm="RC4-128")
    writer.write(tmp_path / "secret.pdf")

    with pytest.raises(Problem, match="is encrypted"):
        load(tmp_path / "secret.pdf")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(LARGEST_FILE_BYTES + 1)

    with pytest.raises(Problem, match="too large"):
        load(tmp_path / "huge.txt")


def test_hidden_folders_and_unknown_formats_are_passed_over(tmp_path: Path) -> None:
    for name in ("a.md", "b.png", ".git/c.md", "sub/d.TXT", "~$open.docx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")

    assert [file.name for file in find_files([tmp_path])] == ["a.md", "d.TXT"]


def test_a_path_that_does_not_exist_is_a_problem() -> None:
    with pytest.raises(Problem, match="does not exist"):
        list(find_files([Path("nowhere")]))
