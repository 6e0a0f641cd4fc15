"""What every sample shares with the person in front of it."""

from agents.front.program import confirm, run

__all__ = ["confirm", "run"]
