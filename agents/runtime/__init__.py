"""What every sample shares: the command line, steps on the screen and in traces, evaluation, MCP."""

from agents.runtime.program import confirm, run

__all__ = ["confirm", "run"]
