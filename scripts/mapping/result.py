"""What an atlas' trials show, as facts: cells, corners, the border, and what lies idle. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from scripts.analysis.hosts import HostEffect, of_trials
from scripts.analysis.idleness import longest_idle
from scripts.analysis.readings import Affected
from scripts.analysis.surroundings import surroundings
from scripts.domain.trial import Load, Target, Trial
from scripts.mapping.atlas import Atlas
from scripts.mapping.border import Border, Outcome, border
from scripts.mapping.comparison import ReleaseDifference, release_differences
from scripts.mapping.estimate import Estimate
from scripts.mapping.exploration import Exploration
from scripts.mapping.grid import COARSE, Cell
from scripts.mapping.scale import Scale
from scripts.mapping.target_map import TargetMap


class MappedPoint(msgspec.Struct, frozen=True):
    """Trials at one setting.

    Attributes:
        x, y: the two numbers.
        bad: trials that showed the signal.
        trials: those that said something about it.
        exposed: those of them in which the server closed a connection while requests were to come,
            so that they could show what comes of that.
        silent: trials that said nothing about it.
        coarse: whether it is one of those that every map has.
    """

    x: float
    y: float
    bad: int
    trials: int
    exposed: int
    silent: int
    coarse: bool


class MappedCell(msgspec.Struct, frozen=True):
    """What the corners around a part of the map say of its middle.

    Attributes:
        x_from, x_to, y_from, y_to: its sides.
        rate: of failing trials, 0 to 1; None where a corner has none.
        low, high: the 95 % interval.
        kind: see `Estimate`.
        exposed: trials at its corners that could show the signal.
    """

    x_from: float
    x_to: float
    y_from: float
    y_to: float
    rate: float | None
    low: float
    high: float
    kind: Literal["measured", "between", "border", "unknown"]
    exposed: int


class Idleness(msgspec.Struct, frozen=True):
    """Whether trials fail where a connection that is written on has been idle for longer than the
    server keeps one.

    Attributes:
        bad: failing trials of which that was noted.
        bad_longer: those of them in which one was written on after it.
        good: the others of which it was noted.
        good_longer: those of them in which one was.
    """

    bad: int
    bad_longer: int
    good: int
    good_longer: int


class TargetResult(msgspec.Struct, frozen=True):
    """The map of one target.

    Attributes:
        target: what it is of.
        layer: version of anyio that its clients ran with; empty for none.
        trials: that said something about the signal.
        bad: those that showed it.
        exposed: see `MappedPoint`.
        silent: trials that said nothing about it.
        affected: requests of theirs that showed it; None for a signal that is not judged by
            request.
        requests: all that they sent.
        points: in the order of their numbers.
        cells: those of the map.
        border: the line that tells failing settings from others; None where none does.
        idleness: of its connections.
    """

    target: Target
    layer: str
    trials: int
    bad: int
    exposed: int
    silent: int
    affected: int | None
    requests: int
    points: list[MappedPoint]
    cells: list[MappedCell]
    border: Border | None
    idleness: Idleness


class RanOn(msgspec.Struct, frozen=True):
    """Where and when trials ran.

    Attributes:
        cpu: model of the processor.
        cores: of it that they might use.
        platform: operating system, its release and the processor's architecture.
        days: UTC, in order.
    """

    cpu: str
    cores: int
    platform: str
    days: list[str]


class AtlasResult(msgspec.Struct, frozen=True):
    """What an atlas' trials show.

    Attributes:
        name: of the folder that holds them.
        command: the arguments that asked it.
        signal: what is mapped.
        load: all its numbers but two.
        x, y: those two.
        maps: of each target, in order.
        differences: between releases of one library.
        ending: whether more trials may tell more.
        whole: whether every corner of the coarsest map was measured, of each target.
        trials: how many it rests on.
        last: number of the last of them.
        machines: where they ran.
        hosts: whether those differ; None where there was one.
    """

    name: str
    command: tuple[str, ...]
    signal: str
    load: Load
    x: Scale
    y: Scale
    maps: list[TargetResult]
    differences: list[ReleaseDifference]
    ending: Literal["told", "ran out"]
    whole: bool
    trials: int
    last: int
    machines: list[RanOn]
    hosts: HostEffect | None = None


def atlas_result(exploration: Exploration) -> AtlasResult:
    """What an atlas' trials show so far."""
    atlas = exploration.atlas
    trials = [mapped.trial for mapped in exploration.trials]
    maps = [_target_result(exploration, one) for one in exploration.maps]
    return AtlasResult(
        atlas.name,
        atlas.command,
        atlas.signal,
        atlas.load,
        atlas.x,
        atlas.y,
        maps,
        release_differences(exploration),
        "told" if exploration.next() is None else "ran out",
        exploration.whole,
        len(trials),
        max((trial.place.order for trial in trials), default=0),
        _machines(trials),
        of_trials(trials),
    )


def _target_result(exploration: Exploration, one: TargetMap) -> TargetResult:
    atlas = exploration.atlas
    ran = [mapped for mapped in exploration.trials if mapped.map is one]
    told = [
        (mapped.corner, mapped.trial, mapped.reading.bad)
        for mapped in ran
        if mapped.reading.bad is not None
    ]
    affected = [
        mapped.reading.basis.affected
        for mapped in ran
        if isinstance(mapped.reading.basis, Affected)
    ]
    points = [
        MappedPoint(
            atlas.x.value(corner.shares[0]),
            atlas.y.value(corner.shares[1]),
            tally.bad,
            tally.trials,
            tally.exposed,
            tally.silent,
            corner.x % COARSE == 0 and corner.y % COARSE == 0,
        )
        for corner, tally in sorted(one.measured().items())
    ]
    cells = [_cell(atlas, cell, one.at(cell.middle)) for cell in sorted(one.cells)]
    return TargetResult(
        one.target,
        surroundings([mapped.trial for mapped in ran]).layer,
        len(told),
        sum(bad for _, _, bad in told),
        sum(point.exposed for point in points),
        len(ran) - len(told),
        sum(affected) if affected else None,
        sum(trial.client.request_count for _, trial, _ in told),
        points,
        cells,
        border([Outcome(*corner.shares, bad) for corner, _, bad in told], atlas.x, atlas.y),
        _idleness([(trial, bad) for _, trial, bad in told]),
    )


def _cell(atlas: Atlas, cell: Cell, middle: Estimate) -> MappedCell:
    low, far = cell.corners[0].shares, cell.corners[-1].shares
    return MappedCell(
        atlas.x.value(low[0]),
        atlas.x.value(far[0]),
        atlas.y.value(low[1]),
        atlas.y.value(far[1]),
        middle.rate,
        middle.low,
        middle.high,
        middle.kind,
        middle.exposed,
    )


def _idleness(told: Sequence[tuple[Trial, bool]]) -> Idleness:
    """Whether trials fail where something idle is written on for which the server has no patience
    any more.
    """
    longer: dict[bool, list[bool]] = {True: [], False: []}
    for trial, bad in told:
        longest, kept = longest_idle(trial), trial.load.keep_alive
        if longest is not None and kept is not None:
            longer[bad].append(longest > kept)
    failing, others = longer[True], longer[False]
    return Idleness(len(failing), sum(failing), len(others), sum(others))


def _machines(trials: Sequence[Trial]) -> list[RanOn]:
    days: dict[tuple[str, int, str], set[str]] = {}
    for trial in trials:
        host = trial.host
        days.setdefault((host.cpu, host.cores, host.platform), set()).add(trial.started[:10])
    return [RanOn(*host, sorted(on)) for host, on in days.items()]
