"""Medians and ratios, as JSON and as Markdown."""

import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.workloads import Figures


@dataclass
class Results:
    """All runs: server -> workload -> one set of figures a run."""

    runs: dict[str, dict[str, list[Figures]]]

    def median(self, server: str, workload: str, figure: str) -> float:
        return statistics.median(run[figure] for run in self.runs[server][workload] if figure in run)

    def ratio(self, peer: str, workload: str, figure: str) -> float:
        """The median of the kit's ratios to a peer, each within one run: the machine drifts between runs."""
        ours = next(iter(self.runs.values()))[workload]
        pairs = zip(ours, self.runs[peer][workload], strict=True)
        return statistics.median(a[figure] / b[figure] for a, b in pairs if figure in b)

    def rows(self) -> Iterator[tuple[str, str, dict[str, float]]]:
        """Workload, figure, and each server's median."""
        first = next(iter(self.runs.values()))
        for workload, runs in first.items():
            for figure in runs[0]:
                having = [
                    name for name in self.runs if any(figure in run for run in self.runs[name][workload])
                ]
                yield workload, figure, {name: self.median(name, workload, figure) for name in having}

    def markdown(self) -> str:
        """One row a figure; behind each peer the median of the kit's ratios to it."""
        names = list(self.runs)
        lines = [
            "| workload | figure | " + " | ".join(names) + " |",
            "|---|---|" + "---|" * len(names),
        ]
        for workload, figure, medians in self.rows():
            cells = [f"{medians[names[0]]:.2f}"] + [
                f"{medians[name]:.2f} ({self.ratio(name, workload, figure):.2f}×)" if name in medians else ""
                for name in names[1:]
            ]
            lines.append(f"| {workload} | {figure} | " + " | ".join(cells) + " |")
        return "\n".join(lines)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "engine.json").write_text(json.dumps(self.runs, indent=1), encoding="utf-8")
        (folder / "engine.md").write_text(self.markdown() + "\n", encoding="utf-8")
