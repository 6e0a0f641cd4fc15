"""Text that is none is reported, never indexed; what only looks odd is text."""

import pytest

from rag.loaders.garbage import is_garbage

CHINESE = "图书馆在二楼，钥匙在前台。请周五之前归还，逾期每天一元。"


@pytest.mark.parametrize(
    "text",
    [
        CHINESE.encode("gb18030").decode("latin-1"),
        CHINESE.encode("utf-8").decode("latin-1"),
        CHINESE.encode("cp437", "replace").decode("cp437"),
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
        "Why? Who? When? Where? How? What for?",
    ],
)
def test_what_somebody_can_read_is_text(text: str) -> None:
    assert not is_garbage(text)
