import random

import pytest

from kit.problem import Problem
from rag.loaders.encodings.decode import decode, encoding_of

SHORT_CHINESE = [
    "明天停课。", "请带身份证", "门牌号是七零九", "地址：五号楼", "密码在胸牌背面", "周六十点开门", "可口可乐",
    "安全第一", "报名截止周五", "饭卡补办三天", "价格二百元", "无辣不欢",
]  # fmt: skip
ENCODED = [
    *[(text, encoding) for text in SHORT_CHINESE for encoding in ("gb18030", "utf-16-le", "utf-16-be")],
    ("明天放假一天", "big5"),
    ("請帶身分證與學生證", "big5"),
    *[(text, "gb18030") for text in ("α=0.05 显著", "第Ⅱ卷 β值")],
    *[("圖書館在二樓", encoding) for encoding in ("utf-16-le", "utf-16-be")],
    ("第一会議室 三階", "cp932"),
    ("京都市左京区吉田本町", "cp932"),
    ("会議は三号館です。", "cp932"),
    ("明日は休みです", "euc_jp"),
    ("회의는 삼호관에서 합니다.", "cp949"),
    ("Собрание в третьем корпусе завтра утром.", "cp1251"),
    *[(text, encoding) for text in ("Собрание завтра", "Открыто с восьми", "Ключ: 4471")
      for encoding in ("cp1251", "utf-16-le")],
    *[(text, "cp1252") for text in ("Zürich", "naïve", "Größe: 4", "30 °C ± 2", "© 2026 Müller", "café crème brûlée",
                                    "El niño está aquí", "Ärzte", "Prix : 4 € à café", "It’s “fine” – really")],
]  # fmt: skip


@pytest.mark.parametrize(("text", "encoding"), ENCODED)
def test_short_texts_are_read_in_their_own_encoding(text: str, encoding: str) -> None:
    """Chinese lines of 4 to 9 characters in GBK were indexed as Korean."""
    assert decode(text.encode(encoding), "a.txt") == (text, [])


@pytest.mark.parametrize("text", SHORT_CHINESE)
def test_one_line_of_chinese_among_english_ones_keeps_its_encoding(text: str) -> None:
    mixed = f"Room: 12\nName: Heron\n{text}\n"

    assert decode(mixed.encode("gb18030"), "a.txt")[0] == mixed
    assert decode(mixed.encode("utf-16-le"), "a.txt")[0] == mixed


@pytest.mark.parametrize("at", [0, 3, 30, 60])
def test_one_bad_byte_in_utf_8_is_replaced_and_said(at: int) -> None:
    """The whole file was refused, or came as gibberish."""
    line = "图书馆在二楼。".encode()
    data = (line * 4)[:at] + b"\xff" + (line * 4)[at:]
    text, [warning] = decode(data, "notes.txt")

    assert text == data.decode("utf-8", "replace")
    assert "notes.txt: 1 broken bytes were replaced" in warning.en and "--encoding" in warning.en


@pytest.mark.parametrize("lost", [1, 2])
def test_a_text_cut_off_inside_a_character_is_read_to_there(lost: int) -> None:
    text, warnings = decode("图书馆在二楼，钥匙在前台。".encode()[:-lost], "a.txt")

    assert text == "图书馆在二楼，钥匙在前台\ufffd" and len(warnings) == 1


def test_a_zero_byte_in_a_log_is_dropped_and_a_binary_file_refused() -> None:
    assert decode(b"line 1\nline 2 \0 end\nport 8080\n", "a.log")[0] == "line 1\nline 2  end\nport 8080\n"
    with pytest.raises(Problem, match="binary"):
        decode(bytes(range(32)) * 20, "a.bin")


def test_a_named_encoding_is_obeyed() -> None:
    assert decode("café".encode("cp1252"), "a.txt", "cp1252")[0] == "café"


def test_a_picture_inside_a_text_leaves_its_mark_only() -> None:
    """One picture in base64 was indexed as 601 vectors."""
    text, _ = decode(b"Before ![](data:image/png;base64," + b"iVBORw0KGgo" * 900 + b") after", "a.md")

    assert text == "Before ![](data:image/png;base64,…) after"


ADDRESS = "图书馆在二楼，钥匙在前台。请周五之前归还，逾期每天一元。"


