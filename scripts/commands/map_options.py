"""What a call to map means: which targets, over which two numbers of which load."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated

from cyclopts import Parameter
from msgspec import structs

from scripts.analysis import signals
from scripts.commands.conditions import check_conditions, works
from scripts.commands.options import LoadOptions, python_version
from scripts.commands.rows import Newest
from scripts.domain import libraries, targets
from scripts.domain.libraries import CONTROL, DOCUMENT, SUCCESSOR
from scripts.domain.problems import UsageProblem
from scripts.domain.surveys import variant
from scripts.domain.trial import LOADS, Target
from scripts.domain.words import duration, listed
from scripts.environments.build import Environments
from scripts.mapping.atlas import Atlas
from scripts.mapping.grid import coarse, corners
from scripts.mapping.scale import Scale, parsed
from scripts.trials import host, store

MAPPED = LOADS["compressed"].derived(expiry_factor=1.0, delay=0.1)
"""The load of a map but for its two numbers: the client keeps an idle connection for as long as its
users have it."""

BEFORE_RESERVING = "httpx2==2.7.0"
"""The last release of the successor whose pool does not reserve an idle connection."""


@Parameter(name="*")
@dataclass(frozen=True)
class MapOptions:
    """What is mapped."""

    target: Annotated[tuple[str, ...], Parameter(name=("--targets", "--target"))] = ()
    """Pins, joined by commas; repeatable: a map of each. By default the newest httpx with the
    newest httpcore, the newest httpx2, httpx2 2.7.0 and the newest aiohttp."""
    x: str = ""
    """The number to the right, from the least to the most, such as keep-alive=0.02..10; one of
    keep-alive, concurrency, work (the caller's, per answer), delay (the handler's),
    keepalive-expiry (the client's), payload-bytes, requests, latency."""
    y: str = ""
    """The number upwards, such as concurrency=10..400."""
    signal: str = "stale-connection"
    """What is mapped, as for bisect; by default that a request fails because the server had closed
    its idle connection."""
    budget: datetime.timedelta = datetime.timedelta(minutes=30)
    """Run no more trials after this time; 30m by default."""


def asked_atlas(asked: MapOptions, load: LoadOptions, python: str, deadline: float | None) -> Atlas:
    """The atlas that a call asks for.

    Args:
        asked: what is mapped.
        load: its numbers beside the two.
        python: as a target has it.
        deadline: seconds each client may take; None for the load's own.

    Raises:
        UsageProblem: something cannot be read, or does not go together.
        MeasurementProblem: there is no such Python here, or the index cannot be reached.
    """
    x, y = (_scale(text, option) for text, option in ((asked.x, "--x"), (asked.y, "--y")))
    if x.name == y.name:
        raise UsageProblem(f"--x and --y are both {x.name}: a map has two settings.")
    _check_signal(asked.signal)
    _check_load(load, (x, y))
    base = load.resolve(MAPPED)
    newest = Newest(python_version(python, Environments()))
    works_too = base.work is not None or "work" in (x.name, y.name)
    chosen = [
        structs.replace(_working(target) if works_too else target, python=python)
        for target in _targets(asked.target, newest)
    ]
    name, created = store.named_now()
    atlas = Atlas(
        name=name,
        created=created,
        command=tuple(sys.argv[1:]),
        signal=asked.signal,
        targets=targets.distinct(chosen),
        load=base,
        x=x,
        y=y,
        budget=asked.budget.total_seconds(),
        deadline=deadline,
    )
    require_measurable(atlas)
    _check_budget(atlas)
    return atlas


def _scale(text: str, option: str) -> Scale:
    if not text:
        raise UsageProblem(
            "name two numbers of the load: --x keep-alive=0.02..10 --y concurrency=10..400."
        )
    return parsed(text, option)


def _check_signal(text: str) -> None:
    """Make sure that one trial alone can say something about a signal.

    Raises:
        UsageProblem: it is none, or a trial needs another beside it.
    """
    signal = signals.parse(text)
    if signal.needs_control or signal.unset:
        raise UsageProblem(
            f"{text!r} compares with other trials: a map takes what one trial tells, such as "
            f"ReadError, {'memory>200MB' if signal.kind == 'memory' else 'wall>3s'} or hang."
        )


def _check_load(load: LoadOptions, scales: Sequence[Scale]) -> None:
    """Make sure that no number is both mapped and given.

    Raises:
        UsageProblem: one is.
    """
    given = {option.name for option in fields(load) if getattr(load, option.name) is not None}
    twice = [scale.name for scale in scales if scale.quantity.field in given]
    if twice:
        raise UsageProblem(f"--{twice[0]} is varied by the map: leave it out.")


def _targets(written: Sequence[str], newest: Newest) -> list[Target]:
    """The targets of a map, as a call names them."""
    if written:
        return [targets.parse(text) for text in written]
    axes = libraries.axes()
    document, successor, control = (
        targets.latest(axes[name], newest)[-1] for name in (DOCUMENT, SUCCESSOR, CONTROL)
    )
    return [document, successor, targets.parse(BEFORE_RESERVING), control]


def _working(target: Target) -> Target:
    """A target whose caller works on each answer.

    Raises:
        UsageProblem: there is no such client of it.
    """
    axis = libraries.axes().get(target.axis)
    if works(target):
        return target
    if axis is None or not axis.blocking or target.script != axis.script:
        raise UsageProblem(f"there is no client of {target.name} whose caller works on an answer.")
    return variant(target, axis.blocking)


def require_measurable(atlas: Atlas) -> None:
    """Make sure that an atlas can be measured here.

    Raises:
        UsageProblem: a target cannot be put under such loads.
        MeasurementProblem: too few files may be open.
    """
    loads = [atlas.load_at(corner) for corner in corners(coarse())]
    for target in atlas.targets:
        check_conditions(target, loads[0])
    host.require_open_files(max(load.concurrency or 0 for load in loads))


def _check_budget(atlas: Atlas) -> None:
    """Make sure that there is time for a trial at each corner.

    Raises:
        UsageProblem: there is not even that.
    """
    loads = [atlas.load_at(corner) for corner in corners(coarse())]
    least = len(atlas.targets) * sum(load.ideal() for load in loads)
    if least > atlas.budget:
        names = listed(scale.quantity.words for scale in (atlas.x, atlas.y))
        raise UsageProblem(
            f"a budget of {duration(atlas.budget)} is less than one trial at each of the "
            f"{len(atlas.targets) * len(loads)} corners takes, {duration(least)} at the least: "
            f"give a longer --budget, fewer --targets or --requests, or less of {names}."
        )
