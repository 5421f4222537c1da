"""What a reduction found: the smallest case, how sure that is, and why nothing smaller is."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec

from scripts.analysis.catalogue import STALE, UNKNOWN
from scripts.analysis.rates import Rate, at_least, rate
from scripts.reduction.lattice import ORIGINAL, Point, Reduced, Reduction
from scripts.reduction.shape import Shape, Space


class Limit(msgspec.Struct, frozen=True):
    """Why a parameter is no simpler.

    Attributes:
        parameter: its name.
        value, simpler: what it is, and the nearest simpler value that was tried.
        side: on which side the simpler value was wrong: "bad" (fails too rarely there) or "good"
            (fails there too).
        rate: of failures of the simpler case on that side.
    """

    parameter: str
    value: str
    simpler: str
    side: str
    rate: Rate


class Tried(msgspec.Struct, frozen=True):
    """A case that was tried: what it was, whether it was kept, and what it did to both rates."""

    case: str
    kept: bool
    bad: Rate
    good: Rate | None


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


class Smallest(msgspec.Struct, frozen=True, kw_only=True):
    """What a reduction found.

    Attributes:
        about: what was reduced.
        point, shape: the smallest case.
        original_bad, original_good: rates of failures of the original.
        confirmed_bad, confirmed_good: those of the finished script's confirming runs.
        seconds: median and most that a run of the script took on the bad side, start included.
        limits: why it is no smaller.
        tried: every case, in order.
    """

    about: About
    point: Point
    shape: Shape
    original_bad: Rate
    original_good: Rate | None
    confirmed_bad: Rate
    confirmed_good: Rate | None
    seconds: tuple[float, float]
    limits: list[Limit]
    tried: list[Tried]


def smallest(
    space: Space, reduction: Reduction, found: Reduced, seconds: Sequence[float], about: About
) -> Smallest:
    """A finished reduction in one piece.

    Args:
        space: the shapes it tried.
        reduction, found: its search and the result.
        seconds: what each confirming run on the bad side took.
        about: what was reduced.
    """
    bad_counts, good_counts = (reduction.of(ORIGINAL, side) for side in ("bad", "good"))
    good = about.good
    return Smallest(
        about=about,
        point=found.point,
        shape=space.shape(found.point),
        original_bad=rate([(bad_counts.failed, bad_counts.trials)]),
        original_good=rate([(good_counts.failed, good_counts.trials)]) if good else None,
        confirmed_bad=rate([found.bad]),
        confirmed_good=rate([found.good]) if good else None,
        seconds=(round(statistics.median(seconds), 2), round(max(seconds), 2)),
        limits=limits(space, reduction, found.point, bool(good)),
        tried=[
            Tried(
                space.shape(each.point).words,
                each.kept,
                rate([each.bad]),
                rate([each.good]) if good and each.good[1] else None,
            )
            for each in reduction.steps
        ],
    )


def limits(space: Space, reduction: Reduction, point: Point, two_sided: bool) -> list[Limit]:
    """Why each parameter of a case is no simpler, where a simpler value of it alone was tried."""
    found = []
    for axis, (name, ladder) in enumerate(space.ladders.items()):
        tried = [
            each
            for each in reduction.steps
            if not each.kept
            and each.point[axis] < point[axis]
            and (*each.point[:axis], point[axis], *each.point[axis + 1 :]) == point
        ]
        if not tried:
            continue
        nearest = max(tried, key=lambda each: each.point[axis])
        side = "good" if two_sided and nearest.good[0] else "bad"
        counts = nearest.good if side == "good" else nearest.bad
        words = (_value(ladder[point[axis]]), _value(ladder[nearest.point[axis]]))
        found.append(Limit(name.replace("_", "-"), *words, side, rate([counts])))
    return found


def _value(value: float | str | None) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def claim(found: Rate, good: bool) -> str:
    """What confirming runs allow: "fails in 100 of 100: at least 97%"."""
    if good:
        passed = found.trials - found.bad
        return f"passes in {passed} of {found.trials}: at least {percent(passed, found.trials)}"
    return f"fails in {found.bad} of {found.trials}: at least {percent(found.bad, found.trials)}"


def percent(struck: int, trials: int) -> str:
    """The share that so many runs allow, rounded down."""
    return f"{int(100 * at_least(struck, trials))}%"


def docstring(found: Smallest) -> tuple[str, list[str]]:
    """The first line of the script's docstring, and the others."""
    about = found.about
    bad, good = about.ran
    error = about.signal if about.signal[:1].isupper() else "an error"
    why = "" if about.cause == UNKNOWN else f" ({about.cause})"
    expected = "every request is answered"
    if about.cause == STALE:
        expected = "the pool opens another connection when the server has closed the idle one"
    told = ["", f"Expected: {expected}."]
    told += [f"Seen on {about.day}, at 95 % confidence: {bad} "
             f"{claim(found.confirmed_bad, good=False)} of runs;"]  # fmt: skip
    if found.confirmed_good is not None:
        told += [f"{good} {claim(found.confirmed_good, good=True)} of runs."]
        whole = found.original_good
        if whole is not None and whole.bad:
            told += [
                f"(Under the load it was reduced from, {good} fails too, in {whole.bad} of "
                f"{whole.trials} trials:",
                "this shows what changed between them, not where the failure began.)",
            ]
    else:
        told += ["no version is known to pass: it was reduced without one."]
    told += [
        "",
        "Exit status: 1 the bug shows, 0 it does not, 125 cannot be told (git bisect run).",
    ]
    return f"{bad} raises {error}{why}.", told


def lines(found: Smallest) -> list[str]:
    """A reduction, line by line."""
    about = found.about
    said = [f"{about.bad}, {about.signal}: {found.shape.words}"]
    middle, most = found.seconds
    said.append(
        f"  the script {claim(found.confirmed_bad, good=False)} of runs at 95% confidence; "
        f"{middle:g} s a run (median; at most {most:g} s)"
    )
    if found.confirmed_good is not None:
        said.append(f"  with {about.good} it {claim(found.confirmed_good, good=True)} of runs")
    else:
        said.append("  no --good was given: what remains may be a bug that every version has")
    bad, good = found.original_bad, found.original_good
    other = f", on the good side in {good.bad} of {good.trials}" if good else ""
    said.append(
        f"  the original ({about.load} load) failed in {bad.bad} of {bad.trials} trials{other}"
    )
    said.append(f"  cause, of the original and of the script: {about.cause}")
    kept = sum(each.kept for each in found.tried)
    said.append(f"  {len(found.tried)} cases tried, {kept} kept")
    said += [f"  {limit(each)}" for each in found.limits]
    return said


def limit(found: Limit) -> str:
    """Why a parameter is no simpler, in a sentence."""
    words = f"{found.parameter} is {found.value}: with {found.simpler}"
    counts = f"{found.rate.bad} of {found.rate.trials} trials"
    if found.side == "good":
        return f"{words} the good side fails too, in {counts}"
    return f"{words} it fails in {counts}"
