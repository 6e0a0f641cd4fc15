"""Web pages as sites make them: their text, and nothing around it."""

from pathlib import Path

import pytest

from rag.loaders import load
from rag.loaders.web.page import parse_html
from rag.text.chunker import chunk

BANNERS = [
    "<div id='CybotCookiebotDialog' role='dialog'>This website uses cookies.</div>",
    "<div class='cc-window cc-banner' aria-label='cookieconsent'>We use cookies. <a>Got it!</a></div>",
    "<div class=box><p>We use cookies to know you.</p><button>Accept all</button> <button>Reject</button></div>",
    "<div class=box><p>本网站使用 Cookie 改善体验。</p><a href=x>同意</a></div>",
    "<section aria-label='Cookie banner'>Cookies help us.</section>",
    "<div class=box><p>We use cookies.</p><div role=button>Accept all</div><span role=button>OK</span></div>",
    "<div id=gdpr_popup>Your data matter to us.</div>",
    "<div class=box><p>This site has cookies.</p><button>OK, accept all!</button></div>",
    "<div class=cookie-bar>Wir verwenden Cookies.</div>",
]
HIDDEN = [
    "<p style='DISPLAY : none !important'>Ghost</p>",
    "<p style='color:red;visibility:hidden'>Ghost</p>",
    "<p style='font-size:0'>Ghost</p>",
    "<p style='opacity: 0;'>Ghost</p>",
    "<p style='opacity:0.0'>Ghost</p>",
    "<p style='font-size:1px'>Ghost</p>",
    "<p style='position:absolute; left:-9999px'>Ghost</p>",
    "<p style='text-indent:-9999px'>Ghost</p>",
    "<p style='height:0;overflow:hidden'>Ghost</p>",
    "<p style='clip-path:inset(100%)'>Ghost</p>",
    "<p style='position:absolute;clip:rect(0, 0, 0, 0)'>Ghost</p>",
    "<style>.far{position:fixed;left:-999em} .far:focus{left:0}</style><p class=far>Ghost</p>",
    "<span class=sr-only>Ghost</span>",
    "<p class='visually-hidden'>Ghost</p>",
    "<div class='box d-none'>Ghost</div>",
    "<script type='application/ld+json'>{}</script><div class=hidden>Ghost</div>",
    "<style>.off, #x { display: none }</style><p class=off>Ghost</p><p id=x>Ghost</p>",
    "<template><p>Ghost</p></template>",
    "<dialog>Ghost</dialog>",
    "<!--[if lt IE 9]><p>Ghost</p><![endif]-->",
    "<title>Ghost</title>",
    '<?xml:namespace prefix = o ns = "urn:schemas" />',
]
SHOWN = [
    "<p style='font-size:0.9em; opacity:0.8'>Valve</p>",
    "<p style='position:relative;left:-9999px;height:0'>Valve</p>",
    "<p style='position:absolute;left:-20px;overflow:hidden;height:1em'>Valve</p>",
    "<style>.a{height:0;overflow:hidden} .a{height:auto}</style><p class=a>Valve</p>",
    "<h2 class=sr-only>Valve</h2>",
    "<table><caption class=sr-only>Valve</caption><tr><td>1</table>",
    "<div class='d-none d-md-block'>Valve</div>",
    "<div class='hidden md:flex'>Valve</div>",
    "<script>show()</script><div class=hidden>Valve</div>",
    "<footer>Valve hours: Mo-Fr 9-18. Phone 030 1234.</footer>",
    "<footer><p>Valve Street 4, 10115 Berlin</p><ul><li><a>Imprint</a><li><a>Jobs</a><li><a>Press</a></ul></footer>",
    "<nav><a>Home</a> <a>Fees</a><p>The Valve opens at nine.</p></nav>",
    "<style>@media print { .a { display: none } } .b{display:block}</style><p class=a>Valve</p>",
    "<style>.tab { display: none }</style><script>show()</script><div class=tab>Valve</div>",
    "<details><summary>More</summary>Valve</details>",
    "<dialog open>Valve</dialog>",
    "<div class='page has-cookie-notice'><h1>Guide</h1>Valve</div>",
    "<div id=cookie-message-recipe><h1>Cookies</h1>Valve</div>",
    "<p>I accept cookies as payment. Valve</p>",
    "<header><h1><a href=x>Valve</a></h1></header>",
    "<![CDATA[Valve]]>",
    "<textarea>Valve</textarea>",
    "<fieldset><legend>Valve</legend></fieldset>",
    "<style>.a{display:none} @media (min-width:9em){.a{display:block}}</style><p class=a>Valve</p>",
    "<style>.a{display:none} .a.open{display:block}</style><p class=a>Valve</p>",
    "<p class=unavailable><a href=x>Valve</a></p>",
    "<ul class=navy><li><a href=x>Valve</a></ul>",
    "<div class=navigator-box><a href=x>Valve</a></div>",
    "<div class=homepager><a href=x>Valve</a></div>",
    "<section id=consent-notice><h2>Informed consent</h2>Parents sign for the Valve by May 3.</section>",
    "<ul class=cookie-bar><li>Oatmeal cookie, 2 euros<li>Valve, a cookie with nuts</ul>",
    "<div><h3>Do you use cookies?</h3><p>Valve is our session cookie.</p><a>Allow notifications</a></div>",
    "<div><p>Valve, a cookie with nuts, 2 euros</p><button>OK</button></div>",
    "<article><p>A text.</p><footer>By Ann Valve</footer></article>",
    "<section><p>A text.</p><footer>By Ann Valve</footer></section>",
    "<blockquote>A word.<footer>Valve</footer></blockquote>",
]
MENUS = [
    "<ul class=nav_list><li><a>Home</a><li><a>Prices</a></ul>",
    "<div class=topnav><a>Home</a> | <a>Prices</a></div>",
    "<aside><a>Home</a><br><a>Prices</a></aside>",
    "<header><a>Home</a> <a>Prices</a></header>",
    "<div class=breadcrumb><a>Home</a> › <a>Prices</a></div>",
    "<ul class=mainNav><li><a>Home</a></ul>",
    "<ul class='navbar-nav'><li><a>Home</a></ul>",
    "<footer>Copyright 2026</footer>",
    "<footer><p>© 2026 The Library. Built with Sphinx 8.</p><p>Page 2 of 10</p></footer>",
    "<footer role=contentinfo>Imprint</footer>",
]