@pytest.mark.parametrize("at", [0, 10, 20])
@pytest.mark.parametrize(("encoding", "bad"), [("gb18030", b"\xff"), ("big5", b"\xff"), ("euc_jp", b"\xff")])
def test_one_bad_byte_in_an_old_encoding_is_replaced_and_said(encoding: str, bad: bytes, at: int) -> None:
    text = {
        "gb18030": ADDRESS,
        "big5": "圖書館在二樓，鑰匙在前台。請週五之前歸還。",
        "euc_jp": "図書館は二階です。鍵は受付にあります。",
    }
    data = text[encoding].encode(encoding)
    read, [warning] = decode(data[:at] + bad + data[at:], "a.txt")

    assert read.replace("\ufffd", "") == text[encoding] and "a.txt: 1 broken bytes" in warning.en


@pytest.mark.parametrize(
    "text",
    ["पुस्तकालय दूसरी मंज़िल पर है।", "Café et naïveté, très cher.", "Größe: 4, Süße: 7", "El niño comió piñas."],
)
def test_any_letters_and_a_bad_byte_are_utf_8_with_a_fault(text: str) -> None:
    read, warnings = decode(text.encode() + b"\xff\n", "a.txt")

    assert read == text + "\ufffd\n" and len(warnings) == 1


@pytest.mark.parametrize("zeros", [1, 7, 4096])
def test_zero_bytes_are_dropped_however_many(zeros: int) -> None:
    """Programs that crash leave blocks of zeros at the end of what they wrote: "binary file"."""
    assert decode(b"port is 8899\n" + bytes(zeros), "a.txt") == ("port is 8899\n", [])
    assert decode("端口是 8899\n".encode() + bytes(zeros), "a.txt") == ("端口是 8899\n", [])


def test_colours_of_a_log_are_no_text() -> None:
    assert decode(b"\x1b[32mINFO\x1b[0m up\n" * 9, "a.txt")[0] == "INFO up\n" * 9


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    ["こんにちは", "カメラはどこですか", "The code is 4471. 代码是四四七一。\n", "Код: 4471, дверь справа"],
)
def test_utf_16_without_its_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "a.txt") == (text, [])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("![](data:image/png;base64,\n" + ("iVBORw0KGgo" * 7 + "\n") * 40 + "AA==) after",
         "![](data:image/png;base64,…) after"),
        ('{"photo": "' + "iVBORw0KGgo" * 400 + '"}', '{"photo": "…"}'),
        ("url(data:image/svg+xml;charset=utf-8;base64," + "PHN2Zw8" * 20 + ")",
         "url(data:image/svg+xml;charset=utf-8;base64,…)"),
        ("![](data:image/svg+xml;utf8," + "%3Csvg%20x%3D" * 90 + ") after", "![](data:image/svg+xml;utf8,…) after"),
        ("url(\"data:image/svg+xml,<svg width='9'><path d='M 1 2 (3)'/></svg>\") after",
         'url("data:image/svg+xml,…") after'),
        ("-----BEGIN KEY-----\n" + ("iVBORw0KGgo7" * 5 + "iVBO\n") * 6 + "AA==\n-----END KEY-----",
         "-----BEGIN KEY-----\n…\n-----END KEY-----"),
        ("\n" + ("  " + "JVBERi0xLjQK" * 6 + "JVBE\n") * 9 + "Regards\n", "\n  …\nRegards\n"),
        (("ACGT" * 15 + "\n") * 9, ("ACGT" * 15 + "\n") * 9),
        (("0123456789abcdef" * 4 + "\n") * 9, ("0123456789abcdef" * 4 + "\n") * 9),
        ("say data:, and data:text/plain,hello", "say data:, and data:text/plain,hello"),
        ("write data:image/png;base64,DATA here", "write data:image/png;base64,DATA here"),
        ("x" * 3000, "x" * 3000),
        ("词" * 3000, "词" * 3000),
    ],
    ids=["wrapped", "bare", "with parameters", "signs written out", "a drawing", "a key", "mail", "DNA", "checksums",
         "short ones", "an example", "one letter", "Chinese"],
)  # fmt: skip
def test_pictures_inside_a_text_are_found_and_words_are_none(written: str, read: str) -> None:
    assert decode(written.encode(), "a.md")[0] == read


