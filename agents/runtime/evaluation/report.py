"""A run, or two side by side, as one HTML file that needs nothing else."""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agents.runtime.evaluation.comparison import Comparison
from agents.runtime.evaluation.results import Outcome, Results
from kit.printable import printable


def report(results: Results) -> str:
    rows = [_row(outcome) for outcome in results.outcomes]
    return _rendered(runs=[results], rows=rows, verdict=None, left_out=0)


def comparison_report(comparison: Comparison) -> str:
    """The cases that both runs have, those that flipped first."""
    flips = [*comparison.gained, *comparison.lost]
    others = [pair for pair in comparison.pairs if pair not in flips]
    return _rendered(
        runs=[comparison.a, comparison.b],
        rows=[_row(*pair) for pair in [*flips, *others]],
        verdict=comparison.verdict,
        left_out=comparison.left_out,
    )


def _row(*outcomes: Outcome) -> dict[str, Any]:
    first, last = outcomes[0], outcomes[-1]
    flip = "gained" if last.share > first.share else "lost" if last.share < first.share else ""
    passed = all(outcome.passed == len(outcome.attempts) for outcome in outcomes)
    return {
        "case": first.case,
        "outcomes": [_with_counts(outcome) for outcome in outcomes],
        "classes": f"{flip} {'passed' if passed else 'failed'}".strip(),
        "flip": flip,
    }


def _with_counts(outcome: Outcome) -> dict[str, Any]:
    """Its steps as lines of a trace, whose kind the template asks for."""
    return {"passed": outcome.passed, "of": len(outcome.attempts), **outcome.model_dump(mode="json")}


def _rendered(**values: Any) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment.get_template("report.html").render(values)


def _harmless(value: Any) -> Any:
    return printable(value) if type(value) is str else value
