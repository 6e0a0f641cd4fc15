"""Charts of slides as the tables that they were drawn from."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

# Days are numbers there, counted from here; what makes a date of one is how it is shown.
FIRST_DAY, FIRST_DAY_OF_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
NO_FORMAT = re.compile(r'"[^"]*"|\[[^]]*\]|\\.')
DATE = re.compile("[dy]|mmm", re.IGNORECASE)


def titles(chart: Any) -> Iterator[str]:
    """Its own, then those of its axes, which name the units."""
    for title in chart._chartSpace.xpath(".//c:title"):
        said = "".join(title.xpath(".//a:t/text() | .//c:strCache//c:v/text()"))
        yield from filter(str.strip, [said])


def tables(chart: Any) -> Iterator[list[Sequence[Any]]]:
    """A row a category, a column a series; of points, a table a series with where each stands."""
    is_1904 = bool(chart._chartSpace.xpath("c:date1904[@val='1' or @val='true']"))
    first_day = FIRST_DAY_OF_1904 if is_1904 else FIRST_DAY
    for plot in chart.plots:
        series = list(plot.series)
        if points := [each for each in series if each._element.xpath("c:xVal")]:
            for each in points:
                across = _dated(_values(each, "c:xVal"), each, "c:xVal", first_day)
                columns = [across, each.values, _values(each, "c:bubbleSize")]
                named = ["x", each.name, "size"][: 3 if columns[2] else 2]
                yield [named, *zip_longest(*columns[: len(named)], fillvalue="")]
        else:
            labels = list(plot.categories)
            columns = [_dated(labels, each, "c:cat", first_day) for each in series[:1]] or [labels]
            yield [
                ["", *(each.name for each in series)],
                *zip_longest(*columns, *(each.values for each in series), fillvalue=""),
            ]


def _values(series: Any, name: str) -> list[str]:
    """By their number: the file leaves out what is empty."""
    points = {
        int(point.get("idx")): point.findtext("{*}v") or ""
        for point in series._element.xpath(f"{name}//c:pt")
    }
    return [points.get(number, "") for number in range(max(points, default=-1) + 1)]


def _dated(labels: list[str], series: Any, name: str, first_day: datetime) -> list[str]:
    shown_as = "".join(code.text or "" for code in series._element.xpath(f"{name}//c:formatCode"))
    is_date = DATE.search(NO_FORMAT.sub("", shown_as))
    return [_date(str(label), first_day) if is_date else str(label) for label in labels]


def _date(label: str, first_day: datetime) -> str:
    with suppress(ValueError, OverflowError):
        return (first_day + timedelta(days=float(label))).isoformat(" ", "minutes").removesuffix(" 00:00")
    return label
