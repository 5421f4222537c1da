"""The matrix: which targets are set beside each other, and what their trials say together."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import structs

from scripts.analysis.catalogue import Sure
from scripts.analysis.gist import Gist, InCommon, Met, Way, gists
from scripts.analysis.hosts import HostEffect, HostValue, failed_share, host_effect
from scripts.analysis.rates import interval
from scripts.analysis.stalls import Blockage, StallSum
from scripts.analysis.surroundings import (
    Companions,
    Gathered,
    Measured,
    Unsaid,
    compared,
)
from scripts.domain import libraries
from scripts.domain.libraries import Axis
from scripts.domain.shared import Shared
from scripts.domain.targets import control, document, is_control, target
from scripts.domain.trial import LOADS, Load, Outcome, Target, Trial


class FailureKind(msgspec.Struct, frozen=True):
    """One kind of failure of a row.

    Attributes:
        chain: names of the exceptions, the one raised first; empty for a request that was still
            under way at the end, and for a trial that ended before its requests did.
        detail: how such a trial ended; None for a request.
        cause: one of the keys of `ADVICE`, or how the trial ended.
        sure: how sure the cause is.
        requests: how many failed this way; trials, where they ended before their requests did.
    """

    chain: tuple[str, ...]
    detail: str | None
    cause: str
    sure: Sure
    requests: int


class Unmeasured(msgspec.Struct, frozen=True):
    """Trials that say nothing.

    Attributes:
        outcome: how they ended.
        detail: why.
        trials: how many.
    """

    outcome: Outcome
    detail: str
    trials: int


class Races(msgspec.Struct, frozen=True):
    """How requests that failed on a stale connection met its close.

    Attributes:
        stale: how many, by both ends' notes.
        told: those of which a look at the socket right before the write would have told: the close
            had reached the client by then.
        hidden: those of which it would have told nothing, or may have, although the close had
            reached the client: see `ClosedIdle.hidden`.
        overlooked: of these, the ones whose connection was looked at when the close had reached the
            client, and the look told nothing.
        undecided: those of which it may have told, or not: the two came too near to each other. In
            the others the write was first.
        noted: those whose assignment by a pool was noted.
        assigned: of those, the ones that were assigned the connection before it was closed.
        watched: those of which it was noted whether the event loop read the socket.
        paused: of those, the ones on which it did not.
        blocked: those of which a time of over 100 ms in which the event loop was blocked reached
            into that between the assignment (the first try to write, where that was not noted), or
            the close if that was earlier, and the write.
        looked: those of which the last look at the socket before the write was noted.
        after_look: of those, the ones whose close came between that look and the write.
        window_ms: (least, median, most) milliseconds from the server's close to the client's write;
            None where no request failed so.
        look_ms: median milliseconds from the last look to the write; None where none was noted.
    """

    stale: int
    told: int
    hidden: int
    overlooked: int
    undecided: int
    noted: int
    assigned: int
    watched: int
    paused: int
    blocked: int
    looked: int
    after_look: int
    window_ms: tuple[float, float, float] | None
    look_ms: float | None


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
        blocked: what blocked the loops of all those trials; None where nothing did, or nobody
            looked.
        closed: median number of connections that the server closed while requests were to come.
        assignments: mean number of times that a request that was written was assigned a connection
            before; None where that was not noted.
        races: how the requests that failed on a stale connection met its close.
        failures: kinds of failure, commonest first.
        unmeasured: trials that say nothing.
        files: the trials the row rests on, as campaign/order.
        lanes: how many ran at a time; more than one number where that differs.
        surroundings: what they ran with.
        unsaid: how it differs from the row it is compared with, beyond what the two are called;
            None where it does not, or where it is compared with none.
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
    blocked: Blockage | None
    closed: float | None
    assignments: float | None
    races: Races
    failures: list[FailureKind]
    unmeasured: list[Unmeasured]
    files: list[str]
    lanes: list[int]
    surroundings: Companions
    unsaid: Unsaid | None = None


class Disturbed(msgspec.Struct, frozen=True):
    """Trials that began while more ran than themselves: how many of how many, and the highest load
    average.
    """

    disturbed: int
    trials: int
    load: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of trials says.

    Attributes:
        rows: one for each target and load.
        disturbed: trials that something else disturbed; None where nothing did.
        pythons: where a client ran on another Python than the tooling, full versions of both,
            the client's first.
        hosts: whether the hosts differ that ran them; None where one did.
    """

    rows: list[Row]
    disturbed: Disturbed | None
    pythons: list[tuple[str, str]]
    hosts: HostEffect | None = None

    @property
    def failing(self) -> list[Row]:
        """Rows with a failing trial."""
        return [row for row in self.rows if row.failing]

    @property
    def clean(self) -> list[Row]:
        """Rows that were measured and have none."""
        return [row for row in self.rows if row.trials and not row.failing]


def default_entries(chosen: Sequence[Target]) -> list[tuple[Target, Load]]:
    """The default matrix: the document's pair under its own load, the rest compressed.

    Args:
        chosen: the telling releases of the axes.
    """
    pair = [(target, LOADS["document"]) for target in (document(), control())]
    return pair + entries(chosen, LOADS["compressed"])