def text_of(body: str) -> str:
    return parse_html("a.html", f"<html><body>{body}<p>The pump runs at 4 bar.</p></body></html>").text


@pytest.mark.parametrize("html", [*BANNERS, *HIDDEN, *MENUS])
def test_nothing_but_the_text_is_kept(html: str) -> None:
    assert text_of(html) == "The pump runs at 4 bar.\n"


@pytest.mark.parametrize("html", SHOWN)
def test_what_a_reader_sees_is_kept(html: str) -> None:
    assert "Valve" in text_of(html)


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<main><p>One stop is Lisbon.</p></main><main><p>Two stops is Porto.</p></main>", ["Lisbon", "Porto"]),
        ("<main id=app>Loading…</main><article>The fee is 9.</article><article>It is due in May.</article>",
         ["fee is 9", "May"]),
        ("<main><h1>Guide</h1></main><div>The whole guide is beside its heading, not inside.</div>", ["beside"]),
        ("<div role=main><p>The first half of it.</p></div><p>And then there is the second half of it.</p>",
         ["first half", "second half"]),
        ("<form action=x><form><p>Nested forms.</p></form><label>Name</label></form>", ["Nested forms.", "Name"]),
    ],
)  # fmt: skip
def test_no_part_of_a_page_is_lost(html: str, kept: list[str]) -> None:
    text = parse_html("a.html", f"<html><body>{html}</body></html>").text

    assert [words for words in kept if words not in text] == []


def test_links_beside_the_main_part_are_no_text() -> None:
    links = "".join(f"<div><a href={n}>Another page of this site</a></div>" for n in range(50))
    skip = "<a href='#main'>Skip to content</a><p><a href='#menu'>Skip to menu</a></p>"
    text = parse_html(
        "a.html", f"<body>{skip}<div>{links}</div><main><p>The pump runs.</p></main></body>"
    ).text

    assert text == "The pump runs.\n"


def test_what_helps_to_find_ones_way_is_no_text_beside_the_main_part() -> None:
    """mdBook says its keys and the book's title on every page."""
    keys = '<div id="mdbook-help-popup"><h2>Keyboard shortcuts</h2><p>Press ? for help</p></div>'
    title = '<div id="menu-bar"><h1 class="menu-title">The Book</h1></div>'
    main = '<main><h1>Chapter</h1><p>Text about <span class="shortcuts">shortcuts</span>.</p></main>'

    text = parse_html("page", f"<body>{keys}{title}{main}</body>").text

    assert text == "# Chapter\n\nText about shortcuts.\n"


