"""A request of a stranger's."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    name: str
    path: str
    body: bytes
    encoding: str = "identity"
