"""The gist of a trial: all that tables over many trials take of it, and nothing that grows with
its requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import structs

from scripts.analysis.catalogue import ClosedIdle, Sure
from scripts.analysis.causes import causes, explain
from scripts.analysis.connections import cases
from scripts.analysis.stalls import Stalled, stalled
from scripts.domain.shared import Shared
from scripts.domain.trial import Client, Environment, Host, Load, Outcome, Server, Target, Trial
from scripts.domain.words import link_words, raised

BLOCKED = 0.0005
"""Seconds that an event loop must be blocked for between two moments to count as blocked there: a
shorter time is that of noting them."""


class InCommon(msgspec.Struct, frozen=True):
    """What a trial has in common with others of its target and load.

    Attributes:
        campaign: its folder.
        lanes: how many trials ran at a time.
        target, load: what was judged, and under what.
        host: the machine, without its load at the time.
        client, server: what either ran with.
    """

    campaign: str
    lanes: int
    target: Target
    load: Load
    host: Host
    client: Environment | None
    server: Environment | None


class Way(msgspec.Struct, frozen=True, cache_hash=True):
    """One way to fail: the names of the exceptions, how the trial ended, the cause, how sure; as
    in `FailureKind`.
    """

    chain: tuple[str, ...]
    detail: str | None
    cause: str
    sure: Sure


class Met(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """How the requests of a trial that failed on a stale connection met its close: how many of
    them as in `Races`, and of each the milliseconds from the server's close to its write, and from
    the last look at its socket, where that was noted.
    """

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
    windows: list[float]
    since_looks: list[float]


class Brief(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A trial in brief, for whoever needs no whole one.

    Attributes:
        about: what it has in common with others.
        order, round: its place.
        outcome: how it ended.
        measured: whether it says anything about its target.
        wall: seconds; None where that was not measured.
    """

    about: Shared[InCommon]
    order: int
    round: int
    outcome: Outcome
    measured: bool
    wall: float | None

    @property
    def target(self) -> Target:
        """What was judged."""
        return self.about.value.target

    @property
    def load(self) -> Load:
        """Under what."""
        return self.about.value.load

    @property
    def host(self) -> Host:
        """Where it ran; its load at the time is not told."""
        return self.about.value.host


class Gist(Brief, frozen=True, kw_only=True, array_like=True):
    """What tables take of a trial. What was not measured is None.

    Attributes:
        started: UTC, ISO 8601.
        detail: why it ended so.
        failing: whether it failed, as a trial's own.
        host_load: one-minute load average of the machine.
        cpu_per_request: seconds of processor time.
        requests: how many were recorded; None for a script that is not recorded per request.
        failed: how many of them failed.
        late: (longest time in seconds, share of the time) that the event loop was late by.
        stalled: what blocked it.
        opened: connections that the server accepted.
        closed: those that it closed by itself before the last request came.
        assigned: of the requests that were written, how often they were assigned a connection in
            all, and how many were.
        ways: in which it failed, each with how many requests did, or once for the trial.
        met: how its requests that failed on a stale connection met the close; None for no such.
        raised: names of the exceptions behind its requests' failures.
    """

    started: str
    detail: str = ""
    failing: bool
    host_load: float | None
    cpu_per_request: float | None
    requests: int | None
    failed: int
    late: tuple[float, float] | None = None
    stalled: Stalled | None = None
    opened: int | None = None
    closed: int | None = None
    assigned: tuple[int, int] = (0, 0)
    ways: list[tuple[Shared[Way], int]] = []
    met: Met | None = None
    raised: list[str] = []

    @property
    def name(self) -> str:
        """The trial as reports cite it."""
        return f"{self.about.value.campaign}/{self.order:04d}"


