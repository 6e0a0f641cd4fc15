"""The time in any time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def current_time(time_zone: str = "") -> str:
    """Tell the date, the weekday and the time now.

    time_zone is an IANA name such as Asia/Shanghai or Europe/Paris; leave it out for this computer's own.
    """
    now = datetime.now(_zone(time_zone)) if time_zone else datetime.now().astimezone()
    offset = now.strftime("%z")
    return f"{now:%Y-%m-%d %H:%M:%S}, {_WEEKDAYS[now.weekday()]}, UTC{offset[:3]}:{offset[3:]}"


# strftime would name the day in whatever language the system speaks.
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    # A folder's name gives an OSError, a path that leaves the database a ValueError.
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError(f"No time zone {name!r}. Use an IANA name such as Asia/Shanghai.") from None