VERY_SHORT = [
    *[(text, "big5") for text in ("密碼：4471", "密碼", "規則：", "圖書館", "今天", "電話：123", "Wi-Fi密碼")],
    *[(text, "gb18030") for text in ("①②③ 步骤", "Ⅲ级")],
    *[(text, "gb18030") for text in ("密码", "规则：", "你好", "三楼", "出口", "密码是abc", "规則：繁體")],
    *[(text, "cp1252") for text in ("Ça va", "5 µm", "Åbo", "é", "30 °C", "¡Hola!", "½ cup", "Ähre", "«Bonjour»")],
    *[(text, "cp932") for text in ("会議室は３階", "休業日", "暗証番号：4471", "カメラ", "立入禁止", "ﾊﾟｽﾜｰﾄﾞ")],
    *[(text, "cp949") for text in ("안녕하세요", "비밀번호", "도서관", "가격: 2000원", "출입금지")],
    *[(text, "cp1251") for text in ("Привет", "пароль", "нет", "Київ, Україна")],
    *[(text, "utf-16-le") for text in ("ab", "Hi!", "密码", "비밀번호", "Çok", "да")],
]  # fmt: skip


@pytest.mark.parametrize(("text", "encoding"), VERY_SHORT)
def test_a_word_or_two_are_read_in_their_own_encoding(text: str, encoding: str) -> None:
    """Big5 was taken for signs of Western texts, "Ça va" for two hanzi without its last letter."""
    assert decode(text.encode(encoding), "a.txt")[0] == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Toplantı üçüncü katta, şifre kapıda yazıyor.", "cp1254"),
        ("הספרייה בקומה השנייה, והמפתח בקבלה. נא להחזיר עד יום שישי.", "cp1255"),
        ("Η βιβλιοθήκη είναι στον δεύτερο όροφο και το κλειδί στην υποδοχή.", "cp1253"),
        ("Библиотека на втором этаже, ключ у вахтёра.", "koi8-r"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy, řekl vůdce.", "cp1250"),
    ],
)  # fmt: skip
def test_a_sentence_with_letters_of_its_own_is_read_in_their_encoding(text: str, encoding: str) -> None:
    """Turkish came with the letters of Iceland, Hebrew as accents."""
    assert decode(text.encode(encoding), "a.txt") == (text, [])


def test_what_may_be_two_words_is_said_with_the_way_out() -> None:
    text, [warning] = decode("滑鼠".encode("big5"), "notes.txt")

    assert f"notes.txt is too short to be sure of its encoding: it was read as “{text}”" in warning.en
    assert "--encoding big5" in warning.en and "--encoding big5" in warning.zh


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(text, "gb18030") for text in ("菠菜", "曹魏", "血脂", "刘禅", "住所", "通话", "芝麻酱", "肌肉\n")]
    + [(text, "big5") for text in ("芝麻", "曹丕")] + [(text, "cp949") for text in ("쌀", "학교 앞")],
)  # fmt: skip
def test_a_few_hanzi_or_syllables_are_right_or_called_doubtful(text: str, encoding: str) -> None:
    """Names and shopping lists in GBK came as Korean, as half-width kana or, where they keep the rules of UTF-8, as
    letters of two alphabets, and nothing was said."""
    read, warnings = decode(text.encode(encoding), "list.txt")

    assert read == text or "list.txt is too short to be sure of its encoding" in warnings[0].en


@pytest.mark.parametrize("text", ["住院", "通讯录"])
def test_hanzi_that_keep_the_rules_of_utf_8_are_hanzi(text: str) -> None:
    read, [warning] = decode(text.encode("gbk"), "a.txt")

    assert read == text and "--encoding utf-8" in warning.en


@pytest.mark.parametrize("text", ["é", "да", "Ключ", "שלום", "Rūta", "© 2026", "½ l", "Ժամ", "łódź"])
def test_few_letters_in_utf_8_stay_what_they_are(text: str) -> None:
    assert decode(text.encode(), "a.txt")[0] == text


@pytest.mark.parametrize(
    ("text", "lost"),
    [("The rent is 30 euros €", 1), ("it wasn’", 1), ("Am Gerät: grü", 1), ("grü", 1),
     ("Door code: 鹭", 1), ("Chip ½", 1)],
)  # fmt: skip
def test_letters_of_ascii_cut_off_inside_the_last_character_are_utf_8(text: str, lost: int) -> None:
    """The end made Chinese or Portuguese of it, silently."""
    read, [warning] = decode(text.encode()[:-lost], "a.txt")

    assert read == text[:-1] + "\ufffd" and "a.txt: 1 broken bytes" in warning.en


