"""What has to change in settings for others to be in them: nothing else does."""

from collections.abc import Iterator
from typing import Any

# Where something stands: names in tables and places in lists. A place past the end is a new one.
Place = tuple[str | int, ...]
Edit = tuple[Place, Any]


def edits(have: Any, want: Any, at: Place = ()) -> Iterator[Edit]:
    """In an order in which they can be done one after the other; none where all is as wanted."""
    if isinstance(have, dict) and isinstance(want, dict):
        for name, value in want.items():
            yield from edits(have[name], value, (*at, name)) if name in have else [((*at, name), value)]
    elif isinstance(have, list) and isinstance(want, list):
        end = len(have)
        for item in want:
            place = next((n for n, old in enumerate(have) if _same(old, item)), None)
            if place is None:
                yield (*at, end), item
                end += 1
            else:
                yield from edits(have[place], item, (*at, place))
    elif have != want:
        yield at, want


def put(settings: Any, path: Place, value: Any) -> None:
    """Do one edit in nested dicts and lists, whichever library made them."""
    *way, last = path
    for step in way:
        settings = settings[step]
    if isinstance(settings, list) and last == len(settings):
        settings.append(value)
    else:
        settings[last] = value


def _same(old: Any, new: Any) -> bool:
    """Tables of a list are known by their first value, which is their name or id."""
    if isinstance(old, dict) and isinstance(new, dict):
        name = next(iter(new))
        return bool(old.get(name) == new[name])
    return bool(old == new)
