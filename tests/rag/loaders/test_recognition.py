"""Text recognition on real pictures of text, where the extra is installed."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from rag.loaders import load
from rag.loaders.pdf import recognition

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not recognition.is_installed(), reason="the extra ocr is not installed"),
]
CHINESE = Path(__file__).parent / "notice_zh.png"


def scan(*pages: Image.Image) -> bytes:
    stream = io.BytesIO()
    pages[0].save(stream, "PDF", save_all=True, append_images=pages[1:], resolution=150)
    return stream.getvalue()


def english(*lines: str) -> Image.Image:
    page = Image.new("RGB", (1000, 600), "white")
    for number, line in enumerate(lines):
        ImageDraw.Draw(page).text((60, 60 + 90 * number), line, "black", ImageFont.load_default(40))
    return page


def test_a_scan_in_two_languages_is_read_page_by_page(tmp_path: Path) -> None:
    chinese = Image.open(CHINESE).convert("RGB")
    (tmp_path / "a.pdf").write_bytes(scan(english("The office opens at 8:15", "on weekdays."), chinese))
    document = load(tmp_path / "a.pdf")

    assert document.page_at(document.text.index("8:15")) == 1
    assert "weekdays" in document.text and document.warnings == []
    assert document.page_at(document.text.index("会议室")) == 2 and "200" in document.text
