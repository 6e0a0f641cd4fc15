"""What an agent does as OpenTelemetry spans, sent to a collector."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from kit.problem import Problem

if TYPE_CHECKING:
    from agents.runtime.telemetry.spans import Spans


def spans_to(url: str, agent: str, *, content: bool = False) -> AbstractContextManager[Spans]:
    """Spans that go to the collector at `url`, such as http://localhost:4318.

    Raises `Problem` where packages are missing, and on entering where nothing at `url` takes traces.
    """
    try:
        from agents.runtime.telemetry.collector import collected
    except ModuleNotFoundError as error:
        raise Problem(
            f"The package {error.name} is missing. Run `python -m pip install -e '.[otlp]'`.",
            f"缺少 {error.name}。请运行 `python -m pip install -e '.[otlp]'`。",
        ) from None
    return collected(url, agent, content=content)
