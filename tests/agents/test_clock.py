from datetime import UTC, datetime, timedelta

import pytest

from agents.tools import current_time


@pytest.mark.parametrize(("zone", "hours"), [("Asia/Shanghai", 8), ("Asia/Tokyo", 9), ("UTC", 0)])
def test_the_time_is_that_of_the_zone(zone: str, hours: int) -> None:
    date_and_time, weekday, offset = current_time(zone).split(", ")

    expected = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=hours)
    told = datetime.fromisoformat(date_and_time)
    assert abs(told - expected) < timedelta(minutes=1)
    assert weekday == f"{told:%A}"
    assert offset == f"UTC+{hours:02}:00"


@pytest.mark.parametrize("zone", [None, ""])
def test_without_a_zone_it_is_the_computers_own(zone: str | None) -> None:
    told = datetime.fromisoformat(current_time(zone).split(", ")[0])

    assert abs(told - datetime.now()) < timedelta(minutes=1)


@pytest.mark.parametrize("zone", ["Mars", "Asia", "../../etc/passwd", "/etc/passwd", "UTC\0"])
def test_an_unknown_zone_is_an_error_with_an_example(zone: str) -> None:
    with pytest.raises(ValueError, match="Asia/Shanghai"):
        current_time(zone)
