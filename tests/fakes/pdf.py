"""PDF files made by hand, down to the faults that libraries do not write."""

import io

from pypdf import PdfReader, PdfWriter


def pdf(*pages: str, outline: str | None = None) -> bytes:
    """A PDF with a line of text a page; its cross-reference table is left for the reader to rebuild."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    kids = " ".join(f"{10 + 2 * n} 0 R" for n in range(len(pages)))
    objects = {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        3: font,
    }
    for n, text in enumerate(pages):
        drawn = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET"
        resources = "<< /Font << /F1 3 0 R >> >>"
        objects[10 + 2 * n] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources {resources} /Contents {11 + 2 * n} 0 R >>"
        )
        objects[11 + 2 * n] = f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream"
    body = "%PDF-1.4\n"
    offsets = {}
    for number, content in objects.items():
        offsets[number] = len(body)
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "xref\n0 1\n0000000000 65535 f \n" + "".join(
        f"{n} 1\n{at:010} 00000 n \n" for n, at in offsets.items()
    )
    written = (
        body + table + f"trailer\n<< /Root 1 0 R /Size 99 >>\nstartxref\n{len(body)}\n%%EOF\n"
    ).encode()
    if outline is None:
        return written
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(written)))
    writer.add_outline_item(title=outline, page_number=1)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def outlined(pages: list[str], entries: list[tuple[str, int]]) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(*pages))))
    for title, page in entries:
        writer.add_outline_item(title=title, page_number=page)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()