def entries(chosen: Iterable[Target], load: Load) -> list[tuple[Target, Load]]:
    """Targets under one load, with the control beside them."""
    return [(target, load) for target in dict.fromkeys([*chosen, control()])]


def every(axis: Axis, versions: Iterable[str]) -> list[Target]:
    """A target for each of these releases of an axis."""
    return [target(axis, (f"{axis.package}=={version}",)) for version in versions]


def summarise(ran: Iterable[Trial | Gist]) -> Summary:
    """What trials say together: a row for each target and load, in the order they are listed.

    Args:
        ran: trials of one campaign or of several, or their gists; looked at one by one.
    """
    together = SummarySum()
    for one in gists(ran):
        together.add(one)
    return together.summary()


KNOWN = 10_000
"""Kinds of trials of which it is kept to which row they belong."""


class SummarySum:
    """What trials say together, added up trial by trial."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, ...], _Group] = {}
        self._controls: dict[Round, float] = {}
        self._disturbance, self._pythons = _Disturbance(), _Pythons()
        self._by_about: dict[int, tuple[Shared[InCommon], _Group]] = {}
        self._on_hosts: list[HostValue] = []
        self._campaigns: set[str] = set()

    def add(self, one: Gist) -> None:
        """Take in a trial."""
        group = self._group(one)
        group.add(one)
        if group.control and one.outcome == "completed" and one.wall:
            self._controls[_round(one)] = one.wall
        self._disturbance.add(one)
        self._pythons.add(one)
        self._campaigns.add(one.about.value.campaign)
        if one.measured:
            host = one.about.value.host.name
            share = failed_share(one.failed, one.requests, one.failing)
            self._on_hosts.append(HostValue(group, host, share))

    def _group(self, one: Gist) -> _Group:
        """The trials of its target and load."""
        # By identity: what many trials have in common need not be worked out for each of them.
        known = self._by_about.get(id(one.about))
        if known is not None:
            return known[1]
        # A name does not tell what is held equal, nor every one of many pins.
        pins = " ".join((*one.target.pins, *one.target.equalised))
        name = (one.load.name, one.target.name, pins)
        if name not in self._groups:
            self._groups[name] = _Group(one)
        if len(self._by_about) < KNOWN:
            self._by_about[id(one.about)] = (one.about, self._groups[name])
        return self._groups[name]

    def summary(self) -> Summary:
        """What they say."""
        rows = sorted(
            (group.row(self._controls) for group in self._groups.values()),
            key=lambda row: (_load_place(row.load), _axis_place(row.target), _release_place(row)),
        )
        unsaid = compared([Measured(row.target, row.load, row.surroundings) for row in rows])
        return Summary(
            rows=[structs.replace(row, unsaid=one) for row, one in zip(rows, unsaid, strict=True)],
            disturbed=self._disturbance.sum(),
            pythons=self._pythons.differing(),
            # Trials of several campaigns are no comparison of the hosts that they ran on.
            hosts=host_effect(self._on_hosts) if len(self._campaigns) == 1 else None,
        )


Round = tuple[str, int, str, str, str]
"""A round under one load: campaign, number, name of the load, the Python, the host."""


def _round(one: Gist) -> Round:
    about = one.about.value
    return about.campaign, one.round, one.load.name, one.target.python, about.host.name


class _Group:
    """The trials of one target under one load, added up trial by trial.

    Args:
        first: the first of them.

    Attributes:
        control: whether others are compared with them.
    """

    def __init__(self, first: Gist) -> None:
        self.control = is_control(first.target)
        self._target, self._load = first.target, first.load
        self._files: list[str] = []
        self._lanes: set[int] = set()
        self._trials = self._failing = self._requests = self._failed = 0
        self._ends: Counter[tuple[Outcome, str]] = Counter()
        self._ways: Counter[Way] = Counter()
        self._races = _RaceSum()
        self._stalls = StallSum()
        self._ran_with = Gathered()
        self._rounds: list[tuple[Round, float]] = []
        self._assigned = self._written = 0
        self._values: dict[str, list[float]] = {}

    def add(self, one: Gist) -> None:
        """Take in a trial."""
        self._files.append(one.name)
        self._lanes.add(one.about.value.lanes)
        if not one.measured:
            self._ends[one.outcome, one.detail] += 1
            return
        self._trials += 1
        self._failing += one.failing
        self._requests += one.requests or 0
        self._failed += one.failed
        for way, count in one.ways:
            self._ways[way.value] += count
        self._races.add(one.met)
        self._ran_with.add(one.target, one.about.value.client, one.about.value.server)
        if one.stalled is not None:
            self._stalls.add(one.stalled)
        if one.outcome == "completed":
            self._add_completed(one)

    def _add_completed(self, one: Gist) -> None:
        """Take in what is measured of a trial that completed."""
        late, share = one.late or (None, None)
        measures = {
            "wall": one.wall,
            "cpu": one.cpu_per_request,
            "opened": one.opened,
            "late": late,
            "share": share,
            "closed": one.closed,
        }
        for measure, value in measures.items():
            if value is not None:
                self._values.setdefault(measure, []).append(float(value))
        if one.wall:
            self._rounds.append((_round(one), one.wall))
        self._assigned += one.assigned[0]
        self._written += one.assigned[1]

    def row(self, controls: Mapping[Round, float]) -> Row:
        """What they say together.

        Args:
            controls: wall time of each round's control.
        """
        ratios = [wall / controls[number] for number, wall in self._rounds if number in controls]
        return Row(
            target=self._target,
            load=self._load,
            trials=self._trials,
            failing=self._failing,
            failing_interval=interval(self._failing, self._trials) if self._trials else None,
            requests=self._requests,
            failed=self._failed,
            wall=self._median("wall"),
            ratio=None if self.control else median(ratios),
            cpu_per_request=_milliseconds(self._median("cpu")),
            connections=self._median("opened"),
            limit=self._load.concurrency,
            stalled=self._median("share"),
            longest_stall=self._median("late"),
            blocked=self._stalls.blockage(),
            closed=self._median("closed"),
            assignments=self._assigned / self._written if self._written else None,
            races=self._races.races(),
            failures=[
                FailureKind(way.chain, way.detail, way.cause, way.sure, count)
                for way, count in self._ways.most_common()
            ],
            unmeasured=[Unmeasured(*end, count) for end, count in self._ends.items()],
            files=self._files,
            lanes=sorted(self._lanes),
            surroundings=self._ran_with.companions(),
        )

    def _median(self, measure: str) -> float | None:
        return median(self._values.get(measure, ()))


class _Disturbance:
    """Trials that began while more ran than themselves, added up: their times say little."""

    def __init__(self) -> None:
        self._trials = 0
        self._loads: list[float] = []

    def add(self, one: Gist) -> None:
        """Take in a trial."""
        self._trials += 1
        about, load = one.about.value, one.host_load
        if load is not None and load > max(about.lanes, about.host.cores) + 1:
            self._loads.append(load)

    def sum(self) -> Disturbed | None:
        """All of them; None for none."""
        loads = self._loads
        return Disturbed(len(loads), self._trials, max(loads)) if loads else None


class _Pythons:
    """The Pythons of clients and of the tooling."""

    def __init__(self) -> None:
        self._pairs: set[tuple[str, str]] = set()

    def add(self, one: Gist) -> None:
        """Take in those of a trial, where both were noted."""
        client, host = one.about.value.client, one.about.value.host
        if client is not None and host.python:
            self._pairs.add((client.python, host.python))

    def differing(self) -> list[tuple[str, str]]:
        """Those that differ."""
        return sorted(pair for pair in self._pairs if pair[0] != pair[1])


class _RaceSum:
    """How failed requests met the close of a stale connection, added up trial by trial."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(COUNTED, 0)
        self._windows: list[float] = []
        self._since_looks: list[float] = []

    def add(self, met: Met | None) -> None:
        """Take in how those of one trial did."""
        if met is not None:
            self._windows += met.windows
            self._since_looks += met.since_looks
            for name in COUNTED:
                self._counts[name] += getattr(met, name)

    def races(self) -> Races:
        """All of them."""
        windows, since_looks = self._windows, self._since_looks
        return Races(
            stale=len(windows),
            window_ms=(min(windows), statistics.median(windows), max(windows)) if windows else None,
            look_ms=statistics.median(since_looks) if since_looks else None,
            **self._counts,
        )


