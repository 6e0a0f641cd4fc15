import pytest

from rag.document import Document
from rag.loaders.text import paragraphs, parse_markdown
from rag.text.chunker import CHUNK_TOKENS, chunk
from rag.text.sentences import estimate_tokens

CHINESE = "今天的天气很好，我们去公园散步。公园里有很多人在放风筝！你想不想一起来？" * 30
ENGLISH = (
    "Dr. Smith met J. Doe at 3.5 p.m. on Sunday. They talked about rain, e.g. in spring. Was it fun? Yes! "
    * 30
)


def plain(text: str) -> Document:
    return Document("note.txt", "", text, paragraphs(text))


@pytest.mark.parametrize("text", [CHINESE, ENGLISH, CHINESE + "\n\n" + ENGLISH, "x" * 5000, "词" * 5000])
def test_the_chunks_joined_are_the_text_again(text: str) -> None:
    chunks = chunk(plain(text))

    assert "".join(each.text for each in chunks) == text
    assert all(text[each.start : each.end] == each.text for each in chunks)


@pytest.mark.parametrize("text", [CHINESE, ENGLISH, "x" * 5000])
def test_no_chunk_exceeds_the_budget(text: str) -> None:
    assert all(estimate_tokens(each.text) <= CHUNK_TOKENS for each in chunk(plain(text)))


def test_chunks_of_chinese_begin_and_end_with_whole_sentences() -> None:
    chunks = chunk(plain(CHINESE))

    assert len(chunks) > 2
    assert all(each.text.rstrip()[-1] in "。！？" for each in chunks)


def test_abbreviations_and_decimals_do_not_end_a_sentence() -> None:
    starts = {each.text.split()[0] for each in chunk(plain(ENGLISH))}

    assert starts <= {"Dr.", "They", "Was", "Yes!"}


def test_a_long_sentence_is_cut_between_words() -> None:
    text = "alpha beta gamma delta " * 300

    assert all(each.text.split()[0] in ("alpha", "beta", "gamma", "delta") for each in chunk(plain(text)))


def test_chunks_know_their_headings_and_carry_those_above() -> None:
    document = parse_markdown(
        "guide.md", f"# Guide\n\nHello.\n\n## Rules\n\n### Teams\n\n{CHINESE}\n\n## Food\n\nRice.\n"
    )
    chunks = chunk(document)

    assert next(each.heading for each in chunks) == "Guide"
    teams = [each for each in chunks if each.heading == "Guide › Rules › Teams"]
    assert len(teams) > 1
    assert teams[0].text.startswith("## Rules\n\n### Teams")
    assert teams[1].in_context.startswith("Guide › Rules › Teams\n")
    assert chunks[-1].heading == "Guide › Food"


def test_a_table_that_fits_stays_whole() -> None:
    table = "| dish | price |\n|---|---|\n" + "".join(f"| dish {n} | {n} |\n" for n in range(20))
    chunks = chunk(parse_markdown("menu.md", f"{ENGLISH}\n\n{table}\n{ENGLISH}"))

    assert sum(table in each.text for each in chunks) == 1


def test_each_part_of_a_long_table_carries_its_header() -> None:
    header = "| dish | price |\n|---|---|\n"
    chunks = chunk(parse_markdown("menu.md", header + "".join(f"| dish {n} | {n} |\n" for n in range(400))))

    assert len(chunks) > 2
    assert all(each.in_context.startswith(header) for each in chunks)
    assert all(each.text.startswith("| dish") for each in chunks)


def test_code_that_fits_stays_whole_even_with_a_heading_sign_inside() -> None:
    code = "```python\n# not a heading\nprint('a. B')\n```\n"
    chunks = chunk(parse_markdown("code.md", f"# Code\n\n{code}\n{CHINESE}"))

    assert sum(code in each.text for each in chunks) == 1
    assert all("not a heading" not in each.heading for each in chunks)


def test_windows_are_a_sentence_or_two_and_leave_nothing_out() -> None:
    first = chunk(plain(CHINESE))[0]

    assert "".join(first.windows()) == first.text
    assert all(window.rstrip()[-1] in "。！？" for window in first.windows())
