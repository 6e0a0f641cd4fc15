"""Web addresses as people write them."""

from collections.abc import Collection
from urllib.parse import urlsplit

SCHEMES = ("http", "https")


def is_address(url: str, schemes: Collection[str] = SCHEMES) -> bool:
    """Whether a client can take it apart: on all else each breaks in its own way, some while they are imported."""
    try:
        place = urlsplit(url)
        host = place.hostname or ""
        host.encode("idna")
        readable = url.isprintable() and " " not in place.netloc
        return place.scheme in schemes and host != "" and place.port != 0 and readable
    except ValueError:  # a bracket, the port, or a part of the name that is empty or too long
        return False
