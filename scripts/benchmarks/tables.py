"""The benchmarks' results on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from scripts.analysis.rates import interval
from scripts.benchmarks.contest import BARE, RIVAL, SearchScore, TradeOff, TrialsRatio
from scripts.benchmarks.costs import Comparison
from scripts.benchmarks.influence import HIGH, LOW, Influence
from scripts.benchmarks.methods import CONFIDENCES, OURS
from scripts.benchmarks.proofs import CONFIDENCE, ProofScore
from scripts.benchmarks.scale import FASTEST, SMALLEST, Growth, ScaleScore
from scripts.benchmarks.separations import SeparationScore
from scripts.benchmarks.shrinking import ReductionScore
from scripts.benchmarks.speedups import SpeedupScore
from scripts.benchmarks.stalls import ACCOUNTED, StallScore
from scripts.benchmarks.workers import Together, WorkersScore, pooled


def comparisons(measures: Sequence[Comparison]) -> RenderableType:
    """What the tooling costs, one measure a row."""
    table = Table(box=SIMPLE_HEAD)
    for heading in ("measure", "pairs", "bare", "ours", "ratio", "95 %", "at most"):
        table.add_column(heading, justify="left" if heading == "measure" else "right")
    for measure in measures:
        cells = (
            measure.name,
            str(measure.pairs),
            f"{measure.bare:.3f}",
            f"{measure.ours:.3f}",
            f"{measure.ratio:.3f}",
            "too few pairs"
            if measure.low is None or measure.high is None
            else f"{measure.low:.3f} to {measure.high:.3f}",
            f"{measure.bound:.2f}",
        )
        table.add_row(*map(escape, cells), style="" if measure.ratio <= measure.bound else "red")
    return table


def influenced(influences: Sequence[Influence]) -> RenderableType:
    """How often trials fail with all notes and with none, one target a row."""
    table = Table(box=SIMPLE_HEAD)
    for heading in ("target", "load"):
        table.add_column(heading)
    headings = ("failed without notes", "with all", "ratio", "95 %", f"within {LOW} and {HIGH}")
    for heading in headings:
        table.add_column(heading, justify="right")
    for row in influences:
        within = row.low is not None and row.high is not None
        cells = (
            row.target.name,
            row.load.name,
            f"{row.bare} of {row.pairs}",
            f"{row.noted} of {row.pairs}",
            "none" if row.ratio is None else f"{row.ratio:.2f}",
            f"{row.low:.2f} to {row.high:.2f}" if within else "none",
            "shown" if row.shown else "not shown",
        )
        table.add_row(*map(escape, cells), style="" if row.shown else "red")
    return table


def proven(scores: Sequence[ProofScore]) -> RenderableType:
    """How often proofs are wrong, and what they take, one kind of change a row."""
    table = Table(box=SIMPLE_HEAD)
    headings = ("fail before", "after", "drift", "beyond the first", "wrong", "95 %", "pairs")
    for heading in (*headings, "way told after", "fixed size"):
        table.add_column(heading, justify="right")
    table.add_column("verdicts")
    for score in scores:
        low, high = score.interval
        cells = (
            f"{score.before:g}",
            f"{score.after:g}",
            f"{score.drift:g}",
            f"{score.beyond_before:g}, {score.beyond_after:g}",
            f"{score.wrong} of {score.problems}",
            f"{low:.1%} to {high:.1%}",
            f"{score.pairs:.0f}",
            "never" if score.told is None else f"{score.told:.0f}",
            "none" if score.fixed is None else str(score.fixed),
            ", ".join(f"{verdict} {count}" for verdict, count in score.verdicts.items()),
        )
        table.add_row(*map(escape, cells), style="red" if low > 1 - CONFIDENCE else "")
    return table


def stalled(scores: Sequence[StallScore]) -> RenderableType:
    """How well known stalls are told, one kind and library a row."""
    table = Table(box=SIMPLE_HEAD)
    headings = ("right", "wrong", "right kind", "accounted for", "at least")
    for heading in ("stall", "library"):
        table.add_column(heading)
    for heading in headings:
        table.add_column(heading, justify="right")
    for score in scores:
        table.add_row(
            score.way,
            score.library,
            f"{score.right} of {score.runs}",
            str(score.wrong),
            f"{score.kinds} of {score.right}",
            f"{score.accounted:.0%}",
            f"{score.least:.0%}",
            style="red" if score.right < score.runs or score.accounted < ACCOUNTED else "",
        )
    return table


def contest(scores: Sequence[SearchScore], ratios: Sequence[TrialsRatio]) -> RenderableType:
    """How well searches locate what is hidden: one line for each kind of row, method and claim.

    Args:
        scores: of which those at the confidences that searches are used with are shown.
        ratios: our trials against another method's.
    """
    table = Table(box=SIMPLE_HEAD)
    headings = ("points", "rates", "untestable", "search", "claims", "right (95 %)", "false")
    for heading in (*headings, "trials, mean", "95 % of them within"):
        table.add_column(heading, justify="right")
    for score in scores:
        if score.confidence not in CONFIDENCES:
            continue
        low, high = score.interval
        short = score.method in OURS and high < score.confidence and score.high != score.low
        table.add_row(
            str(score.points),
            f"{score.high:g} after {score.low:g}"
            if score.high != score.low
            else f"{score.low:g} flat",
            f"{score.untestable:.0%}",
            score.method,
            "nothing" if score.method == "plain" else f"{score.confidence:.0%}",
            f"{score.right} of {score.problems} ({low:.0%} to {high:.0%})",
            str(score.false),
            f"{score.mean:.1f}",
            f"{score.most:.0f}",
            style="red" if short else "bold" if score.method in OURS else "",
        )
    words = [
        f"Claiming {ratio.confidence:.0%}, ours took {ratio.mean:.2f} times the trials of "
        f"{ratio.method} (mean of the kinds with a change and no untestable point), at most "
        f"{ratio.most:.2f} times; where points cannot be tested, it never ended "
        f"{ratio.unanswered:.0%} of the problems."
        for ratio in ratios
    ]
    return Group(table, *map(Text, words))


def curve(places: Sequence[TradeOff]) -> RenderableType:
    """What being right costs in trials: the trade-off, a line for each claim."""
    table = Table(box=SIMPLE_HEAD, title="Trials against right claims", title_justify="left")
    for heading in ("search", "claims", "right (95 %)", "right in the worst kind", "trials, mean"):
        table.add_column(heading, justify="right")
    for place in places:
        low, high = interval(place.right, place.problems)
        table.add_row(
            place.method,
            f"{place.confidence:.1%}",
            f"{place.right} of {place.problems} ({low:.1%} to {high:.1%})",
            f"{place.worst:.0%}",
            f"{place.mean:.1f}",
            style="red" if high < place.confidence else "bold" if place.method in OURS else "",
        )
    theirs = {place.confidence: place for place in places if place.method == RIVAL}
    words = [
        f"Claiming {place.confidence:.1%}, ours took {place.mean / other.mean:.2f} times the "
        f"trials of {RIVAL} over these rows together, and was right in {place.right}, it in "
        f"{other.right}."
        for place in places
        if place.method == BARE and (other := theirs.get(place.confidence)) is not None
    ]
    return Group(table, *map(Text, words))


def shrunk(scores: Sequence[ReductionScore]) -> RenderableType:
    """How near reductions come to what is hidden: one line for each kind, rate and method."""
    table = Table(box=SIMPLE_HEAD)
    headings = ("parameters", "fails at", "reduction", "near its minimum (95 %)", "rarer or wrong")
    for heading in (*headings, "runs of a case, median", "95 % of them within"):
        table.add_column(heading, justify="right")
    for score in scores:
        low, high = interval(score.near, score.problems)
        table.add_row(
            score.kind,
            f"{score.rate:g}",
            score.method,
            f"{score.near} of {score.problems} ({low:.0%} to {high:.0%})",
            str(score.rarer),
            f"{score.calls:.0f}",
            f"{score.most:.0f}",
            style="bold" if score.method == "ours" else "",
        )
    return table


def sped(scores: Sequence[SpeedupScore]) -> RenderableType:
    """How much faster reductions are on several workers: one line for each kind and number."""
    table = Table(box=SIMPLE_HEAD)
    headings = ("parameters", "fails at", "workers", "times as fast (95 %)", "at least", "trials")
    for heading in (*headings, "same case", "near its minimum", "rarer or wrong"):
        table.add_column(heading, justify="right")
    for score in scores:
        table.add_row(
            score.kind,
            f"{score.rate:g}",
            str(score.workers),
            f"{score.faster:.2f} ({score.low:.2f} to {score.high:.2f})",
            f"{score.asked:.2f}",
            f"x {score.used:.2f}",
            f"{score.same} of {score.problems}",
            str(score.near),
            str(score.rarer),
            style="red" if score.high < score.asked or score.same < score.problems else "",
        )
    return table


def separated(scores: Sequence[SeparationScore]) -> RenderableType:
    """How well the changes that make a difference are told: one line for each kind of problem."""
    table = Table(box=SIMPLE_HEAD)
    headings = ("packages", "causes", "rates", "not had", "mute", "answered", "right (95 %)")
    more = ("not tried", "claims", "trials", "95 %")
    for heading in (*headings, *more, "ddmin", "right", "trials"):
        table.add_column(heading, justify="right", no_wrap=True)
    for score in scores:
        low, high = score.interval
        table.add_row(
            str(score.packages),
            score.kind,
            f"{score.high:g}/{score.low:g}",
            f"{score.unresolved:.0%}",
            f"{score.mute:.0%}",
            f"{score.answered} of {score.problems}",
            f"{score.right} ({low:.0%} to {high:.0%})" if score.answered else "",
            str(score.untried),
            f"{score.claimed:.1%}" if score.answered else "",
            f"{score.median:.0f}",
            f"{score.most:.0f}",
            f"x {score.repeats}",
            str(score.plain_right),
            f"{score.plain_median:.0f}",
            style="red" if high < score.claimed else "",
        )
    words = (
        "Trials are medians, and what 95 % of them are within. ddmin repeats each test so often "
        "as makes it right as often as ours, or else as it can be; it is told the rates, names "
        "one cause and does not look for another."
    )
    return Group(table, Text(words))


def shared(scores: Sequence[WorkersScore]) -> RenderableType:
    """What several workers make of a search: one line for each kind of row, claim and number."""
    table = Table(box=SIMPLE_HEAD)
    headings = ("search", "points", "rates", "claims", "workers", "times as fast (95 %)", "asked")
    for heading in (*headings, "trials, mean", "right"):
        table.add_column(heading, justify="right", no_wrap=True)
    for score in scores:
        if score.workers == 1:
            continue
        step = score.high != score.low
        table.add_row(
            score.verb,
            str(score.points),
            f"{score.high:g} after {score.low:g}" if step else f"{score.low:g} flat",
            f"{score.confidence:.0%}",
            str(score.workers),
            f"{score.faster:.2f} ({score.faster_low:.2f} to {score.faster_high:.2f})",
            f"{score.asked:.2f}",
            f"{score.mean:.1f}",
            f"{score.right} of {score.claims}",
            style="red" if score.faster < score.asked else "",
        )
    return Group(table, *map(Text, map(_pooled_words, pooled(scores))))


def _pooled_words(together: Together) -> str:
    """A search with one claim and number of workers, in a sentence."""
    speeds = ((together.by_chance, "bad by chance"), (together.steady, "every time or never"))
    faster = [f"{speed:.2f} times as fast ({where})" for speed, where in speeds if speed]
    low, high = interval(together.right, together.claims) if together.claims else (0.0, 1.0)
    return (
        f"{together.verb}, claiming {together.confidence:.0%}, {together.workers} at a time: "
        f"{', '.join(faster)}; right in {together.right} of {together.claims} claims "
        f"({low:.1%} to {high:.1%})."
    )


def scaled(scores: Sequence[ScaleScore], growths: Sequence[Growth]) -> RenderableType:
    """What showing folders of trials again takes, one verb and size a row."""
    table = Table(box=SIMPLE_HEAD)
    headings = ("trials", "files", "first time", "memory", "index", "again", "memory")
    for heading in ("verb", *headings):
        table.add_column(heading, justify="left" if heading == "verb" else "right")
    for score in scores:
        over = score.seconds > FASTEST or score.memory > SMALLEST
        table.add_row(
            score.verb,
            f"{score.trials:,}",
            f"{score.size / 1e9:.2f} GB",
            f"{score.first:.1f} s",
            f"{score.first_memory / 1e6:.0f} MB",
            f"{score.index / 1e6:.0f} MB",
            f"{score.seconds:.1f} s",
            f"{score.memory / 1e6:.0f} MB",
            style="red" if over else "",
        )
    words = [
        f"{growth.verb} again: seconds grow as trials to the power of {growth.seconds:.2f}, memory "
        f"to that of {growth.memory:.2f}."
        for growth in growths
    ]
    return Group(table, *map(Text, words))
