"""Two runs over the same cases: which of them flipped, and whether that may be chance."""

from dataclasses import dataclass
from math import comb
from typing import Any

from agents.runtime.evaluation.results import Outcome, Results

# Two runs that differ less surely than this may as well be equal.
MOST_CHANCE = 0.05


@dataclass(frozen=True)
class Comparison:
    """`pairs` are the outcomes of the cases that both runs have; `left_out` counts those that only one has."""

    a: Results
    b: Results
    pairs: list[tuple[Outcome, Outcome]]
    left_out: int

    @classmethod
    def of(cls, a: Results, b: Results) -> "Comparison":
        """By the whole case: where what is expected has changed, the outcomes tell nothing."""
        before, after = (
            {outcome.case.model_dump_json(): outcome for outcome in run.outcomes} for run in (a, b)
        )
        pairs = [(outcome, after[case]) for case, outcome in before.items() if case in after]
        return cls(a, b, pairs, len(before.keys() ^ after.keys()))

    @property
    def gained(self) -> list[tuple[Outcome, Outcome]]:
        """Cases that B passes more often than A."""
        return [(a, b) for a, b in self.pairs if b.share > a.share]

    @property
    def lost(self) -> list[tuple[Outcome, Outcome]]:
        return [(a, b) for a, b in self.pairs if b.share < a.share]

    @property
    def p(self) -> float:
        return chance(len(self.gained), len(self.lost))

    @property
    def verdict(self) -> tuple[str, str]:
        """In English and Chinese."""
        gained, lost = len(self.gained), len(self.lost)
        en = f"B passes {gained} of {len(self.pairs)} cases more often than A, and {lost} less often."
        zh = f"在 {len(self.pairs)} 个用例中，B 比 A 多通过 {gained} 个，少通过 {lost} 个。"
        if gained + lost == 0:
            return f"{en} No case flipped.", f"{zh}没有用例发生变化。"
        if self.p < MOST_CHANCE:
            better = "B" if gained > lost else "A"
            return (
                f"{en} {better} is better: two equals would differ so much in {self.p:.1%} of comparisons.",
                f"{zh}{better} 更好：水平相同的两者出现这种差异的概率只有 {self.p:.1%}。",
            )
        return (
            f"{en} That may be chance: two equals would differ so much in {self.p:.0%} of comparisons. Add cases.",
            f"{zh}这可能只是偶然：水平相同的两者出现这种差异的概率为 {self.p:.0%}。请增加用例。",
        )

    @property
    def figures(self) -> dict[str, Any]:
        return {
            "a": self.a.figures,
            "b": self.b.figures,
            "compared": len(self.pairs),
            "left_out": self.left_out,
            "gained": len(self.gained),
            "lost": len(self.lost),
            "p": round(self.p, 4),
        }


def chance(gained: int, lost: int) -> float:
    """How likely equals flip so unevenly or more: McNemar's exact test, two-sided; 1 where nothing flipped.

    A case counts once, however often it was tried, since attempts at one case are no cases of their own.
    """
    flipped = gained + lost
    tail = sum(comb(flipped, least) for least in range(min(gained, lost) + 1))
    return min(1.0, 2 * tail / (1 << flipped))
