"""What "bad" means: one symptom, looked for in one trial at a time.

A trial is bad, good, or says nothing. Pure: a trial and its control in, a reading out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scripts.analysis.causes import ADVICE, causes
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Failure, Target, Trial
from scripts.domain.words import raised

Kind = Literal["exception", "cause", "ratio", "percentile", "exit"]

ATTEMPTS = 2
"""Trials of a point that may say nothing before it counts as untestable."""

SLOWER = 1.25
"""Two ends whose costs differ by a smaller factor than this are alike: the machine's own noise."""

OVERLOADED = 2.0
"""Load average per core beyond which a missed deadline says nothing about the client."""

CAUSES = {name.replace(": ", "-").replace(" ", "-"): name for name in ADVICE}
"""The causes as a signal names them: "stale-connection"."""


@dataclass(frozen=True)
class Signal:
    """One symptom.

    Attributes:
        text: as the user wrote it.
        kind: what is looked at.
        chain: of "exception": type names, the one raised first, each of any package or of the one
            it names.
        cause: of "cause": its name.
        measure: of "ratio": "cpu" or "wall"; of "percentile": which, 0 to 100.
        threshold: bad is above it: a ratio to the control, or seconds; None for a ratio that the
            two ends of a search will set.
    """

    text: str
    kind: Kind
    chain: tuple[str, ...] = ()
    cause: str = ""
    measure: str = ""
    threshold: float | None = None

    @property
    def words(self) -> str:
        """The signal as it would be written with its threshold."""
        if self.kind == "ratio" and self.threshold is not None and ">" not in self.text:
            return f"{self.text}>{float(f'{self.threshold:.3g}'):f}".rstrip("0").rstrip(".")
        return self.text

    @property
    def needs_control(self) -> bool:
        """Whether a trial is read beside its round's control."""
        return self.kind == "ratio"


@dataclass(frozen=True)
class Reading:
    """What a trial says about a signal.

    Attributes:
        bad: whether it is there; None where the trial says nothing.
        value: the number it was judged by: requests struck, ratio or seconds; None without one.
        words: the same for people.
        other: a failure that is not the one sought, empty for none.
    """

    bad: bool | None
    value: float | None = None
    words: str = ""
    other: str = ""

    @property
    def silent(self) -> bool:
        """Whether the trial says nothing, not even a number to be judged later."""
        return self.bad is None and self.value is None

    @property
    def verdict(self) -> str:
        """In a word or two: "bad", "good", "measured" (not judged yet) or "no verdict"."""
        if self.bad is None:
            return "no verdict" if self.silent else "measured"
        return "bad" if self.bad else "good"


@dataclass
class Record:
    """One trial of a series, with its control where it needs one, and what it says."""

    target: Target
    trial: Trial
    control: Trial | None
    reading: Reading


def of(target: Target, records: Iterable[Record]) -> list[Record]:
    """The trials of one target, in order."""
    return [each for each in records if each.target == target]


def untestable(records: Iterable[Record]) -> bool:
    """Whether a point is given up, going by its trials: too many said nothing.

    One that cannot be had will not be had the next time. Each trial that says something earns
    patience for two more that do not.
    """
    silent = answered = 0
    for each in records:
        if not each.reading.silent:
            answered += 1
        else:
            silent += ATTEMPTS if each.trial.outcome == "unavailable" else 1
    return silent >= ATTEMPTS + 2 * answered


