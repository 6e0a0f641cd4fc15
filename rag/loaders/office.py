"""Word documents, by way of HTML."""

from pathlib import Path

import mammoth

from kit.problem import Problem
from rag.document import Document
from rag.loaders.web import parse_html


def load_docx(path: Path, source: str) -> Document:
    with path.open("rb") as file:
        try:
            html = mammoth.convert_to_html(file).value
        except Exception as error:  # mammoth lets through whatever zipfile and its XML parser raise
            raise Problem(
                f"{source} is not a readable .docx file ({error}). It may be broken or encrypted.",
                f"{source} 不是可读取的 .docx 文件（{error}），可能已损坏或有密码保护。",
            ) from error
    return parse_html(source, html)