def test_deep_elements_without_an_end_are_read() -> None:
    assert parse_html("page", "<font>" * 300 + "<p>hello</p>").text.strip() == "hello"


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "cp932", "euc_kr", "cp1252", "koi8_r"])
def test_the_encoding_that_a_page_declares_is_believed(tmp_path: Path, encoding: str) -> None:
    """A line of Chinese in a page that says charset=gb2312 was guessed at."""
    names = {
        "gb18030": "gb2312",
        "cp932": "Shift_JIS",
        "cp1252": "ISO-8859-1",
        "euc_kr": "EUC-KR",
        "koi8_r": "KOI8-R",
    }
    word = {
        "gb18030": "会议",
        "big5": "會議",
        "cp932": "会議",
        "euc_kr": "회의",
        "cp1252": "Größe",
        "koi8_r": "Час",
    }
    page = f"<head><meta charset='{names.get(encoding, encoding)}'></head><p>{word[encoding]}</p>"
    (tmp_path / "a.html").write_bytes(page.encode(encoding))

    assert load(tmp_path / "a.html").text == word[encoding] + "\n"


@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "iso-8859-1", "utf-16", "nonsense"])
def test_a_page_that_declares_another_encoding_than_it_has_is_read_all_the_same(
    tmp_path: Path, declared: str
) -> None:
    page = f"<meta charset={declared}><p>图书馆在二楼，钥匙在前台。</p>"
    for encoding in ("utf-8", "gb18030"):
        (tmp_path / "a.html").write_bytes(page.encode(encoding))

        assert "图书馆在二楼" in load(tmp_path / "a.html").text


def rows(html: str) -> list[str]:
    return [
        line
        for line in parse_html("a.html", html).text.splitlines()
        if line.startswith("|") and "---" not in line
    ]


def test_cells_that_reach_to_the_end_or_over_each_other(tmp_path: Path) -> None:
    assert rows(
        "<table><tr><td>a</td><td rowspan=0>z</td></tr><tr><td>b</td></tr><tr><td>c</td></tr></table>"
    )[1:] == [
        "| a | z |",
        "| b | z |",
        "| c | z |",
    ]
    assert rows("<table><tr><td rowspan=2 colspan=2>x</td><td>1</td></tr><tr><td>2</td></tr></table>")[
        1:
    ] == [
        "| x | x | 1 |",
        "| x | x | 2 |",
    ]


@pytest.mark.real
@pytest.mark.parametrize(
    "html",
    [
        "<table>" + "<tr><td colspan=1000>x" * 25 + "</table>",
        "<table><tr><td rowspan=9999>"
        + "word " * 5000
        + "</td></tr>"
        + "<tr><td>1</td></tr>" * 300
        + "</table>",
        "<!DOCTYPE x [" * 2000,
        "<div>" + "<a>OK</a>" * 300 + "word " * 20_000 + "</div>",
        "<table><tr>" + "<td rowspan=9999>x" * 1000 + "<tr>" * 3000 + "</table>",
        "<main>" + "word " * 1000 + "</main>" + "<a href=#x>y</a> " * 5000,
        "<div>" + "<div><button>OK</button>" * 150 + "</div>" * 151,
        "<b>x" * 300 + "</b>" * 300,
    ],
    ids=[
        "wide cells",
        "a long cell",
        "declarations",
        "buttons",
        "tall cells",
        "links",
        "deep buttons",
        "deep signs",
    ],
)
def test_a_small_page_cannot_ask_for_hours_or_gigabytes(html: str) -> None:
    """Each took minutes, or more memory than there is: what comes out is bounded by what went in."""
    assert len(parse_html("a.html", f"<p>The end.</p>{html}").text) < 1_000_000


def test_a_question_and_its_answer_are_found_under_their_heading(tmp_path: Path) -> None:
    html = "<form id=aspnetForm><div><h1>Opening hours</h1><p>The office opens at 8:15 on weekdays.</p></div></form>"
    [only] = chunk(parse_html("a.html", html))

    assert (only.heading, "8:15" in only.text) == ("Opening hours", True)