def parse(text: str) -> Signal:
    """A signal as written on the command line.

    Args:
        text: an exception ("ReadError", "httpx.ReadError"), a chain of them, the one raised first
            ("ReadError<BrokenPipeError"), a cause ("stale-connection"), "slow", "slow>4" or
            "slow-wall>2" (processor or wall time per request against the control's), "p99>2s"
            (of the requests' durations), or "exit".

    Raises:
        UsageProblem: it is none of these.
    """
    if text == "exit":
        return Signal(text, "exit")
    if text in CAUSES:
        return Signal(text, "cause", cause=CAUSES[text])
    found = re.fullmatch(r"slow(-wall)?(?:>(\d+(?:\.\d+)?))?", text)
    if found:
        threshold = float(found[2]) if found[2] else None
        if threshold == 0:
            raise UsageProblem(f"{text!r}: a ratio to the control is more than 0.")
        return Signal(text, "ratio", measure="wall" if found[1] else "cpu", threshold=threshold)
    found = re.fullmatch(r"p(\d{1,2}(?:\.\d+)?)>(\d+(?:\.\d+)?)(ms|s)", text)
    if found:
        seconds = float(found[2]) / (1000 if found[3] == "ms" else 1)
        return Signal(text, "percentile", measure=found[1], threshold=seconds)
    parts = tuple(part.strip() for part in text.split("<"))
    if all(re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", part) for part in parts):
        if parts[0][0].isupper() or "." in parts[0]:
            return Signal(text, "exception", chain=parts)
        raise UsageProblem(
            f"there is no signal {text!r}: name an exception (ReadError), a cause "
            f"({', '.join(sorted(CAUSES)[:3])}, ...), slow, 'p99>2s' or exit."
        )
    raise UsageProblem(
        f"the signal {text!r} cannot be read: write it like ReadError, 'ReadError<BrokenPipeError',"
        " stale-connection, slow, 'slow>4', 'p99>2s' or exit."
    )


def read(signal: Signal, trial: Trial, control: Trial | None = None) -> Reading:
    """What a trial says about a signal.

    Args:
        signal: what is looked for; one of a ratio must have its threshold.
        trial: any trial.
        control: the control's trial of the same round, where the signal needs one.
    """
    if not trial.measured:
        return Reading(None, words=f"{trial.outcome}: {trial.detail}")
    if trial.outcome == "hung" and overloaded(trial):
        return Reading(None, words=f"{trial.detail}, on a machine overloaded by others")
    if signal.kind == "exit":
        bad = trial.outcome in ("hung", "crashed") or bool(trial.client.exit_status)
        status = (
            trial.outcome
            if trial.client.exit_status is None
            else f"status {trial.client.exit_status}"
        )
        return Reading(bad, words=status)
    if signal.kind == "ratio":
        return _ratio(signal, trial, control)
    if signal.kind == "percentile":
        return _percentile(signal, trial)
    return _struck(signal, trial)


def overloaded(trial: Trial) -> bool:
    """Whether the machine had far more to do than this trial, when it began."""
    return trial.host.load is not None and trial.host.load > OVERLOADED * max(1, trial.host.cores)


def ratio(signal: Signal, trial: Trial, control: Trial | None) -> float | None:
    """A trial's cost per request against its control's; None where either was not measured."""
    cost = _cost(signal, trial)
    beside = _cost(signal, control) if control is not None else None
    return cost / beside if cost is not None and beside else None


def between(good: list[float], bad: list[float]) -> float | None:
    """The ratio that separates two ends: half way between them, by factor.

    Args:
        good, bad: ratios of the trials of either end, at least one each.

    Returns:
        None where the ends overlap or hardly differ.
    """
    highest, lowest = max(good), min(bad)
    return math.sqrt(highest * lowest) if lowest > SLOWER * highest else None


def _cost(signal: Signal, trial: Trial) -> float | None:
    """Seconds per request: of processor time, or from the first start to the last end."""
    if trial.outcome != "completed":
        return None
    count = len(trial.client.requests.start) if trial.client.requests else 1
    seconds = trial.client.wall if signal.measure == "wall" else trial.client.cpu
    return None if seconds is None or not count else seconds / count


def _ratio(signal: Signal, trial: Trial, control: Trial | None) -> Reading:
    if trial.outcome in ("hung", "crashed"):
        return Reading(None, words=trial.outcome, other=trial.outcome)
    found = ratio(signal, trial, control)
    if found is None:
        return Reading(None, words="it or its control was not measured")
    if signal.threshold is None:
        return Reading(None, value=found, words=f"{found:.2f} x the control")
    factor = found / signal.threshold
    return Reading(
        factor > 1,
        found,
        f"{found:.2f} x the control (bad is above {signal.threshold:.2f})",
        _others(trial),
    )


def _percentile(signal: Signal, trial: Trial) -> Reading:
    if trial.client.requests is None or not trial.client.requests.start:
        return Reading(None, words="its requests were not recorded")
    # A request under way at the end took at least as long as it had: the slowest of all.
    spans = sorted(
        math.inf if end is None else end - start
        for start, end in zip(trial.client.requests.start, trial.client.requests.end, strict=True)
    )
    place = min(len(spans) - 1, math.ceil(float(signal.measure) / 100 * len(spans)) - 1)
    value = spans[max(0, place)]
    limit = signal.threshold or 0.0
    words = f"p{signal.measure} {value:.3f} s"
    return Reading(value > limit, value=value, words=words, other=_others(trial))


def _struck(signal: Signal, trial: Trial) -> Reading:
    """How many requests an exception or a cause struck."""
    if signal.kind == "cause":
        names = [each.name for each in causes(trial)]
        struck = names.count(signal.cause)
        rest = sorted({name for name in names if name != signal.cause})
        total = len(names)
        if not struck and "unknown" in rest:
            # It may have been the one sought: not knowing is no verdict.
            return Reading(None, words="a request failed of an unknown cause", other="unknown")
    else:
        failures = list(trial.client.failures)
        if trial.client.script_failure is not None and not failures:
            failures.append(trial.client.script_failure)
        counts = [(each, max(1, each.count)) for each in failures]
        struck = sum(count for each, count in counts if matches(each, signal.chain))
        rest = sorted({raised(each) for each, _ in counts if not matches(each, signal.chain)})
        total = sum(count for _, count in counts)
    requests = len(trial.client.requests.start) if trial.client.requests else 1
    words = f"{struck} of {requests} requests"
    other = ", ".join(rest)
    if other:
        words += f"; {total - struck} failed otherwise ({other})"
    if not struck and trial.outcome in ("hung", "crashed"):
        return Reading(None, words=trial.outcome, other=trial.outcome)
    return Reading(struck > 0, float(struck), words, other)


def matches(failure: Failure, chain: tuple[str, ...]) -> bool:
    """Whether a failure was raised as the chain's first name with the others under it, in order.

    Names between them do not matter; those on another branch of a group do not count.
    """
    links = failure.chain
    for leaf in range(len(links)):
        path: list[int] = []
        at: int | None = leaf
        while at is not None and at not in path:
            path.insert(0, at)
            at = links[at].parent
        names = [f"{links[each].module}.{links[each].type}" for each in path]
        if names and named(names[0], chain[0]):
            rest = iter(names[1:])
            if all(any(named(each, wanted) for each in rest) for wanted in chain[1:]):
                return True
    return False


def named(full: str, wanted: str) -> bool:
    """Whether an exception's full name is what a signal calls it: "ReadError", "httpx.ReadError".

    A package prefix need not spell out the private module the exception lives in.
    """
    *package, name = wanted.split(".")
    *module, kind = full.split(".")
    return kind == name and module[: len(package)] == package


def _others(trial: Trial) -> str:
    return ", ".join(sorted({raised(each) for each in trial.client.failures}))