def gist(trial: Trial) -> Gist:
    """The gist of a trial."""
    client, server, lag = trial.client, trial.server, trial.client.lag
    explained = [(case, explain(case)) for case in cases(trial)]
    ways = Counter(
        Way(tuple(map(link_words, case.chain)), None, cause.name, cause.sure)
        for case, cause in explained
    )
    if trial.outcome != "completed":
        ways[Way((), trial.detail, *_end(trial))] += 1
    return Gist(
        about=Shared(about(trial)),
        order=trial.place.order,
        round=trial.place.round,
        started=trial.started,
        outcome=trial.outcome,
        detail=trial.detail,
        measured=trial.measured,
        failing=trial.failing,
        host_load=trial.host.load,
        wall=client.wall,
        cpu_per_request=client.cpu_per_request if client.requests else None,
        requests=client.request_count if client.requests else None,
        failed=client.failed_requests,
        late=(lag.longest, lag.late_share) if lag else None,
        stalled=stalled(lag.blocked) if lag and lag.blocked is not None else None,
        opened=None if server.connections is None else len(server.connections),
        closed=closed_early(server),
        assigned=_assigned(client),
        ways=[(Shared(way), count) for way, count in ways.items()],
        met=_met(
            [cause.evidence for _, cause in explained if isinstance(cause.evidence, ClosedIdle)]
        ),
        raised=list(dict.fromkeys(map(raised, client.failures))),
    )


def gists(ran: Iterable[Trial | Gist]) -> Iterable[Gist]:
    """The gists of trials, one by one; of what is one already, itself."""
    return (one if isinstance(one, Gist) else gist(one) for one in ran)


def about(trial: Trial) -> InCommon:
    """What a trial has in common with others of its target and load."""
    return InCommon(
        campaign=trial.place.campaign,
        lanes=trial.place.lanes,
        target=trial.target,
        load=trial.load,
        host=structs.replace(trial.host, load=None),
        client=trial.client.environment,
        server=trial.server.environment,
    )


def _end(trial: Trial) -> tuple[str, Sure]:
    """Why a trial ended before its requests did: the cause of that, else the outcome itself."""
    for cause in causes(trial):
        if cause.request is None:
            return cause.name, cause.sure
    return trial.outcome, "certain"


def _met(races: Sequence[ClosedIdle]) -> Met | None:
    """How requests met the close of a stale connection."""
    if not races:
        return None
    noted = [race.assigned_to_close for race in races if race.assigned_to_close is not None]
    watched = [race.reading for race in races if race.reading in ("active", "paused")]
    looked = [race.looked_to_write for race in races if race.looked_to_write is not None]
    return Met(
        told=sum(race.told for race in races),
        hidden=sum(race.hidden for race in races),
        overlooked=sum(race.hidden and race.overlooked for race in races),
        undecided=sum(race.undecided for race in races),
        noted=len(noted),
        assigned=sum(before >= 0 for before in noted),
        watched=len(watched),
        paused=watched.count("paused"),
        blocked=sum(race.stalled >= BLOCKED for race in races),
        looked=len(looked),
        after_look=sum(race.after_look for race in races),
        # Notes are to the microsecond; further digits are noise of the subtraction.
        windows=[round(1000 * race.close_to_write, 3) for race in races],
        since_looks=[round(1000 * seconds, 3) for seconds in looked],
    )


def _assigned(client: Client) -> tuple[int, int]:
    """How often the requests that were written were assigned a connection before, and how many of
    them were.
    """
    most: Counter[int] = Counter()
    for turn in (turn for connection in client.connections for turn in connection.turns):
        if turn.request is not None and turn.assignments:
            most[turn.request] = max(most[turn.request], turn.assignments)
    return most.total(), len(most)


def closed_early(server: Server) -> int | None:
    """Connections that a server closed by itself before the last request came; None where that
    was not noted.
    """
    if server.connections is None:
        return None
    arrivals = (connection.arrivals for connection in server.connections)
    last = max((came[-1][0] for came in arrivals if came), default=0.0)
    return sum(
        connection.closed is not None and connection.closed < last and connection.closed_first
        for connection in server.connections
    )
