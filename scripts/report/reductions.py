"""Sentences about a smallest case: how sure it is, and why it is no smaller."""

from __future__ import annotations

from scripts.analysis.catalogue import UNKNOWN
from scripts.analysis.rates import Rate, at_least
from scripts.reduction.replacement import replacement_words
from scripts.reduction.result import Limit, Smallest


def claim(rate: Rate, good: bool, silent: int = 0) -> str:
    """What confirming runs allow: "fails in 100 of 100: at least 97%".

    Args:
        rate: of failures.
        good: whether they ran on the good side, where the case must pass.
        silent: runs that said nothing, which are in no rate; the share is one of all runs.
    """
    verb, count = ("passes", rate.trials - rate.bad) if good else ("fails", rate.bad)
    share = int(100 * at_least(count, rate.trials + silent))
    more = f" ({silent} more say nothing)" if silent else ""
    return f"{verb} in {count} of {rate.trials}{more}: at least {share}%"


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
        "cause unknown: of the original and of the script only the exception is the same"
        if about.cause == UNKNOWN
        else f"cause, of the original and of the script: {about.cause}",
        f"{len(smallest.tried)} cases tried, {kept} kept",
        *map(limit_reason, smallest.limits),
    ]


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
