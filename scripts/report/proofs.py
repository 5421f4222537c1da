"""Whether a change mends what fails, in words and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Literal

from msgspec import UNSET

from scripts.analysis.effects import Arrivals, Cost, Unit
from scripts.analysis.proof import MENDED, Judgement, Verdict
from scripts.analysis.rates import Rate
from scripts.analysis.summary import Races
from scripts.domain.trial import Target
from scripts.domain.words import listed
from scripts.proof.result import ProofEnding, ProofResult, SettingResult, SignalResult
from scripts.proof.suite import SuiteResult, SuiteSide
from scripts.report.causes import NEARNESS
from scripts.report.document import TrialsDocument
from scripts.report.hosts import host_lines
from scripts.report.races import hidden_words

VERDICT_WORDS: dict[Verdict, str] = {
    "mends": "mends it",
    "helps": "helps",
    "no difference shown": "no difference shown",
    "harms": "harms",
    "cannot tell": "cannot tell",
}
"""What is said of each verdict."""

PROOF_HEADINGS = ("signal", "anyio", "fails without", "fails with it", "verdict")
"""Of the columns after the first of the table of verdicts."""

COST_HEADINGS = ("pairs", "measure", "without", "with it", "ratio (95 %)")
"""Of the columns after the first of the table of costs."""


class PrintedProof(TrialsDocument, frozen=True, kw_only=True, tag="prove"):
    """Whether a change mends what fails, under several circumstances.

    Attributes:
        ending: whether more pairs of trials may tell more.
        verdicts: in sentences, one for each circumstance and signal.
        change: what people call the change.
        package: that it changes.
        target: what runs without it.
        confidence: of each verdict, 0 to 1.
        settings: the circumstances, in order; those under which nothing ran are left out.
        overridden: what a change that runs before the script replaced in the installed packages.
        trials: how many were run.
        suite: upstream's own tests on both sides; null where they were not come to.
        brought: names of its tests that fail with the change alone.
    """

    version: Literal[1]
    ending: ProofEnding
    verdicts: list[str]
    change: str
    package: str
    target: Target
    confidence: float
    settings: list[SettingResult]
    overridden: list[str]
    trials: int
    suite: SuiteResult | None
    brought: list[str]


def printed_proof(result: ProofResult) -> PrintedProof:
    """A proof as it is printed as JSON."""
    return PrintedProof(
        version=1,
        ending=result.ending,
        verdicts=verdict_lines(result),
        change=result.change,
        package=result.package,
        target=result.target,
        confidence=result.confidence,
        settings=result.settings,
        overridden=result.overridden,
        trials=result.trials,
        suite=result.suite,
        brought=result.suite.brought if result.suite else [],
        hosts=result.hosts or UNSET,
    )


def heading(result: ProofResult) -> str:
    """What was tried, in a line."""
    name, other = result.target.name, result.against
    bare = name if other is None else name.removesuffix(f", with {PurePosixPath(other.path).name}")
    return f"{result.change}, on {bare}"


def file_of(result: ProofResult) -> str:
    """The file of the change that was tried; what people call it, of one that is no diff."""
    return result.change if result.patch is None else PurePosixPath(result.patch.path).name


def title(result: ProofResult) -> str:
    """What people call the change, and the anyio that it was tried beside, where it was one."""
    layers = {setting.layer for setting in result.settings}
    beside = f", beside anyio {layers.pop()}" if len(layers) == 1 and layers != {""} else ""
    return result.change + beside


def result_lines(result: ProofResult) -> list[str]:
    """All that is said of a proof beside its tables, line by line."""
    return [*verdict_lines(result), *side_lines(result), *closing_lines(result)]


def verdict_lines(result: ProofResult) -> list[str]:
    """A sentence for each circumstance and signal."""
    return [
        f"{setting.words}: {verdict_words(one, setting.once)}"
        for setting in result.settings
        for one in setting.signals
    ]


def does_good(result: ProofResult) -> bool:
    """Whether a change mends or helps somewhere by its first signal, harms nowhere by any, and
    brings no failure of another kind, nor of upstream's tests.
    """
    first = {setting.signals[0].judgement.verdict for setting in result.settings}
    verdicts = {one.judgement.verdict for setting in result.settings for one in setting.signals}
    sought = {signal.signal for setting in result.settings for signal in setting.signals}
    others = [
        one for setting in result.settings for one in setting.further if one.name not in sought
    ]
    brought = result.suite.brought if result.suite else []
    return bool(first & {"mends", "helps"}) and "harms" not in verdicts and not (others or brought)


def merit(result: ProofResult) -> tuple[int, int]:
    """How often a proof says of its change that it mends or helps, and how often that it mends:
    what orders proofs of one change.
    """
    verdicts = [one.judgement.verdict for setting in result.settings for one in setting.signals]
    mends = verdicts.count("mends")
    return mends + verdicts.count("helps"), mends


def best(results: Iterable[ProofResult], key: Callable[[ProofResult], str]) -> list[ProofResult]:
    """Of those that do good, and are compared with none: of each kind the one that says most for
    its change.

    Args:
        results: proofs.
        key: of what kind each is.
    """
    most: dict[str, ProofResult] = {}
    for result in results:
        if result.against is None and does_good(result):
            known = most.setdefault(key(result), result)
            if merit(result) > merit(known):
                most[key(result)] = result
    return list(most.values())


def verdict_words(result: SignalResult, once: bool = False) -> str:
    """What the pairs of trials show of a signal, in a sentence.

    Args:
        result: of the signal.
        once: whether one pair was all that was meant.
    """
    judgement, signal = result.judgement, result.signal
    verdict = "one pair, no verdict" if once else VERDICT_WORDS[judgement.verdict]
    before, after = judgement.before, judgement.after
    if result.amounts:
        return (
            f"{verdict}: {signal}: clearly less with it in {before.bad} of {before.trials} pairs, "
            f"clearly more in {after.bad}."
        )
    if result.early:
        signal += " or an end before it could come"
    counts = f"{signal} in {rate_words(after)} with it, in {rate_words(before)} without"
    if (judgement.failed_before, judgement.failed_after) != (before.bad, after.bad):
        counts += (
            f"; {judgement.failed_after} failures against {judgement.failed_before}, fewer in "
            f"{judgement.fewer} pairs and more in {judgement.more}"
        )
    if judgement.verdict == "mends":
        return (
            f"{verdict}: {counts}; something failed in {judgement.failing} of {after.trials} "
            f"trials with it, and in at most {MENDED:.0%} it can."
        )
    return f"{verdict}: {counts}{'' if once else _reservation(judgement)}."


def _reservation(judgement: Judgement) -> str:
    """What must be said beside a verdict that claims nothing."""
    if judgement.verdict == "cannot tell" and judgement.divided:
        return "; most pairs go one way, the sum does not"
    if judgement.verdict == "cannot tell":
        return "; too few of those failed for a change to be seen"
    if judgement.verdict == "no difference shown":
        return "; a change after which none fails would have been seen, a smaller one need not"
    return ""


def rate_words(rate: Rate) -> str:
    """How many trials failed, with the rates that they do not speak against."""
    return f"{rate.bad} of {rate.trials} trials ({rate.low:.0%} to {rate.high:.0%})"


def verdict_rows(result: ProofResult) -> list[tuple[str, ...]]:
    """The table of verdicts: a row for each circumstance and signal, as texts."""
    return [
        (
            setting.words,
            one.signal,
            setting.layer,
            *(_rate_cell(one, side) for side in (one.judgement.before, one.judgement.after)),
            "one pair" if setting.once else VERDICT_WORDS[one.judgement.verdict],
        )
        for setting in result.settings
        for one in setting.signals
    ]


def _rate_cell(result: SignalResult, rate: Rate) -> str:
    """How one side of the pairs fared."""
    if result.amounts:
        return f"clearly more in {rate.bad} of {rate.trials} pairs"
    return rate_words(rate)


def cost_rows(result: ProofResult) -> list[tuple[str, ...]]:
    """The table of costs: a row for each circumstance and measure, as texts."""
    return [
        (setting.words, str(cost.pairs), cost.measure, *_cost_cells(cost))
        for setting in result.settings
        for cost in setting.costs
    ]


def _cost_cells(cost: Cost) -> tuple[str, str, str]:
    within = (
        "too few pairs"
        if cost.low is None or cost.high is None
        else f"{cost.low:.2f} to {cost.high:.2f}"
    )
    before, after = (amount(cost.unit, value) for value in (cost.before, cost.after))
    return before, after, f"{cost.ratio:.2f} ({within})"


def amount(unit: Unit, value: float) -> str:
    """A value with its unit."""
    match unit:
        case "bytes":
            return f"{value / 1e6:.0f} MB"
        case "milliseconds":
            return f"{1000 * value:.1f} ms"
        case "seconds":
            return f"{value:.2f} s"
        case "count":
            return f"{value:.0f}"


def side_lines(result: ProofResult) -> list[str]:
    """What else the change does: what arrived twice, and which failures are new."""
    lines = []
    for setting in result.settings:
        if setting.races_before.stale:
            lines.append(f"{setting.words}: {_races_words(setting)}")
        if setting.before is not None and setting.after is not None:
            lines.append(
                f"{setting.words}: arrived more than once: {arrival_words(setting.after)} with it, "
                f"{arrival_words(setting.before)} without."
            )
        if setting.processor_time is not None and not setting.costs:
            took = amount("milliseconds", setting.processor_time)
            lines.append(f"{setting.words}: a request took {took} of processor time without it.")
        if setting.further:
            told = listed(
                f"{one.name} in {one.after} trials with it and {one.before} without, of "
                f"{setting.pairs} each"
                for one in setting.further
            )
            lines.append(f"{setting.words}: more often with it: {told}.")
        if setting.silent:
            lines.append(f"{setting.words}: {setting.silent} of {setting.pairs} pairs say nothing.")
    return lines


def _races_words(setting: SettingResult) -> str:
    """How many failed requests a look could have told, without the change and with it."""
    before, after = setting.races_before, setting.races_after
    hidden = [
        f"; {side} it, in {races.hidden} the close had come too, but {hidden_words(races)}"
        for side, races in (("with", after), ("without", before))
        if races.hidden
    ]
    return (
        f"of the requests that failed on a stale connection, a look at the socket right before the "
        f"write would have told in {after.told} of {after.stale} with it, in {before.told} of "
        f"{before.stale} without{''.join(hidden)}; in {after.undecided} and {before.undecided} the "
        f"close and the write came within {NEARNESS}, too near to tell{_missed(after)}."
    )


def _missed(races: Races) -> str:
    """In how many the close came between the last look and the write; empty where in none."""
    if not races.after_look or races.look_ms is None:
        return ""
    return (
        f"; with it, in {races.after_look} of {races.looked} the close came between the last look "
        f"and the write, {races.look_ms:.1f} ms apart (median)"
    )


def suite_words(suite: SuiteResult) -> str:
    """What upstream's own tests say, in a sentence."""
    if suite.before is None:
        return f"Upstream's tests were not run ({suite.source}): {suite.why}."
    if suite.after is None:
        return (
            f"Upstream's tests, {suite.source}: without it {_side_words(suite.before)}; "
            f"with it they end otherwise: {suite.why}."
        )
    words = (
        f"Upstream's tests, {suite.source}: with it {_side_words(suite.after)}, without it "
        f"{_side_words(suite.before)}"
    )
    brought = suite.brought
    if not brought:
        return f"{words}; none fails with it alone."
    more = len(brought) - SHOWN_NAMES
    shown = ", ".join(brought[:SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")
    return f"{words}; these fail with it alone: {shown}."


def _side_words(side: SuiteSide) -> str:
    return f"{side.passed} pass and {len(side.failed)} fail"


def arrival_words(counted: Arrivals) -> str:
    """How many requests a server worked on more than once."""
    return f"{counted.repeated:,} of {counted.requests:,}"


def closing_lines(result: ProofResult) -> list[str]:
    """On what all this rests, and how sure it is."""
    lines = [
        f"{result.trials} trials, without the change and with it in turn. Each verdict holds by "
        f"itself at {result.confidence:.0%} whenever one stops; intervals at 95 %."
    ]
    if result.suite is not None:
        lines.append(suite_words(result.suite))
    if result.overridden:
        shown = result.overridden[:SHOWN_NAMES]
        more = len(result.overridden) - len(shown)
        lines.append(f"It replaced {', '.join(shown)}{f' and {more} more' if more else ''}.")
    return lines + host_lines(result.hosts)


SHOWN_NAMES = 6
"""Names shown of what a change replaced."""
