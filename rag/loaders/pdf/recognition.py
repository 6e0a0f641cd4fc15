"""Text recognition (OCR) for pages that are pictures, by the libraries of the extra `ocr`."""

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kit.problem import Problem

# Dots for each point of the page: 150 to the inch, which is what small print takes.
SCALE = 150 / 72
LARGEST_SIDE = 4000


def cure() -> Problem:
    if is_installed():
        return Problem(
            "Text recognition (OCR) found none either: scan it again with a higher resolution.",
            "文字识别（OCR）也没有找到文字，请提高分辨率重新扫描。",
        )
    return Problem(
        "Install text recognition (OCR), `python -m pip install -e .[ocr]`, and ingest it again.",
        "请安装文字识别（OCR）：`python -m pip install -e .[ocr]`，然后重新导入。",
    )


def is_installed() -> bool:
    return all(find_spec(name) for name in ("rapidocr", "pypdfium2"))


def read_pages(path: Path, numbers: Sequence[int]) -> dict[int, str]:
    """The lines on these pages, counted from 0, from top to bottom; nothing where it is not installed."""
    if not is_installed():
        return {}
    from pypdfium2 import PdfDocument, PdfiumError

    lines: dict[int, str] = {}
    # What pypdf reads of a broken file, another library may not.
    with suppress(PdfiumError), PdfDocument(path) as pdf:
        for number in numbers:
            with suppress(Exception):  # one page that is broken must not cost the others
                lines[number] = _lines(pdf[number])
    return lines


def _lines(page: Any) -> str:
    scale = min(SCALE, LARGEST_SIDE / max(page.get_size()))
    return "\n".join(_engine()(page.render(scale=scale).to_numpy()).txts or ())


@cache
def _engine() -> Any:
    """With the models that its wheel holds, for Chinese and English; a second to load."""
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "critical"})
