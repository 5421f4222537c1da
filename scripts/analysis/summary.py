"""The matrix: which targets are set beside each other, and what their trials say together."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from scripts.analysis.causes import ADVICE, causes, explain
from scripts.analysis.connections import cases
from scripts.analysis.rates import interval
from scripts.domain import libraries
from scripts.domain.libraries import Axis
from scripts.domain.targets import control, document, is_control, target
from scripts.domain.trial import LOADS, Load, Target, Trial
from scripts.domain.words import chain_words

LIKELY = " (likely)"
"""Behind a cause that the notes of one end only show."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One target under one load, over all its trials. What was not measured is None.

    Attributes:
        target, load: what, and under what.
        trials: trials that measured something.
        failing: those in which at least one request failed.
        failing_interval: 95 % interval of the rate of failing trials, 0 to 1.
        requests, failed: over all those trials.
        wall: median seconds of a trial.
        ratio: median, over rounds, of the wall time against the same round's control.
        cpu_per_request: median milliseconds of client processor time.
        connections: median number that the server saw opened.
        limit: how many the client may have open at a time.
        stalled: median share of the client's time in which its loop was late by over 100 ms.
        longest_stall: median over trials of the longest time, in seconds, the loop was late by.
        closed: median number of connections that the server closed while requests were to come.
        chosen: requests failed on a stale connection that were given it before it was closed;
            stood: those whose event loop stood still between then, or the close, and the write.
        window: (least, median, most) milliseconds from the server's closing of a stale connection
            to the client's write on it; None without such a failure.
        failures: kinds of failure, each as (chain in words, cause, requests), commonest first; a
            cause that is not certain says so.
        unmeasured: trials that say nothing, as (outcome, reason, trials).
        files: the trials the row rests on, as campaign/order.
    """

    target: Target
    load: Load
    trials: int
    failing: int
    failing_interval: tuple[float, float] | None
    requests: int
    failed: int
    wall: float | None
    ratio: float | None
    cpu_per_request: float | None
    connections: float | None
    limit: int | None
    stalled: float | None
    longest_stall: float | None
    closed: float | None
    chosen: int
    stood: int
    window: tuple[float, float, float] | None
    failures: list[tuple[str, str, int]]
    unmeasured: list[tuple[str, str, int]]
    files: list[str]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of trials says.

    Attributes:
        rows: one for each target and load.
        sentences: what failed and what did not.
        why: why it failed, and what separates the targets.
        advice: what follows from the cause; nothing of it was measured.
    """

    rows: list[Row]
    sentences: list[str]
    why: list[str]
    advice: list[str]


def default_entries(chosen: Sequence[Target]) -> list[tuple[Target, Load]]:
    """The default matrix: the document's pair under its own load, the rest compressed.

    Args:
        chosen: the telling releases of the axes.
    """
    pair = [document(), control()]
    return [(each, LOADS["document"]) for each in pair] + entries(chosen, LOADS["compressed"])


def entries(chosen: Iterable[Target], load: Load) -> list[tuple[Target, Load]]:
    """Targets under one load, with the control beside them."""
    return [(each, load) for each in dict.fromkeys([*chosen, control()])]


def every(axis: Axis, versions: Iterable[str]) -> list[Target]:
    """A target for each of these releases of an axis."""
    return [target(axis, (f"{axis.package}=={version}",)) for version in versions]


def summarise(trials: Sequence[Trial]) -> Summary:
    """What trials say together: a row for each target and load, in the order they are listed.

    Args:
        trials: of one campaign or of several.
    """
    groups: dict[tuple[str, str], list[Trial]] = {}
    for each in trials:
        groups.setdefault((each.load.name, each.target.name), []).append(each)
    controls = {
        (each.place.campaign, each.place.round, each.load.name): each.client.wall
        for each in trials
        if is_control(each.target) and each.outcome == "completed" and each.client.wall
    }
    rows = sorted(
        (_row(group, controls) for group in groups.values()),
        key=lambda row: (_load_place(row.load), _axis_place(row.target), _first(row)),
    )
    failing = [row for row in rows if row.failing]
    clean = [row for row in rows if row.trials and not row.failing]
    why = _cause_words(failing) + _separating_words(failing, clean) + _disturbed(trials)
    return Summary(rows=rows, sentences=sentences(rows), why=why, advice=_advice(failing))


