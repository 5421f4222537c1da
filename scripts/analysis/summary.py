"""The matrix: which targets are set beside each other, and what their trials say together."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import structs

from scripts.analysis import hosts
from scripts.analysis.catalogue import ClosedIdle, Sure
from scripts.analysis.causes import causes, explain
from scripts.analysis.connections import cases
from scripts.analysis.hosts import HostEffect
from scripts.analysis.rates import interval
from scripts.analysis.stalls import Blockage, of_trials
from scripts.analysis.surroundings import (
    Companions,
    Measured,
    Unsaid,
    compared,
    surroundings,
)
from scripts.domain import libraries
from scripts.domain.libraries import Axis
from scripts.domain.targets import control, document, is_control, target
from scripts.domain.trial import LOADS, Client, Load, Outcome, Server, Target, Trial
from scripts.domain.words import link_words

BLOCKED = 0.0005
"""Seconds that an event loop must be blocked for between two moments to count as blocked there: a
shorter time is that of noting them."""


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
        window_ms: (least, median, most) milliseconds from the server's close to the client's write;
            None where no request failed so.
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
    window_ms: tuple[float, float, float] | None


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


def summarise(trials: Sequence[Trial]) -> Summary:
    """What trials say together: a row for each target and load, in the order they are listed.

    Args:
        trials: of one campaign or of several.
    """
    groups: dict[tuple[str, ...], list[Trial]] = {}
    for trial in trials:
        # A name does not tell what is held equal, nor every one of many pins.
        pins = " ".join((*trial.target.pins, *trial.target.equalised))
        groups.setdefault((trial.load.name, trial.target.name, pins), []).append(trial)
    controls = {
        _round(trial): trial.client.wall
        for trial in trials
        if is_control(trial.target) and trial.outcome == "completed" and trial.client.wall
    }
    rows = sorted(
        (_row(group, controls) for group in groups.values()),
        key=lambda row: (_load_place(row.load), _axis_place(row.target), _release_place(row)),
    )
    unsaid = compared([Measured(row.target, row.load, row.surroundings) for row in rows])
    campaigns = {trial.place.campaign for trial in trials}
    return Summary(
        rows=[structs.replace(row, unsaid=one) for row, one in zip(rows, unsaid, strict=True)],
        disturbed=_disturbed(trials),
        pythons=_pythons(trials),
        # Trials of several campaigns are no comparison of the hosts that they ran on.
        hosts=hosts.of_trials(trials) if len(campaigns) == 1 else None,
    )


Round = tuple[str, int, str, str]
"""A round under one load on one Python: campaign, number, name of the load, the Python."""


def _round(trial: Trial) -> Round:
    return trial.place.campaign, trial.place.round, trial.load.name, trial.target.python


def _row(group: Sequence[Trial], controls: Mapping[Round, float]) -> Row:
    """One target under one load.

    Args:
        group: its trials, at least one.
        controls: wall time of each round's control.
    """
    first = group[0]
    measured = [trial for trial in group if trial.measured]
    clients = [trial.client for trial in measured if trial.outcome == "completed"]
    servers = [trial.server for trial in measured if trial.outcome == "completed"]
    failing = sum(trial.failing for trial in measured)
    return Row(
        target=first.target,
        load=first.load,
        trials=len(measured),
        failing=failing,
        failing_interval=interval(failing, len(measured)) if measured else None,
        requests=sum(trial.client.request_count for trial in measured if trial.client.requests),
        failed=sum(trial.client.failed_requests for trial in measured),
        wall=median(client.wall for client in clients),
        ratio=None if is_control(first.target) else median(_ratios(measured, controls)),
        cpu_per_request=_milliseconds(
            median(client.cpu_per_request for client in clients if client.requests)
        ),
        connections=median(_opened(server) for server in servers),
        limit=first.load.concurrency,
        stalled=median(client.lag.late_share for client in clients if client.lag),
        longest_stall=median(client.lag.longest for client in clients if client.lag),
        blocked=of_trials(measured),
        closed=median(closed_early(server) for server in servers),
        assignments=_assignments(clients),
        races=races_of(measured),
        failures=_failures(measured),
        unmeasured=_unmeasured(group),
        files=[trial.name for trial in group],
        lanes=sorted({trial.place.lanes for trial in group}),
        surroundings=surroundings(group),
    )


def _ratios(trials: Iterable[Trial], controls: Mapping[Round, float]) -> list[float]:
    """Wall times against those of the same rounds' controls."""
    return [
        trial.client.wall / controls[_round(trial)]
        for trial in trials
        if trial.outcome == "completed" and trial.client.wall and _round(trial) in controls
    ]


