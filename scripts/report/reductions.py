"""A smallest case in sentences, and as JSON: how sure it is, and why it is no smaller."""

from __future__ import annotations

import textwrap
from typing import Literal

from msgspec import UNSET

from scripts.analysis.catalogue import UNKNOWN
from scripts.analysis.rates import Rate, at_least
from scripts.domain.trial import Load, Target
from scripts.reduction.cost import cost_of
from scripts.reduction.replacement import Replaced, replacement_words
from scripts.reduction.result import About, Limit, Smallest, SmallestClient, Tried
from scripts.reduction.shape import Shape
from scripts.reduction.task import Task
from scripts.report.calls import load_options
from scripts.report.document import TrialsDocument
from scripts.report.hosts import host_lines


class PrintedReduction(TrialsDocument, frozen=True, kw_only=True, tag="reduce"):
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
        replaced: what the script takes the place of; null where it is no replacement.
        shape: the smallest case; null where the client of one's own was made smaller itself.
        statements: left of a client of one's own, and of the whole; null otherwise.
        lines: likewise.
        original_bad: rate of failures of the original on the bad side.
        original_good: the same on the good side; null where there is none.
        confirmed_bad: rate of failures of the finished script's confirming runs on the bad side.
        confirmed_good: the same on the good side; null where there is none.
        silent: how many confirming runs more say nothing, on both sides.
        seconds: median and most that a run of the script took on the bad side, start included; the
            most is null for a client of one's own, of which it is the median of its part.
        limits: why it is no smaller.
        tried: every case, in order.
        script: path of the script, relative to the project where it is inside.
        day: of the confirmation (YYYY-MM-DD).
        command: the arguments that asked.
    """

    version: Literal[1]
    words: str
    name: str
    signal: str
    load: Load
    cause: str
    bad_target: Target
    good_target: Target | None
    ran: tuple[str, str]
    replaced: Replaced | None
    shape: Shape | None
    statements: tuple[int, int] | None
    lines: tuple[int, int] | None
    original_bad: Rate
    original_good: Rate | None
    confirmed_bad: Rate
    confirmed_good: Rate | None
    silent: int
    seconds: tuple[float, float | None]
    limits: list[Limit]
    tried: list[Tried]
    script: str
    day: str
    command: tuple[str, ...]


def printed_reduction(found: Smallest | SmallestClient, words: str, task: Task) -> PrintedReduction:
    """A reduction as JSON has it.

    Args:
        found: what it found.
        words: that in a line.
        task: what it was about.
    """
    about = found.about
    generated = found if isinstance(found, Smallest) else None
    own = found if isinstance(found, SmallestClient) else None
    return PrintedReduction(
        version=1,
        words=words,
        name=about.name,
        signal=about.signal,
        load=task.load,
        cause=about.cause,
        bad_target=task.bad,
        good_target=task.good,
        ran=about.ran,
        replaced=about.replaced,
        shape=generated.shape if generated else None,
        statements=own.statements if own else None,
        lines=own.lines if own else None,
        original_bad=found.original_bad,
        original_good=found.original_good,
        confirmed_bad=found.confirmed_bad,
        confirmed_good=found.confirmed_good,
        silent=sum(found.silent),
        seconds=(found.seconds, None) if isinstance(found, SmallestClient) else found.seconds,
        limits=generated.limits if generated else [],
        tried=found.tried,
        script=about.script,
        day=about.day,
        command=about.command,
        hosts=about.hosts or UNSET,
    )


def claim(rate: Rate, good: bool, silent: int = 0) -> str:
    """What confirming runs allow: "fails in 100 of 100: at least 97%".

    Args:
        rate: of failures.
        good: whether they ran on the good side, where the case must pass.
        silent: runs that said nothing, which are in no rate; the share is one of all runs.
    """
    counts, share = confirmed(rate, good, silent)
    more = f" ({silent} more say nothing)" if silent else ""
    return f"{counts}{more}: {share}"


def confirmed(rate: Rate, good: bool, silent: int = 0) -> tuple[str, str]:
    """The two halves of a claim: "fails in 100 of 100", "at least 97%"; arguments as for that."""
    verb, count = ("passes", rate.trials - rate.bad) if good else ("fails", rate.bad)
    share = int(100 * at_least(count, rate.trials + silent))
    return f"{verb} in {count} of {rate.trials}", f"at least {share}%"


def reduction_lines(smallest: Smallest) -> list[str]:
    """A reduction, line by line: what it came to first."""
    about = smallest.about
    (median, most), (silent_bad, silent_good) = smallest.seconds, smallest.silent
    bad, good = smallest.original_bad, smallest.original_good
    on_good = f", on the good side in {good.bad} of {good.trials}" if good else ""
    kept = sum(tried.kept for tried in smallest.tried)
    return [
        *([replacement_words(about.replaced, smallest.shape)] if about.replaced else []),
        f"{about.bad}, {about.signal}: {smallest.shape.words}",
        f"the script {claim(smallest.confirmed_bad, False, silent_bad)} of runs at 95% confidence; "
        f"{median:g} s a run (median; at most {most:g} s)",
        "no --good was given: what remains may be a bug that every version has"
        if smallest.confirmed_good is None
        else f"with {about.good} it {claim(smallest.confirmed_good, True, silent_good)} of runs",
        f"the original ({about.load} load) failed in {bad.bad} of {bad.trials} trials{on_good}",
        _sameness(about),
        f"{len(smallest.tried)} cases tried, {kept} kept",
        *map(limit_reason, smallest.limits),
        *host_lines(about.hosts),
    ]


def _sameness(about: About) -> str:
    """In what the original and the script are the same."""
    cost = cost_of(about.signal)
    if cost is not None and cost.percentile:
        return (
            "the original is the same script with the load's requests, connections and bodies; "
            f"it fails where the {cost.percentile}th percentile of their times exceeds "
            f"{cost.most:g} s, which a machine of another speed does not share"
        )
    if cost is not None:
        clock = "wall" if cost.measure == "wall" else "processor"
        return (
            "the original is the same script with the load's requests, connections and bodies; "
            f"it fails where all at once take over {cost.most:g} times the {clock} time that they "
            "take one at a time"
        )
    if about.cause == UNKNOWN:
        return "cause unknown: of the original and of the script only the exception is the same"
    return f"cause, of the original and of the script: {about.cause}"


def client_lines(smallest: SmallestClient) -> list[str]:
    """What is left of a client script of one's own, line by line: what it came to first."""
    about = smallest.about
    bad, good = smallest.original_bad, smallest.original_good
    on_good = f", on the good side in {good.bad} of {good.trials}" if good else ""
    kept = sum(tried.kept for tried in smallest.tried)
    return [
        _left_words(smallest),
        f"with {about.bad} it {claim(smallest.confirmed_bad, False, smallest.silent[0])} of trials "
        f"at 95% confidence; {smallest.seconds:g} s each (median)",
        "no --good was given: what remains may be a bug that every version has"
        if smallest.confirmed_good is None
        else f"with {about.good} it {claim(smallest.confirmed_good, True, smallest.silent[1])} "
        "of trials",
        f"the whole script ({about.load} load) failed in {bad.bad} of {bad.trials} trials{on_good}",
        "cause unknown: of the whole and of what is left only the exception is the same"
        if about.cause == UNKNOWN
        else f"cause, of the whole and of what is left: {about.cause}",
        f"{len(smallest.tried)} forms tried, {kept} kept",
        *host_lines(about.hosts),
    ]


