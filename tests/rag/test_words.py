import pytest

from rag.text.words import content_words, share_of, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＰＩ　２０２５", "api 2025"),
        ("繁體中文的軟體", "繁体中文的软体"),
        ("臺灣大學", "台湾大学"),
        ("ﾊｯｶｿﾝ", "ハッカソン"),
        ("数据\n库", "数据库"),
        ("STRASSE", "straße"),
    ],
)
def test_these_are_the_same_words(one: str, other: str) -> None:
    assert words(one) == words(other)


def test_chinese_is_read_in_overlapping_pairs_and_english_in_words() -> None:
    assert words("用Python写代码v2") == ["用", "python", "写代", "代码", "v2"]


def test_a_question_keeps_its_telling_words() -> None:
    assert content_words("What is the price of the ticket?") == ["price", "ticket"]
    assert "什么" not in content_words("门票是什么价格？")


def test_a_question_of_stop_words_keeps_them() -> None:
    assert content_words("Who is who?") == ["who", "is"]


def test_the_share_of_words_that_are_held() -> None:
    assert share_of(["ticket", "price"], {"ticket", "bus"}) == 0.5
    assert share_of([], {"ticket"}) == 0
