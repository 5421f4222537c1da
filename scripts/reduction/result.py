"""What a reduction found: the smallest case, how sure that is, and why nothing smaller is."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

import msgspec

from scripts.analysis.hosts import HostEffect
from scripts.analysis.rates import Rate, rate
from scripts.domain.trial import Target
from scripts.reduction.client import OwnClient
from scripts.reduction.confirmation import Reduced
from scripts.reduction.lattice import ORIGINAL, Coordinates
from scripts.reduction.ledger import Counts
from scripts.reduction.reduction import Reduction
from scripts.reduction.replacement import Replaced
from scripts.reduction.shape import Shape, Space
from scripts.reduction.trail import Attempt


class Limit(msgspec.Struct, frozen=True):
    """Why a parameter is no simpler.

    Attributes:
        parameter: its name.
        value, simpler: what it is, and the nearest simpler value that was tried.
        side: on which side the simpler value was wrong: "bad" (fails too rarely there) or "good"
            (fails there too).
        rate: of failures of the simpler case on that side, of its trials that say something.
        silent: trials of it there that say nothing.
    """

    parameter: str
    value: str
    simpler: str
    side: str
    rate: Rate
    silent: int = 0


class Tried(msgspec.Struct, frozen=True):
    """A case that was tried. Trials of either side that say nothing are in no rate.

    Attributes:
        case: what it was, in a line.
        kept: whether it was.
        bad, good: rate of failures on that side; None where it was not run there.
        silent: how many more trials say nothing, on the bad and on the good side.
    """

    case: str
    kept: bool
    bad: Rate
    good: Rate | None
    silent: int = 0


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What was reduced.

    Attributes:
        name: of the reduction's folder.
        bad, good: targets; good is empty for none.
        ran: what the script runs on either side: "httpcore 1.0.6".
        signal, load, cause: what fails, under which load, and why.
        script: path of the script, relative to the project where it is inside.
        day: of the confirmation (YYYY-MM-DD).
        command: the arguments that asked.
        replaced: the client of one's own that the script takes the place of; None for none.
        lanes: how many ran at a time on a host; two of one that was stored before that was noted.
        hosts: whether the hosts differ that ran its trials; None where one did.
    """

    name: str
    bad: str
    good: str
    ran: tuple[str, str]
    signal: str
    load: str
    cause: str
    script: str
    day: str
    command: tuple[str, ...]
    replaced: Replaced | None = None
    lanes: int = 2
    hosts: HostEffect | None = None


class Smallest(msgspec.Struct, frozen=True, kw_only=True):
    """What a reduction found.

    Attributes:
        about: what was reduced.
        point, shape: the smallest case.
        original_bad, original_good: rates of failures of the original.
        confirmed_bad, confirmed_good: those of the finished script's confirming runs that say
            something.
        silent: how many more say nothing, on the bad and on the good side.
        seconds: median and most that a run of the script took on the bad side, start included.
        limits: why it is no smaller.
        tried: every case, in order.
    """

    about: About
    point: Coordinates
    shape: Shape
    original_bad: Rate
    original_good: Rate | None
    confirmed_bad: Rate
    confirmed_good: Rate | None
    seconds: tuple[float, float]
    limits: list[Limit]
    tried: list[Tried]
    silent: tuple[int, int] = (0, 0)


