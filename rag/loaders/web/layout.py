"""Tables that say where something stands on a page, and not what belongs together."""

from bs4 import BeautifulSoup, Tag

from rag.loaders.web.cells import cells_of, rows_of
from rag.loaders.web.contents import Contents

# Of which a row reads on in the next.
MOST_ROWS_BESIDE = 2
LEAST_SHARE = 0.5
# Cells that are links and little else are the page's menu.
LEAST_LINKED, LEAST_LINKS = 0.6, 3


def unwrap_layouts(soup: BeautifulSoup) -> None:
    """Read what pages of old, newsletters and forms lay out in tables one after the other; what is a table inside one
    that stays is said in a line."""
    tables = soup.find_all("table")
    contents = Contents.of(soup) if tables else {}
    for table in tables:
        rows = [(row, cells_of(row)) for row in rows_of(table)]
        if _is_layout(table, [cells for _, cells in rows], contents):
            _unwrap(table, rows, contents)
        else:
            _raise_titles(table, rows, contents)
            for cell in (cell for _, cells in rows for cell in cells if contents[id(cell)].tabled):
                _flatten(cell)


def _is_layout(table: Tag, rows: list[list[Tag]], contents: dict[int, Contents]) -> bool:
    if table.get("role") in ("presentation", "none"):
        return True
    cells = [cell for row in rows for cell in row]
    if any(cell.name == "th" for cell in cells) or table.find("caption", recursive=False):
        return False
    beside = sum(len(row) > 1 for row in rows)
    half = LEAST_SHARE * contents[id(table)].said

    def reads_as_page(cell: Tag) -> bool:
        inside = contents[id(cell)]
        is_section = inside.headings and inside.said > inside.headed
        holds_table = inside.tabled and inside.said > inside.tabled
        return bool(
            (is_section and (beside <= MOST_ROWS_BESIDE or inside.said >= half))
            or (inside.headings and not beside)
            or (inside.tabled and beside <= 1)
            or (holds_table and inside.said >= half)
        )

    return any(map(reads_as_page, cells))


def _unwrap(table: Tag, rows: list[tuple[Tag, list[Tag]]], contents: dict[int, Contents]) -> None:
    for part in (table, *table.find_all(["tbody", "thead", "tfoot"], recursive=False)):
        part.name = "div"
    for row, cells in rows:
        row.name = "div"
        for cell in cells:
            inside = contents[id(cell)]
            is_menu = inside.is_links(LEAST_LINKED) and inside.links >= LEAST_LINKS and not inside.headings
            cell.name = "aside" if is_menu and len(cells) > 1 else "div"


def _raise_titles(table: Tag, rows: list[tuple[Tag, list[Tag]]], contents: dict[int, Contents]) -> None:
    """A first row that is nothing but a heading stands above the table."""
    for row, cells in rows:
        if len(cells) != 1 or not contents[id(cells[0])].headings:
            break
        cells[0].name = "div"
        table.insert_before(cells[0].extract())
        row.decompose()


def _flatten(cell: Tag) -> None:
    for table in cell.find_all("table"):
        if table.find_parent("table") is cell.find_parent("table"):
            rows = [[part.get_text(" ", strip=True) for part in cells_of(row)] for row in rows_of(table)]
            table.replace_with("; ".join(": ".join(filter(None, row)) for row in rows if any(row)))
