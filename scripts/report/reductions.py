"""A smallest case in sentences, and as JSON: how sure it is, and why it is no smaller."""

from __future__ import annotations

from scripts.analysis.rates import Rate, at_least
from scripts.domain.trial import Load, Target
from scripts.reduction.result import Limit, Smallest, Tried
from scripts.reduction.shape import Shape
from scripts.reduction.task import Task
from scripts.report.document import Document


class PrintedReduction(Document, frozen=True, kw_only=True, tag="reduce"):
    """The smallest case that still fails, how sure that is, and why nothing smaller is.

    Attributes:
        words: it in a line.
        name: of the reduction's folder.
        signal: what fails.
        load: of the original.
        cause: why it fails.
        bad_target: what fails.
        good_target: what must pass; null for none.
        ran: what the script runs on the bad side, and on the good one.
        shape: the smallest case.
        original_bad: rate of failures of the original on the bad side.
        original_good: the same on the good side; null where there is none.
        confirmed_bad: rate of failures of the finished script's confirming runs on the bad side.
        confirmed_good: the same on the good side; null where there is none.
        seconds: median and most that a run of the script took on the bad side, start included.
        limits: why it is no smaller.
        tried: every case, in order.
        script: path of the script, relative to the project where it is inside.
        day: of the confirmation (YYYY-MM-DD).
        command: the arguments that asked.
    """

    words: str
    name: str
    signal: str
    load: Load
    cause: str
    bad_target: Target
    good_target: Target | None
    ran: tuple[str, str]
    shape: Shape
    original_bad: Rate
    original_good: Rate | None
    confirmed_bad: Rate
    confirmed_good: Rate | None
    seconds: tuple[float, float]
    limits: list[Limit]
    tried: list[Tried]
    script: str
    day: str
    command: tuple[str, ...]


def printed_reduction(smallest: Smallest, task: Task) -> PrintedReduction:
    """A reduction as JSON has it.

    Args:
        smallest: what it found.
        task: what it was about.
    """
    about = smallest.about
    return PrintedReduction(
        version=1,
        words=reduction_lines(smallest)[0],
        name=about.name,
        signal=about.signal,
        load=task.load,
        cause=about.cause,
        bad_target=task.bad,
        good_target=task.good,
        ran=about.ran,
        shape=smallest.shape,
        original_bad=smallest.original_bad,
        original_good=smallest.original_good,
        confirmed_bad=smallest.confirmed_bad,
        confirmed_good=smallest.confirmed_good,
        seconds=smallest.seconds,
        limits=smallest.limits,
        tried=smallest.tried,
        script=about.script,
        day=about.day,
        command=about.command,
    )


def claim(rate: Rate, good: bool) -> str:
    """What confirming runs allow: "fails in 100 of 100: at least 97%".

    Args:
        rate: of failures.
        good: whether they ran on the good side, where the case must pass.
    """
    verb, count = ("passes", rate.trials - rate.bad) if good else ("fails", rate.bad)
    share = int(100 * at_least(count, rate.trials))
    return f"{verb} in {count} of {rate.trials}: at least {share}%"


def reduction_lines(smallest: Smallest) -> list[str]:
    """A reduction, line by line: what it came to first."""
    about = smallest.about
    median, most = smallest.seconds
    bad, good = smallest.original_bad, smallest.original_good
    on_good = f", on the good side in {good.bad} of {good.trials}" if good else ""
    kept = sum(tried.kept for tried in smallest.tried)
    return [
        f"{about.bad}, {about.signal}: {smallest.shape.words}",
        f"the script {claim(smallest.confirmed_bad, good=False)} of runs at 95% confidence; "
        f"{median:g} s a run (median; at most {most:g} s)",
        "no --good was given: what remains may be a bug that every version has"
        if smallest.confirmed_good is None
        else f"with {about.good} it {claim(smallest.confirmed_good, good=True)} of runs",
        f"the original ({about.load} load) failed in {bad.bad} of {bad.trials} trials{on_good}",
        f"cause, of the original and of the script: {about.cause}",
        f"{len(smallest.tried)} cases tried, {kept} kept",
        *map(limit_reason, smallest.limits),
    ]


def limit_reason(limit: Limit) -> str:
    """Why a parameter is no simpler, in a sentence."""
    change = f"{limit.parameter} is {limit.value}: with {limit.simpler}"
    counts = f"{limit.rate.bad} of {limit.rate.trials} trials"
    if limit.side == "good":
        return f"{change} the good side fails too, in {counts}"
    return f"{change} it fails in {counts}"