def _failures(trials: Iterable[Trial]) -> list[FailureKind]:
    """The kinds of failure of trials that were measured, commonest first."""
    kinds: Counter[tuple[tuple[str, ...], str | None, str, Sure]] = Counter()
    for trial in trials:
        for case in cases(trial):
            cause = explain(case)
            chain = tuple(link_words(link) for link in case.chain)
            kinds[chain, None, cause.name, cause.sure] += 1
        if trial.outcome != "completed":
            kinds[(), trial.detail, *_end(trial)] += 1
    return [FailureKind(*kind, count) for kind, count in kinds.most_common()]


def _end(trial: Trial) -> tuple[str, Sure]:
    """Why a trial ended before its requests did: the cause of that, else the outcome itself."""
    for cause in causes(trial):
        if cause.request is None:
            return cause.name, cause.sure
    return trial.outcome, "certain"


def _unmeasured(trials: Iterable[Trial]) -> list[Unmeasured]:
    """The trials that say nothing, those that ended alike together."""
    ends = Counter((trial.outcome, trial.detail) for trial in trials if not trial.measured)
    return [Unmeasured(*end, count) for end, count in ends.items()]


def races_of(trials: Iterable[Trial]) -> Races:
    """How the failed requests of trials met the close of a stale connection."""
    met = [
        cause.evidence
        for trial in trials
        for cause in map(explain, cases(trial))
        if isinstance(cause.evidence, ClosedIdle)
    ]
    # Notes are to the microsecond; further digits are noise of the subtraction.
    windows = [round(1000 * race.close_to_write, 3) for race in met]
    noted = [race.assigned_to_close for race in met if race.assigned_to_close is not None]
    watched = [race.reading for race in met if race.reading in ("active", "paused")]
    return Races(
        stale=len(met),
        told=sum(race.told for race in met),
        hidden=sum(race.hidden for race in met),
        overlooked=sum(race.hidden and race.overlooked for race in met),
        undecided=sum(race.undecided for race in met),
        noted=len(noted),
        assigned=sum(before >= 0 for before in noted),
        watched=len(watched),
        paused=watched.count("paused"),
        blocked=sum(race.stalled >= BLOCKED for race in met),
        window_ms=(min(windows), statistics.median(windows), max(windows)) if windows else None,
    )


def _assignments(clients: Iterable[Client]) -> float | None:
    """How often a request that was written was assigned a connection before, in the mean; None
    where none was noted.
    """
    most: Counter[tuple[int, int]] = Counter()
    for number, client in enumerate(clients):
        for turn in (turn for connection in client.connections for turn in connection.turns):
            if turn.request is not None and turn.assignments:
                key = (number, turn.request)
                most[key] = max(most[key], turn.assignments)
    return statistics.mean(most.values()) if most else None


def _opened(server: Server) -> float | None:
    """Connections that a server accepted; None where that was not noted."""
    return None if server.connections is None else float(len(server.connections))


def closed_early(server: Server) -> float | None:
    """Connections that a server closed by itself before the last request came; None where that
    was not noted.
    """
    if server.connections is None:
        return None
    arrivals = (connection.arrivals for connection in server.connections)
    last = max((came[-1][0] for came in arrivals if came), default=0.0)
    return float(
        sum(
            connection.closed is not None and connection.closed < last and connection.closed_first
            for connection in server.connections
        )
    )


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


def _disturbed(trials: Sequence[Trial]) -> Disturbed | None:
    """Trials that began while more ran than themselves: their times say little."""
    loads = [
        trial.host.load
        for trial in trials
        if trial.host.load is not None
        and trial.host.load > max(trial.place.lanes, trial.host.cores) + 1
    ]
    return Disturbed(len(loads), len(trials), max(loads)) if loads else None


def _pythons(trials: Iterable[Trial]) -> list[tuple[str, str]]:
    """The Pythons of clients and of the tooling, where these differ and both were noted."""
    pairs = {
        (trial.client.environment.python, trial.host.python)
        for trial in trials
        if trial.client.environment is not None and trial.host.python
    }
    return sorted(pair for pair in pairs if pair[0] != pair[1])


def counted_causes(rows: Iterable[Row]) -> Counter[str]:
    """How many requests failed of each cause."""
    counts: Counter[str] = Counter()
    for row in rows:
        for kind in row.failures:
            counts[kind.cause] += kind.requests
    return counts


def widespread(rows: Iterable[Row]) -> list[str]:
    """The causes, the one that strikes most targets first."""
    struck = Counter(cause for row in rows for cause in counted_causes([row]))
    return [cause for cause, _ in struck.most_common()]
