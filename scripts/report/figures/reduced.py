"""A picture of a smallest case: how often it fails, and how often where it is simpler."""

from __future__ import annotations

import matplotlib as mpl
import msgspec
from matplotlib.figure import Figure

from scripts.analysis.rates import Rate
from scripts.reduction.result import Smallest
from scripts.report.facts import Publication
from scripts.report.figures.style import MEASURED, SETTINGS, WORSE, finished, rounded


class CaseRow(msgspec.Struct, frozen=True):
    """One case: in words, on which side, and the share of its runs that fail, with its interval."""

    words: str
    bad_side: bool
    share: float
    low: float
    high: float


class ReducedDrawing(msgspec.Struct, frozen=True):
    """A smallest case, and the same with one parameter simpler, on the side that forbids it."""

    title: str
    cases: list[CaseRow]


def drawings(publication: Publication) -> dict[str, ReducedDrawing]:
    """Every published reduction."""
    return {smallest.about.name: drawing(smallest) for smallest in publication.reductions}


def drawing(smallest: Smallest) -> ReducedDrawing:
    """What each parameter of a smallest case is for."""
    cases = [_case("as it is", "bad", smallest.confirmed_bad)]
    if smallest.confirmed_good:
        cases.append(_case("as it is", "good", smallest.confirmed_good))
    cases += [
        _case(f"{limit.parameter} {limit.simpler}, not {limit.value}", limit.side, limit.rate)
        for limit in smallest.limits
        if limit.rate.trials
    ]
    bad, good = smallest.about.ran
    sides = f"bad side {bad}" + (f", good side {good}" if smallest.about.good else "")
    return ReducedDrawing(f"{smallest.about.signal}: {sides}", cases)


def _case(name: str, side: str, rate: Rate) -> CaseRow:
    words = f"{name} ({rate.trials} runs, {side} side)"
    numbers = (rate.bad / rate.trials, rate.low, rate.high)
    return CaseRow(words, side == "bad", *map(rounded, numbers))


def svg(drawing: ReducedDrawing) -> bytes:
    """The picture."""
    count = len(drawing.cases)
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(9, 1.5 + 0.38 * count), layout="constrained")
        axes = figure.add_subplot()
        for row, case in enumerate(drawing.cases):
            colour, mark = (WORSE, "o") if case.bad_side else (MEASURED, "s")
            axes.plot([case.low, case.high], [row, row], color=colour, linewidth=1.2)
            axes.plot([case.share], [row], mark, color=colour, markersize=5)
        axes.set_yticks(range(count), [case.words for case in drawing.cases])
        axes.invert_yaxis()
        axes.set_ylim(count - 0.5, -0.5)
        axes.set_xlim(-0.03, 1.03)
        axes.set_xlabel("share of runs that fail (95 %)")
        axes.set_title(drawing.title)
        return finished(figure, drawing, axes)