COUNTED = tuple(
    name for name in Races.__struct_fields__ if name != "stale" and not name.endswith("_ms")
)
"""What of races is a count of those for which something holds."""


def races_of(trials: Iterable[Trial]) -> Races:
    """How the failed requests of trials met the close of a stale connection."""
    together = _RaceSum()
    for one in gists(trials):
        together.add(one.met)
    return together.races()


def median(values: Iterable[float | None]) -> float | None:
    """The median of what was measured; None where nothing was."""
    measured = [value for value in values if value is not None]
    return statistics.median(measured) if measured else None


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds


def _load_place(load: Load) -> tuple[int, str]:
    names = list(LOADS)
    return (names.index(load.name) if load.name in names else len(names), load.name)


def _axis_place(target: Target) -> int:
    names = list(libraries.axes())
    return names.index(target.axis) if target.axis in names else len(names)


def _release_place(row: Row) -> list[tuple[int, int | str]]:
    """Order within an axis: by version, numbers as numbers."""
    return [
        (0, int(word)) if word.isdigit() else (1, word)
        for word in row.target.name.replace(".", " ").split()
    ]


def counted_causes(rows: Iterable[Row]) -> Counter[str]:
    """How many requests failed of each cause."""
    counts: Counter[str] = Counter()
    for row in rows:
        for kind in row.failures:
            counts[kind.cause] += kind.requests
    return counts


def widespread(rows: Iterable[Row]) -> list[str]:
    """The causes, the one that affects most targets first."""
    affected = Counter(cause for row in rows for cause in counted_causes([row]))
    return [cause for cause, _ in affected.most_common()]