@pytest.mark.parametrize("text", ["Prix du café", "c'est là", "Müllabfuhr: früh", "José", "Voilà"])
def test_an_accent_at_the_end_is_no_cut_off_character(text: str) -> None:
    assert decode(text.encode("cp1252"), "a.txt")[0] == text


def test_a_byte_that_no_text_has_is_a_broken_one() -> None:
    read, [warning] = decode(b"rent: 30 euros\xff, paid in May", "a.txt")

    assert read == "rent: 30 euros\ufffd, paid in May" and "1 broken bytes" in warning.en


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("傘は受付にあります。", "iso2022_jp"),
        ("Subject: 傘 (umbrella)\nｶｻ 4 本\n", "iso2022_jp_ext"),
        ("傘 伞 우산", "iso2022_jp_2"),
        ("우산은 4층에 있습니다.", "iso2022_kr"),
        ("Subject: 雨伞在前台。\n40 ~ 50\n", "hz"),
    ],
)
def test_letters_that_mail_writes_with_bytes_of_ascii(text: str, encoding: str) -> None:
    """They came as rows of signs, their marks taken for colours of a terminal."""
    assert decode(text.encode(encoding), "mail.txt") == (text, [])
    assert decode(text.encode(encoding), "mail.html", declared=encoding.replace("_", "-")) == (text, [])


@pytest.mark.parametrize(
    "text", ["Fig.~{1}, Table~{2}", "x = ~{a, b}\ny = ~{c}~}\n", "\x1b[1mbold\x1b[0m $B"]
)
def test_tildes_and_colours_are_no_marks_of_those(text: str) -> None:
    assert decode(text.encode(), "a.txt")[0] == text.replace("\x1b[1m", "").replace("\x1b[0m", "")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Библиотека на втором этаже, ключ у вахтёра.", "cp866"),
        ("Библиотека на втором этаже, ключ у вахтёра.", "iso8859_5"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy, řekl vůdce.", "iso8859_2"),
        ("Książka leży na półce, wróć o ósmej.", "iso8859_2"),
    ],
)
def test_what_unix_and_dos_wrote_in_eastern_europe(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "a.txt") == (text, [])


def test_zero_bytes_between_words_part_them() -> None:
    """`find -print0` and columns of fixed width: "firstsecond"."""
    assert decode(b"first.md\0second one.md\0third.md\0", "a.txt")[0] == "first.md\nsecond one.md\nthird.md"


@pytest.mark.parametrize("size", [16, 32, 64])
def test_bytes_by_chance_are_no_text(size: int) -> None:
    """Half of them were: a reading must say more than the bytes do."""
    chance = random.Random(size)
    read = 0
    for _ in range(60):
        try:
            decode(chance.randbytes(size), "a.md")
        except Problem:
            continue
        read += 1

    assert read <= 2


@pytest.mark.parametrize(
    ("label", "encoding"),
    [
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("iso-8859-1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("Shift_JIS", "cp932"),
        ("x-sjis", "cp932"),
        ("euc-kr", "cp949"),
        ("ks_c_5601-1987", "cp949"),
        ("big5", "big5hkscs"),
        ("windows-1254", "cp1254"),
        ("utf8", "utf-8"),
        *[(label, None) for label in ("", "hex", "idna", "undefined", "punycode", "rot13", "no-such", "a\0", "é")],
    ],
)  # fmt: skip
def test_names_of_encodings_mean_what_browsers_take_them_for(label: str, encoding: str | None) -> None:
    assert encoding_of(label) == encoding


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("牛奶,￥6\n面包,￥8\n鸡蛋,￥12\n", "gbk"),
        ("商品,价格\n苹果,￥5\n", "gbk"),
        ("会议室 40㎡，可容 12 人\n", "gbk"),
    ],
)
def test_prices_and_units_are_chinese(text: str, encoding: str) -> None:
    """They were read as Korean, which has ＄ in the place of ￥."""
    assert decode(text.encode(encoding), "prices.csv")[0] == text


@pytest.mark.parametrize(
    ("word", "encoding"),
    [("François café Müller", "cp1252"), ("會議室在三樓，請先登記", "big5"), ("会議室は３階です", "cp932")],
)
def test_what_is_far_into_a_long_line_is_looked_at(word: str, encoding: str) -> None:
    """An export in one line was guessed from its beginning, where all is ASCII."""
    text = '{"a": "' + "lorem ipsum dolor " * 1500 + word + '"}'

    assert decode(text.encode(encoding), "export.json")[0] == text
