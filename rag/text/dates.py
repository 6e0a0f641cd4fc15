"""Of when a document is, by what it says of itself."""

import re
from pathlib import PurePosixPath

from rag.document import Document

# What says so in front matter and in the properties of Word, PDF and HTML files, the surest first.
NAMES = (
    "updated",
    "modified",
    "last_modified",
    "valid_from",
    "date",
    "更新",
    "更新日期",
    "修订日期",
    "日期",
    "发布日期",
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NUMERIC = r"(?P<y>(?:19|20)\d\d)\s?[-/.年]\s?(?P<m>\d{1,2})(?:\s?[-/.月]\s?(?P<d>\d{1,2}))?"
DAY_FIRST = r"(?P<d2>\d{1,2})(?:st|nd|rd|th)?\s(?P<n2>[A-Za-z]{3,9})\.?,?\s(?P<y2>(?:19|20)\d\d)"
MONTH_FIRST = r"(?P<n3>[A-Za-z]{3,9})\.?\s(?:(?P<d3>\d{1,2})(?:st|nd|rd|th)?,?\s)?(?P<y3>(?:19|20)\d\d)"
DATE = re.compile(rf"(?<!\d)(?:{NUMERIC}|{DAY_FIRST}|{MONTH_FIRST})(?!\d)")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
# A text is full of dates; only behind or before these words is one its own.
BEFORE = re.compile(
    r"(?:updated|revised|effective|valid|in force|as of|version of|dated)\W{0,3}(?:on|from|since|as of)?\W{0,3}\Z"
    r"|(?:自|更新(?:日期|时间|于)?|修订(?:日期|于)?|发布(?:日期|于)?|生效日期)[:：]?\s*\Z",
    re.IGNORECASE,
)
HEAD = 2000


def date_of(document: Document) -> str:
    """ "2026-02-10", "2026-02" or "2026"; "" where nothing tells."""
    for name in NAMES:
        if found := _first(document.metadata.get(name, "")):
            return found
    for match in DATE.finditer(document.text, 0, HEAD):
        if BEFORE.search(document.text, max(0, match.start() - 24), match.start()):
            return _iso(match)
    return _first(document.title) or _first(PurePosixPath(document.source).stem)


def _first(text: str) -> str:
    if found := DATE.search(text):
        return _iso(found)
    year = YEAR.search(text)
    return year[1] if year else ""


def _iso(match: re.Match[str]) -> str:
    year = match["y"] or match["y2"] or match["y3"]
    named = (match["n2"] or match["n3"] or "").lower()[:3]
    month = MONTHS.index(named) + 1 if named in MONTHS else int(match["m"] or 0)
    day = int(match["d"] or match["d2"] or match["d3"] or 0)
    return "-".join([year, *(f"{part:02}" for part in ([month, day] if day else [month]) if part)])
