"""Text that is none is reported, never indexed; what only looks odd is text."""

from pathlib import Path

import pytest

from rag.loaders import load
from rag.loaders.garbage import is_garbage

CHINESE = "图书馆在二楼，钥匙在前台。请周五之前归还，逾期每天一元。"


@pytest.mark.parametrize(
    "text",
    [
        CHINESE.encode("gb18030").decode("latin-1"),
        CHINESE.encode("utf-8").decode("latin-1"),
        CHINESE.encode("cp437", "replace").decode("cp437"),
        *[CHINESE.encode("utf-8").decode(encoding, "ignore") for encoding in ("gbk", "gb18030")],
        "钥匙在前台".encode().decode("gbk", "replace"),
        "鍵は受付にあります。".encode().decode("gbk", "replace"),
        "锟斤拷锟斤拷的押金是锟斤拷锟斤拷锟斤拷锟斤拷锟斤拷",
        "(cid:36)(cid:12)(cid:99)(cid:4) and more (cid:1)",
        "/g12/g33/g9/g100 /g12/g33/g9/g100",
        "".join(chr(0xE000 + n) for n in range(40)),
        "\ufffd" * 10 + " some words around it",
        "□□□□□□□□□ 2026 □□□□□□□□□□□",
        "".join(chr(ord(char) - 29) for char in "This is how fonts without a map come out"),
    ],
)
def test_what_nobody_can_read_is_garbage(text: str) -> None:
    assert is_garbage(text)


@pytest.mark.parametrize(
    "text",
    [
        CHINESE,
        "Où étiez-vous à Noël ? Déjà là-bas, évidemment, près de la forêt brûlée.",
        "Þórður fór í skóginn að sækja við og kom heim með æðarfugl á öxlinni.",
        "Đường đến trường đại học rất gần, chỉ mất mười phút đi bộ từ nhà ga.",
        "¿Qué? ¿Cómo? ¿Cuándo? ¿Dónde está la biblioteca del niño español?",
        "الكتاب على الطاولة والمفتاح عند الباب الأمامي",
        "😀 😀 😀 Party at eight 😀 bring cake 🎂 and friends",
        "if (a != b && c[i] ? d : e) { return /g1/.test(x); } // no more",
        "| 14 | 15 | 16 |\n|----|----|----|\n| 7.5 % | ± 2 °C | × 3 |",
        "¿Y? ¿Qué? ¿Sí? ¿Yo? ¿Él? ¿Tú? ¿Qué? ¿Ah?",
        "□ 是 □ 否 □ 男 □ 女 □ 左 □ 右 ■ 上 □ 下",
        "Why? Who? When? Where? How? What for?",
    ],
)
def test_what_somebody_can_read_is_text(text: str) -> None:
    assert not is_garbage(text)


@pytest.mark.parametrize(
    "text",
    ["/c1/g2\n/c1/g2/c4\n/g7/c2\n/index1/index2\n", "path,visits\n/g1/c1,40\n/g1/c2,41\n",
     "house \ue001\nkey \ue002\npin \ue003\nbell \ue004\ndoor \ue005\n"],
)  # fmt: skip
def test_who_writes_addresses_or_icons_means_them(tmp_path: Path, text: str) -> None:
    """Only fonts of a PDF leave the names of their glyphs."""
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")

    assert load(tmp_path / "a.txt").text == text
    assert is_garbage(text)


def test_broken_bytes_that_were_told_are_no_garbage(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"Caf\xc3\xa9 rent: 30 \xff euros \xfe, paid in May.")
    document = load(tmp_path / "a.txt")

    assert document.text == "Café rent: 30 \ufffd euros \ufffd, paid in May." and len(document.warnings) == 1
