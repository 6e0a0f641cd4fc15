"""Half of a surrogate pair, which JSON can spell and no text can hold."""

from typing import Any

from kit.http.refusal import LONGEST_PARAM, QUOTED


def broken_field(given: Any) -> str | None:
    """The first field of a request whose text or name is not Unicode."""
    left: list[tuple[str, Any]] = [("", given)]
    while left:
        field, value = left.pop()
        if isinstance(value, str) and not _is_unicode(value):
            return field
        if isinstance(value, dict | list):
            entries = list(value.items() if isinstance(value, dict) else enumerate(value))
            for key, each in reversed(entries):
                # Cut: a hundred thousand entries of a field with a name of megabytes would each hold it.
                place = f"{field}.{str(key)[:QUOTED]}".lstrip(".")[:LONGEST_PARAM]
                left += [(place, each), (place, str(key))]
    return None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