def client_header(smallest: SmallestClient, target: Target, load: Load) -> str:
    """What stands above what is left of a client script: what it needs, and what it is.

    Args:
        smallest: what was found.
        target, load: what its trials ran, under which load.
    """
    about = smallest.about
    call = [f"nox -s trial -- --script {about.script.rsplit('/', 1)[-1]}"]
    call += [f"--with '{pin}'" for pin in target.pins]
    parts = [
        f"{_left_words(smallest)}.",
        f"Seen on {about.day}, at 95 % confidence: with {about.bad} it "
        f"{claim(smallest.confirmed_bad, False, smallest.silent[0])} of trials"
        + (
            f"; with {about.good} it {claim(smallest.confirmed_good, True, smallest.silent[1])}."
            if smallest.confirmed_good
            else "; no version is known to pass: it was reduced without one."
        ),
        f"Each trial runs it beside {smallest.server}, whose address it is told in SERVER_URL. "
        f"One more: {' '.join([*call, *load_options(load)])}",
    ]
    lines = [line for part in parts for line in textwrap.wrap(part, 97, break_on_hyphens=False)]
    return "".join(f"# {line}\n" for line in lines) + "\n"


def _left_words(smallest: SmallestClient) -> str:
    (left, whole), (lines, all_lines) = smallest.statements, smallest.lines
    return (
        f"what is left of {smallest.source}, itself: {left} of {whole} statements, "
        f"{lines} of {all_lines} lines; nothing was added"
    )


def limit_reason(limit: Limit) -> str:
    """Why a parameter is no simpler, in a sentence."""
    change = f"{limit.parameter} is {limit.value}: with {limit.simpler}"
    if not limit.rate.trials or (limit.side == "good" and not limit.rate.bad):
        asked = limit.silent + limit.rate.trials
        return f"{change} {limit.silent} of {asked} trials on the {limit.side} side say nothing"
    more = f", {limit.silent} more say nothing" if limit.silent else ""
    counts = f"{limit.rate.bad} of {limit.rate.trials} trials{more}"
    if limit.side == "good":
        return f"{change} the good side fails too, in {counts}"
    return f"{change} it fails in {counts}"