@pytest.mark.real
def test_elements_without_an_end_follow_each_other() -> None:
    """Hundreds of list items or rows without an end were nested as deep: refused."""
    items = parse_html(
        "a.html", "<ul>" + "".join(f"<li>Item {n}" for n in range(600)) + "</ul><p>One<p>Two"
    ).text
    table = rows("<table><tr><th>a<th>b" + "".join(f"<tr><td>{n}<td>x" for n in range(600)) + "</table>")

    assert "- Item 7\n- Item 8\n" in items and items.endswith("One\n\nTwo\n")
    assert table[0] == "| a | b |" and table[-1] == "| 599 | x |"


def test_lists_and_tables_inside_others_stay_there() -> None:
    text = parse_html("a.html", "<ul><li>A<ul><li>a1<li>a2</ul><li>B</ul>").text

    assert text == "- A\n  - a1\n  - a2\n- B\n"
    assert (
        rows("<table><tr><td>1<td><table><tr><td>in<td>side</table><tr><td>2<td>3</table>")[-1] == "| 2 | 3 |"
    )


LAYOUT = (
    "<table><tr><td colspan=2><h1>City library</h1></td></tr>"
    "<tr><td width=150><a>Home</a><br><a>News</a><br><a>Contact</a></td>"
    "<td><h2>Hours</h2><p>It opens at 9.</p><ul><li>Not in May</ul>{}</td></tr></table>"
)
ROOMS = "<table><tr><th>Room<th>Seats<tr><td>A<td>12</table>"


def test_a_page_in_a_table_is_read_as_a_page() -> None:
    """Pages of old and of ASP.NET were one row: no title, no headings, the menu as text."""
    document = parse_html("a.html", LAYOUT.format(ROOMS))

    assert document.title == "City library"
    assert document.text == (
        "# City library\n\n## Hours\n\nIt opens at 9.\n\n- Not in May\n\n"
        "| Room | Seats |\n| --- | --- |\n| A | 12 |\n"
    )


@pytest.mark.parametrize(
    "html",
    [
        f"<form>{LAYOUT.format('')}</form>",
        f"<table><form><tr><td>{LAYOUT.format('')}</td></tr></form></table>",
        "<table><tr><td><h2>Hours</h2></td></tr><tr><td>It opens at 9.</td></tr></table>",
        "<table role=presentation><tr><td><b>Hours</b></td><td><h2>Hours</h2>It opens at 9.</td></tr></table>",
        "<table><tr><td colspan=2><h2>Hours</h2><tr><td>May<td>It opens at 9.<tr><td>June<td>At 8.</table>",
    ],
    ids=["in a form", "in one another", "a column", "a newsletter", "a heading above a table"],
)
def test_headings_in_tables_of_layout_are_headings(html: str) -> None:
    document = parse_html("a.html", html)

    assert "Hours" in [block.label for block in document.blocks if block.kind == "heading"]
    assert "It opens at 9." in document.text


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><th>Hall<th>About<tr><td>A<td><h3>Large</h3><p>120 seats</p></table>",
        "<table>" + "<tr><td>{}<td><h3>Talk</h3><p>About {}</p>" * 4 + "</table>",
        "<table><tr><td><h3>Hall</h3><td><h3>Fee</h3><tr><td>A<td>40</table>",
    ],
    ids=["with a header", "a programme", "headings for a header"],
)
def test_headings_in_tables_of_data_stay_there(html: str) -> None:
    assert [block.kind for block in parse_html("a.html", html).blocks] == ["table"]


def test_a_table_in_a_table_is_said_in_its_cell() -> None:
    inner = "<table><tr><td>Power<td>5 W<tr><td>Weight<td>2 kg</table>"

    assert rows(f"<table><tr><th>Model<th>Data<tr><td>X1<td>{inner}</table>")[-1] == (
        "| X1 | Power: 5 W; Weight: 2 kg |"
    )


def test_cells_that_reach_into_the_void_are_said_once() -> None:
    """Two of a thousand columns made 230 chunks."""
    assert rows("<table><tr><td colspan=1000>x<tr><td colspan=1000>y</table>") == ["|  |", "| x |", "| y |"]


def test_the_first_row_of_a_plain_table_names_its_columns() -> None:
    rows = "".join(f"<tr><td>Hall {n}</td><td>{n * 40}</td><td>yes</td></tr>" for n in (1, 2))
    named = f"<table><tr><td>Hall</td><td>Seats</td><td>Piano</td></tr>{rows}</table>"

    assert (
        "| Hall | Seats | Piano |\n| --- | --- | --- |\n| Hall 1 | 40 | yes |"
        in parse_html("a.html", named).text
    )