def _row(group: Sequence[Trial], controls: dict[tuple[str, int, str], float]) -> Row:
    measured = [each for each in group if each.measured]
    completed = [each for each in measured if each.outcome == "completed"]
    failing = sum(each.failing for each in measured)
    ratios = [
        each.client.wall / wall
        for each in completed
        if each.client.wall
        and (wall := controls.get((each.place.campaign, each.place.round, each.load.name)))
    ]
    costs = [
        1000 * each.client.cpu / len(each.client.requests.start)
        for each in completed
        if each.client.requests and each.client.requests.start and each.client.cpu is not None
    ]
    kinds: Counter[tuple[str, str]] = Counter()
    windows: list[float] = []
    chosen = stood = 0
    for each in measured:
        for case in cases(each):
            cause = explain(case)
            told = cause.name + (LIKELY if cause.sure == "likely" else "")
            kinds[chain_words(case.chain) or "still under way", told] += 1
            window = cause.evidence.get("close_to_write_ms")
            if isinstance(window, float):
                windows.append(window)
                chosen += not cause.evidence.get("readable_when_chosen")
                stood += bool(cause.evidence.get("stalled"))
        if each.outcome != "completed":
            whole = next((cause for cause in causes(each) if cause.request is None), None)
            kinds[each.detail, whole.name if whole else each.outcome] += 1
    unmeasured = Counter((each.outcome, each.detail) for each in group if not each.measured)
    first = group[0]
    return Row(
        target=first.target,
        load=first.load,
        trials=len(measured),
        failing=failing,
        failing_interval=interval(failing, len(measured)) if measured else None,
        requests=sum(len(each.client.requests.start) for each in measured if each.client.requests),
        failed=sum(each.client.failed_requests for each in measured),
        wall=median(each.client.wall for each in completed),
        ratio=median(ratios) if not is_control(first.target) else None,
        cpu_per_request=median(costs),
        connections=median(
            float(len(each.server.connections))
            for each in completed
            if each.server.connections is not None
        ),
        limit=first.load.concurrency,
        stalled=median(each.client.lag.late_share for each in completed if each.client.lag),
        longest_stall=median(each.client.lag.longest for each in completed if each.client.lag),
        closed=median(closed_early(each) for each in completed),
        chosen=chosen,
        stood=stood,
        window=(min(windows), statistics.median(windows), max(windows)) if windows else None,
        failures=[(*kind, count) for kind, count in kinds.most_common()],
        unmeasured=[(*key, count) for key, count in unmeasured.items()],
        files=[each.name for each in group],
    )


def closed_early(trial: Trial) -> float | None:
    """Connections that the server closed by itself before the last request came; None where that
    was not noted.
    """
    if trial.server.connections is None:
        return None
    last = max(
        (each.arrivals[-1][0] for each in trial.server.connections if each.arrivals), default=0.0
    )
    return float(
        sum(
            each.closed is not None and each.closed < last and each.closed_first
            for each in trial.server.connections
        )
    )