class SmallestClient(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a client script of one's own.

    Attributes:
        about: what was reduced.
        source: name of the script's file.
        server: of the script that serves beside it.
        point: the smallest form.
        statements, lines: left, and of the whole script without its comments.
        original_bad, original_good: rates of failures of the whole.
        confirmed_bad, confirmed_good: those of the form's confirming trials that say something.
        silent: how many more say nothing, on the bad and on the good side.
        seconds: median of what the client's part of a trial took on the bad side.
        tried: every form, in order.
    """

    about: About
    source: str
    server: str
    point: Coordinates
    statements: tuple[int, int]
    lines: tuple[int, int]
    original_bad: Rate
    original_good: Rate | None
    confirmed_bad: Rate
    confirmed_good: Rate | None
    silent: tuple[int, int]
    seconds: float
    tried: list[Tried]


def smallest(
    space: Space, reduction: Reduction, reduced: Reduced, seconds: Sequence[float], about: About
) -> Smallest:
    """A finished reduction in one piece.

    Args:
        space: the shapes it tried.
        reduction, reduced: its search and the result.
        seconds: what each confirming run on the bad side took.
        about: what was reduced.
    """
    two_sided = bool(about.good)
    ledger, attempts = reduction.ledger, reduction.trail.attempts
    return Smallest(
        about=about,
        point=reduced.point,
        shape=space.shape(reduced.point),
        original_bad=_rate(ledger.of(ORIGINAL, "bad")),
        original_good=_rate(ledger.of(ORIGINAL, "good")) if two_sided else None,
        confirmed_bad=_rate(reduced.bad),
        confirmed_good=_rate(reduced.good) if two_sided else None,
        seconds=(round(statistics.median(seconds), 2), round(max(seconds), 2)),
        limits=limits(space, attempts, reduced.point, two_sided),
        tried=[_tried(attempt, space.words(attempt.point)) for attempt in attempts],
        silent=(reduced.bad.silent, reduced.good.silent),
    )


def smallest_client(
    client: OwnClient,
    reduction: Reduction,
    reduced: Reduced,
    seconds: float,
    about: About,
    target: Target,
) -> SmallestClient:
    """A finished reduction of a client script in one piece.

    Args:
        client: the script.
        reduction, reduced: its search and the result.
        seconds: of a trial of the result, on the bad side.
        about: what was reduced.
        target: of the bad side.
    """
    two_sided = bool(about.good)
    ledger, attempts, point = reduction.ledger, reduction.trail.attempts, reduced.point
    return SmallestClient(
        about=about,
        source=Path(target.script).name,
        server=Path(target.server).name,
        point=point,
        statements=(client.left(point), client.statements),
        lines=(client.text(point).count("\n"), client.text(client.top).count("\n")),
        original_bad=_rate(ledger.of(ORIGINAL, "bad")),
        original_good=_rate(ledger.of(ORIGINAL, "good")) if two_sided else None,
        confirmed_bad=_rate(reduced.bad),
        confirmed_good=_rate(reduced.good) if two_sided else None,
        silent=(reduced.bad.silent, reduced.good.silent),
        seconds=round(seconds, 2),
        tried=[_tried(attempt, client.words(attempt.point)) for attempt in attempts],
    )


def _tried(attempt: Attempt, words: str) -> Tried:
    """A case that was tried, in words."""
    return Tried(
        words,
        attempt.kept,
        _rate(attempt.bad),
        _rate(attempt.good) if attempt.good.trials else None,
        attempt.bad.silent + attempt.good.silent,
    )


def limits(
    space: Space, attempts: Sequence[Attempt], point: Coordinates, two_sided: bool
) -> list[Limit]:
    """Why each parameter of a case is no simpler, where a simpler value of it alone was tried."""
    reasons = []
    for axis, (name, ladder) in enumerate(space.ladders.items()):
        simpler = [
            attempt
            for attempt in attempts
            if not attempt.kept
            and attempt.point[axis] < point[axis]
            and (*attempt.point[:axis], point[axis], *attempt.point[axis + 1 :]) == point
        ]
        if not simpler:
            continue
        nearest = max(simpler, key=lambda attempt: attempt.point[axis])
        of_good = nearest.good.failed > 0 or nearest.good.untestable
        counts = nearest.good if two_sided and of_good else nearest.bad
        reasons.append(
            Limit(
                parameter=name.replace("_", "-"),
                value=_value(ladder[point[axis]]),
                simpler=_value(ladder[nearest.point[axis]]),
                side="good" if counts is nearest.good else "bad",
                rate=_rate(counts),
                silent=counts.silent,
            )
        )
    return reasons


def _rate(counts: Counts) -> Rate:
    return rate([(counts.failed, counts.trials)])


def _value(value: float | str | None) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)