def test_names_and_values_are_no_header() -> None:
    pairs = "".join(
        f"<tr><td>{name}</td><td>{value}</td></tr>"
        for name, value in (("Hall", "A"), ("Fee", "9"), ("Key", "B"))
    )

    assert "| Hall | A |" in parse_html("a.html", f"<table>{pairs}</table>").text.split("---")[-1]


def text(html: str) -> str:
    return parse_html("a.html", html).text.strip()


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<!--[if IE 6]><p>Old.</p><![endif]--><h1>Fees</h1><p>Forty.</p><!-- x --><p>End.</p>",
         "# Fees\n\nForty.\n\nEnd."),
        ("<!--[if gt IE 8]><!--> <html> <!--<![endif]--><head><title>T</title></head><body><p>Page.</p>", "Page."),
        ("<p>One.</p><!--[if !IE]><!--><p>Two.</p><!--<![endif]--><![if !IE]><p>Three.</p><![endif]>",
         "One.\n\nTwo.\n\nThree."),
        ("<script>x = '<!--'</script><p>One.</p><!-- a --><p>Two.</p>", "One.\n\nTwo."),
    ],
)  # fmt: skip
def test_conditional_comments_hide_only_what_is_inside(html: str, expected: str) -> None:
    assert text(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<html><body><p>One.</p></body></html><p>Two.</p>",
        "<html><body><p>One.</p></body></html><html><head><title>B</title></head><body><p>Two.</p></body></html>",
        "<p>One.</p><html><body><p>Two.</p></body></html>",
    ],
)
def test_text_around_the_body_is_kept(html: str) -> None:
    assert text(html) == "One.\n\nTwo."


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<h1>Install<a class="headerlink" href="#install" title="Permalink">¶</a></h1>', "# Install"),
        ("<h2><a href=/page#c>#</a> C#</h2>", "## C#"),
        ("<h2><a href=/long>Fees</a> and <a name=x>fines</a></h2>", "## Fees and fines"),
        ("<a href=x><h2>Lunch</h2><p>At noon.</p></a>", "## Lunch\n\nAt noon."),
        ("<p>See <a href=#rule>rule</a> 3<a href=#note>*</a>.</p>", "See [rule](#rule) 3[*](#note)."),
    ],
)
def test_headings_hold_no_addresses(html: str, expected: str) -> None:
    assert text(html) == expected


KATEX = (
    "<span class=katex><span class=katex-mathml><math><semantics><mrow><mi>F</mi><mo>=</mo><mi>a</mi></mrow>"
    '<annotation encoding="application/x-tex">F=a</annotation></semantics></math></span>'
    "<span class=katex-html aria-hidden=true>F=a</span></span>"
)
SUM = "<mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f"<p>So {KATEX} holds.</p>", "So F=a holds."),
        ("<span style='display:none'><math><mi>x</mi></math></span><img src=x.svg>", "x"),
        ("<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>", "a/b"),
        (f"<math><mfrac>{SUM}<mi>b</mi></mfrac></math>", "(a+1)/b"),
        (f"<m:math><m:msup>{SUM}<m:mn>2</m:mn></m:msup></m:math>", "(a+1)^2"),
        (f"<math><msqrt>{SUM}</msqrt><mo>=</mo><msub><mi>x</mi><mn>0</mn></msub></math>", "√(a+1)=x_0"),
    ],
)
def test_a_formula_is_said_once_and_on_one_line(html: str, expected: str) -> None:
    assert text(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("5×10<sup>6</sup> or <b>10</b><sup>-3</sup>", "5×10^6 or **10**^-3"),
        ("the 1<sup>st</sup> m<sup>2</sup>", "the 1st m2"),
        ("in 2019<sup>[1]</sup> and 2020<sup><a href=#n>2</a></sup>", "in 2019[1] and 2020[2](#n)"),
    ],
)
def test_a_power_of_a_number_is_no_digit_of_it(html: str, expected: str) -> None:
    assert text(html) == expected


def test_text_between_two_rules_is_no_front_matter() -> None:
    document = parse_html("a.html", "<hr><p>Name: Heron<br>Room: 12</p><hr><p>Text.</p>")

    assert not document.metadata
    assert any("Room: 12" in document.text[block.start : block.end] for block in document.blocks)


def test_a_list_goes_on_counting_where_it_says() -> None:
    items = "<li>Wash<li><p>Rinse</p><p>Twice</p><li>"

    assert text(f"<ol start=4>{items}</ol>") == "4. Wash\n5. Rinse\n\n   Twice"