def median(values: Iterable[float | None]) -> float | None:
    """The median of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _load_place(load: Load) -> tuple[int, str]:
    names = list(LOADS)
    return (names.index(load.name) if load.name in names else len(names), load.name)


def _axis_place(target: Target) -> int:
    names = list(libraries.axes())
    return names.index(target.axis) if target.axis in names else len(names)


def _first(row: Row) -> list[tuple[int, int | str]]:
    """Order within an axis: by version, numbers as numbers."""
    return [
        (0, int(word)) if word.isdigit() else (1, word)
        for word in row.target.name.replace(".", " ").split()
    ]


def sentences(rows: Sequence[Row]) -> list[str]:
    """What the rows mean, in two or three sentences that say no more than the trials allow."""
    measured = [row for row in rows if row.trials]
    if not measured:
        return ["Nothing could be measured."]
    failing = [row for row in measured if row.failing]
    clean = [row for row in measured if not row.failing]
    said = []
    if failing:
        said.append("Failed requests: " + "; ".join(_failing_words(row) for row in failing) + ".")
    if clean:
        fewest = min(row.trials for row in clean)
        bound = interval(0, fewest)[1]
        said.append(
            f"No failed request in {fewest} or more trials each: "
            + ", ".join(f"{row.target.name} ({row.load.name})" for row in clean)
            + f"; {fewest} such trials still allow up to {bound:.0%} of trials to fail."
        )
    return said


def _cause_words(failing: Sequence[Row]) -> list[str]:
    """Why requests failed, over all rows."""
    names = counted_causes(failing)
    if not names:
        return []
    listed = ", ".join(f"{name} ({count})" for name, count in names.most_common())
    windows = [row.window for row in failing if row.window]
    if not windows:
        return [f"Why: {listed}."]
    low, high = min(each[0] for each in windows), max(each[2] for each in windows)
    return [
        f"Why: {listed}. The client wrote {low:.1f} to {high:.1f} ms after the server had closed "
        "the stale connection (less than 0: they crossed).",
    ]


def counted_causes(rows: Iterable[Row]) -> Counter[str]:
    """How many requests failed of each cause."""
    found: Counter[str] = Counter()
    for row in rows:
        for _, cause, count in row.failures:
            found[cause.removesuffix(LIKELY)] += count
    return found


def _advice(failing: Sequence[Row]) -> list[str]:
    """What to do about each cause, the one that strikes most targets first."""
    struck = Counter(cause for row in failing for cause in counted_causes([row]))
    said = []
    for name, _ in struck.most_common():
        advice = ADVICE.get(name)
        if advice is not None and (advice.client or advice.server):
            sides = {"client's": advice.client, "server's": advice.server}
            words = "; ".join(f"on the {side} side, {each}" for side, each in sides.items() if each)
            said.append(f"{name}: {words}")
    if not said:
        return []
    listed = ". ".join(f"{each[0].upper()}{each[1:]}" for each in said)
    return [
        f"What to do (follows from the cause; `nox -s survey -- remedies` measures it): {listed}."
    ]


def _disturbed(trials: Sequence[Trial]) -> list[str]:
    """Trials that began while more ran than themselves: their times say little."""
    busy = [
        each.host.load
        for each in trials
        if each.host.load is not None
        and each.host.load > max(each.place.lanes, each.host.cores) + 1
    ]
    if not busy:
        return []
    return [
        f"{len(busy)} of {len(trials)} trials began under a load average of up to {max(busy):.1f}: "
        "something else ran, and they may be slower and fail more often than others."
    ]


def _failing_words(row: Row) -> str:
    return (
        f"{row.target.name} ({row.load.name}) {row.failed} of {row.requests}, "
        f"in {row.failing} of {row.trials} trials"
    )


def _separating_words(failing: Sequence[Row], clean: Sequence[Row]) -> list[str]:
    """What differs between targets that failed and those that did not, as medians."""
    words = []
    for name, rows in (("failed", failing), ("did not fail", clean)):
        stalled = [row.stalled for row in rows if row.stalled is not None]
        opened = [
            row.connections / row.limit for row in rows if row.connections is not None and row.limit
        ]
        if stalled and opened:
            words.append(
                f"targets that {name} stood still {_span(stalled, '{:.0%}')} of the time "
                f"and opened {_span(opened, '{:.1f}')} times the connections their pool holds"
            )
    return [". ".join(each[0].upper() + each[1:] for each in words) + "."] if words else []


def _span(values: Sequence[float], form: str) -> str:
    low, high = form.format(min(values)), form.format(max(values))
    return low if low == high else f"{low} to {high}"
