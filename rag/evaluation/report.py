"""The outcome, for people and for programs."""

import json
import math
from typing import Any

COLUMNS = ("recall@1", "recall@5", "MRR@10", "nDCG@10")


def markdown(rows: dict[str, dict[str, float]], facts: dict[str, float]) -> str:
    """A table with a row a ranking, then one with the other figures."""
    lines = ["| ranking | " + " | ".join(COLUMNS) + " |", "|---|" + "---|" * len(COLUMNS)]
    lines += [
        f"| {name} | " + " | ".join(f"{row[column]:.4f}" for column in COLUMNS) + " |"
        for name, row in rows.items()
    ]
    lines += ["", "| | |", "|---|---|"]
    lines += [f"| {name} | {value:.4g} |" for name, value in facts.items()]
    return "\n".join(lines)


def table(rows: dict[str, dict[str, float]]) -> str:
    """A row a kind, a column a measure; what does not apply stays empty."""
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for name, row in rows.items():
        values = [row.get(column, math.nan) for column in columns]
        lines.append(f"| {name} | " + " | ".join("" if math.isnan(v) else f"{v:.4g}" for v in values) + " |")
    return "\n".join(lines)


def json_line(data: str, rows: dict[str, dict[str, float]], facts: dict[str, float]) -> str:
    outcome: dict[str, Any] = {"data": data, **rows, **facts}
    return json.dumps(outcome, ensure_ascii=False)
