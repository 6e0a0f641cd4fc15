from pathlib import Path

import pytest
from fakes.pdf import pdf

from kit.problem import Problem
from rag.files.folder import find_files
from rag.loaders import LARGEST_FILE_BYTES, LOADERS, load
from rag.text.chunker import chunk


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


def test_csv_is_a_table_with_its_first_row_as_header(tmp_path: Path) -> None:
    rows = "".join(f'{n},"dish, number {n}"\n' for n in range(300))
    (tmp_path / "a.csv").write_text("id,name\n" + rows, encoding="utf-8")
    chunks = chunk(load(tmp_path / "a.csv"))

    assert len(chunks) > 2
    assert all(each.in_context.startswith("id,name\n") for each in chunks)


@pytest.mark.parametrize("before", ["\n\n", "sep=;\n", "\r\nsep=;\r\n"])
def test_the_header_is_the_first_line_with_cells(tmp_path: Path, before: str) -> None:
    (tmp_path / "rooms.csv").write_text(f"{before}room;beds\nAurora;4\n", encoding="utf-8", newline="")

    document = load(tmp_path / "rooms.csv")

    assert {block.label for block in document.blocks} == {"room;beds\n"}


@pytest.mark.parametrize(
    ("name", "content", "cure"),
    [
        ("empty.md", b"", "is empty"),
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


@pytest.mark.parametrize("suffix", LOADERS)
def test_a_file_without_a_byte_is_called_empty(tmp_path: Path, suffix: str) -> None:
    """By its format it was no JSON, no archive, or to be saved as PDF."""
    (tmp_path / f"new{suffix}").touch()

    with pytest.raises(
        Problem, match=r"new\.\w+ is empty: it has no bytes\. Save it again, or leave it out"
    ) as problem:
        load(tmp_path / f"new{suffix}")
    assert "是空文件" in problem.value.zh


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


@pytest.mark.parametrize(
    ("html", "kept", "dropped"),
    [
        (
            "<form><h1>Hours</h1><input value=x><p>Open at nine.</p></form>",
            ["# Hours", "Open at nine."],
            ["x"],
        ),
        ("<article>One is a hen.</article><article>Two is a fox.</article>", ["hen", "fox"], []),
        ("<main> </main><div>The code is owl.</div>", ["owl"], []),
        ("<main><p>Loading</p></main><p>The word for today is a whole sentence.</p>", ["whole sentence"], []),
        ("<p>Menu card</p><main><p>The main text stands here.</p></main>", ["main text", "Menu card"], []),
        (
            "<header><h1>Model X200</h1></header><main><p>It runs at 4 bar.</p></main>",
            ["# Model X200", "4 bar"],
            [],
        ),
        (
            "<nav><h1><a>Model X200</a></h1><a>Home</a></nav><main><p>4 bar.</p></main>",
            ["# Model X200"],
            ["Home"],
        ),
        (
            "<main><p>4 bar.</p></main><section><h2>Prices</h2><p>Entry is 5 euros.",
            ["## Prices", "5 euros"],
            [],
        ),
        ("<main><p>It runs at 4 bar.</p></main><aside>Never open valve 7.</aside>", ["valve 7"], []),
        ("<nav hidden><h1>Ghost</h1></nav><p>4 bar.</p>", ["4 bar."], ["Ghost"]),
        ("<div><template shadowrootmode=open><p>Valve 4.</p></template></div>", ["Valve 4."], []),
        (
            "<p><ruby>東京<rt>とうきょう</rt></ruby>に<ruby>行<rp>(</rp><rt>い</rt><rp>)</rp></ruby>く",
            ["東京に行く"],
            [],
        ),
        ("<div class='cookie-notice'>We use cookies.</div><p>Valve 4.</p>", ["Valve 4."], ["cookies"]),
        ("<div id=cookie-recipe>Cookies need butter.</div>", ["butter"], []),
        ("<div class=sidebar><a>Home</a> <a>About</a></div><p>Valve.</p>", ["Valve"], ["Home", "About"]),
        ("<div class=sidebar>Call 555 in an emergency.</div>", ["555"], []),
        ("<p hidden>Ghost</p><p style='display: none'>Shade</p><p>Valve.</p>", ["Valve"], ["Ghost", "Shade"]),
        ("<!DOCTYPE html [<!ENTITY a 'b'>]><p>Valve.</p>", ["Valve."], ["ENTITY", "]>"]),
        ("<h3><button>What does it cost?</button></h3><p>Nothing.</p>", ["What does it cost?"], []),
    ],
)
def test_html_loses_no_text_and_keeps_no_furniture(
    tmp_path: Path, html: str, kept: list[str], dropped: list[str]
) -> None:
    (tmp_path / "a.html").write_text(f"<html><body>{html}</body></html>", encoding="utf-8")
    text = load(tmp_path / "a.html").text

    assert [word for word in kept if word not in text] == []
    assert [word for word in dropped if word in text] == []


def test_a_cell_that_reaches_over_rows_is_said_in_each(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "<table><tr><th>Day</th><th>Meal</th><th>Time</th></tr>"
        "<tr><td rowspan=2>Sunday</td><td>Lunch</td><td>11:30</td></tr><tr><td>Dinner</td><td>18:00</td></tr>"
        "<tr><td>Monday</td><td colspan=2>closed</td></tr></table>",
        encoding="utf-8",
    )
    rows = [line for line in load(tmp_path / "a.html").text.splitlines() if line]

    assert rows[2:] == [
        "| Sunday | Lunch | 11:30 |",
        "| Sunday | Dinner | 18:00 |",
        "| Monday | closed | closed |",
    ]


@pytest.mark.parametrize(
    ("text", "metadata", "begins"),
    [
        ("---\nThe fee is 9 euros.\n---\nMore.\n", {}, "---"),
        ("---\ntitle: >-\n  A long\n  title\ntags: [a, b]\n---\nText.\n", {"title": "A long title", "tags": "a, b"},
         "Text."),
        ("---\ntitle: Rules: the new ones\nlang: no\n---\nText.\n", {"title": "Rules: the new ones", "lang": "no"},
         "Text."),
        ("---\n\n---\nText.\n", {}, "---"),
        ("---\nNote: the deposit is 40 euros.\n---\nText.\n", {}, "---"),
        ("---\nnote: The deposit is 40 euros.\n---\nText.\n", {}, "---"),
        ("---\n注意: 押金是四十元。\n---\nText.\n", {}, "---"),
        ("---\nteam: heron\nroom: 12\n---\nText.\n", {"team": "heron", "room": "12"}, "---"),
        ("---\n标题: 手册\n说明: 这是手册。\n---\nText.\n", {"标题": "手册", "说明": "这是手册。"}, "---"),
        ("---\na: &a [x]\nb: *a\n---\nText.\n", {}, "---"),
        ("---\n" + "-a: b\n" * 60 + "x\n---\nText.\n", {}, "---"),
        ("---\ndate: 2026-03\n--- \nText.\n", {"date": "2026-03"}, "Text."),
    ],
)  # fmt: skip
def test_front_matter_is_metadata_and_prose_between_rules_is_text(
    tmp_path: Path, text: str, metadata: dict[str, str], begins: str
) -> None:
    """A sentence between two rules at the head of a file was lost."""
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    document = load(tmp_path / "a.md")

    assert document.metadata == metadata
    assert chunk(document)[0].text.startswith(begins)
    assert document.title == metadata.get("title", document.title)
