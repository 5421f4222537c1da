"""Under which settings it fails, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Load
from scripts.domain.words import listed
from scripts.mapping.atlas import Atlas
from scripts.mapping.border import EACH, Border, BorderMark
from scripts.mapping.comparison import ColumnDifference, ReleaseDifference
from scripts.mapping.estimate import Estimate
from scripts.mapping.exploration import Exploration
from scripts.mapping.result import AtlasResult, MappedPoint, RanOn, TargetResult
from scripts.mapping.scale import Scale
from scripts.report.document import Document
from scripts.report.hosts import host_lines


class PlaceAnswer(NamedTuple):
    """How often trials of a target fail under somebody's own settings.

    Attributes:
        target: its name.
        estimate: how often.
        words: the same in a sentence.
    """

    target: str
    estimate: Estimate
    words: str


class PrintedMap(Document, frozen=True, kw_only=True, tag="map"):
    """Under which settings it fails, and under one's own where those were asked about.

    Attributes:
        sentences: what the maps say: of each target, then between releases of one library.
        result: the maps.
        at: the settings asked about, by name; null for none.
        answers: how often trials of each target fail under them; empty where none were asked about.
        measured: where and when.
    """

    version: Literal[1]
    sentences: list[str]
    result: AtlasResult
    at: dict[str, float] | None
    answers: list[PlaceAnswer]
    measured: str


def printed_map(
    result: AtlasResult, at: dict[str, float] | None, answers: list[PlaceAnswer]
) -> PrintedMap:
    """Maps as they are printed as JSON."""
    return PrintedMap(
        version=1,
        sentences=map_lines(result),
        result=result,
        at=at,
        answers=answers,
        measured=measured_words(result.machines),
    )


def heading(result: AtlasResult) -> str:
    """What is mapped, in a line."""
    return f"{result.signal}, over {scale_words(result.x)} and {scale_words(result.y)}"


def scale_words(scale: Scale) -> str:
    """What a scale is of, and from where to where."""
    return f"{scale.quantity.words} ({scale.words(scale.low)} to {scale.words(scale.high)})"


def map_lines(result: AtlasResult) -> list[str]:
    """What maps say, line by line: of each target, then between releases of one library."""
    lines = [target_words(result, one) for one in result.maps]
    lines += [difference_words(result, one) for one in result.differences if one.columns]
    return lines + host_lines(result.hosts)


def target_words(result: AtlasResult, one: TargetResult) -> str:
    """What the map of a target says, in a few sentences."""
    name = one.target.name
    if not one.trials:
        return f"{name}: no trial said anything."
    counted = f"{name}: {one.bad} of {one.trials} trials showed it"
    counted += (
        "." if one.affected is None else f", in {one.affected:,} of {one.requests:,} requests."
    )
    return " ".join(filter(None, [counted, rule_words(result, one), *_further(one)]))


def rule_words(result: AtlasResult, one: TargetResult) -> str:
    """The rule that a map bears, in a sentence; what is said where it bears none."""
    if not one.bad or one.bad == one.trials:
        return ""
    if min(one.bad, one.trials - one.bad) < EACH:
        return "That is too few of either to draw a border."
    if one.border is None:
        return "No straight border tells the settings that fail from the others."
    return _border_words(one.border, result.x, result.y)


def _border_words(border: Border, x: Scale, y: Scale) -> str:
    given, sought = (x, y) if border.along == "x" else (y, x)
    below = border.fails == "below"
    of = " of" if given.quantity.unit else ""
    first, *others = (_mark_words(mark, given, sought, below) for mark in border.marks)
    places = [f"{first}{of} {given.quantity.words}", *others]
    return (
        f"It fails where {sought.quantity.words} {'is' if sought.quantity.unit else 'are'} "
        f"{'under' if below else 'over'} {listed(places)}: {border.told_bad} of "
        f"{border.bad} trials that failed are on that side, {border.told_good} of {border.good} "
        "others on the other."
    )


def _mark_words(mark: BorderMark, given: Scale, sought: Scale, below: bool) -> str:
    at = f"at {given.words(mark.at)}"
    if mark.border is not None:
        return f"{sought.words(mark.border)} {at}"
    end = sought.high if mark.everywhere == below else sought.low
    return f"{sought.words(end)} (the map's end) {at}"


def _further(one: TargetResult) -> list[str]:
    """What lay idle, what could not show it, and what said nothing."""
    idle = one.idleness
    lines = []
    if idle.bad and idle.good:
        lines.append(
            f"In {idle.bad_longer} of {idle.bad} trials that failed, and in {idle.good_longer} of "
            f"{idle.good} others, a connection was written on that had been idle for longer than "
            "the server keeps one."
        )
    unexposed = one.trials - one.exposed
    if unexposed:
        lines.append(
            f"{_trials(unexposed)} could not show it: the server closed no connection while "
            "requests were to come."
        )
    if one.silent:
        lines.append(f"Beside these {_trials(one.silent)} said nothing.")
    return lines


def _trials(count: int) -> str:
    return f"{count} trial{'' if count == 1 else 's'}"


def difference_words(result: AtlasResult, difference: ReleaseDifference) -> str:
    """What changed between two releases, in a sentence."""
    told = {
        verdict: [
            _column_words(column, result.x)
            for column in difference.columns
            if column.verdict == verdict
        ]
        for verdict in ("more", "fewer")
    }
    said = [f"{verdict} fail at {listed(columns)}" for verdict, columns in told.items() if columns]
    for verdict, words in (
        ("same", "no difference is shown"),
        ("too few", "too few trials to tell"),
    ):
        places = [
            result.x.words(column.x)
            + ("" if column.before.failed + column.after.failed else " (none fail)")
            for column in difference.columns
            if column.verdict == verdict
        ]
        said += [f"{words} at {listed(places)}"] if places else []
    return (
        f"From {difference.before} to {difference.after}, by {result.x.quantity.words}, over the "
        f"same values of {result.y.name}: {'; '.join(said)}."
    )


def _column_words(column: ColumnDifference, x: Scale) -> str:
    before, after = column.before, column.after
    return (
        f"{x.words(column.x)} ({after.failed:,} of {after.requests:,} requests, before "
        f"{before.failed:,} of {before.requests:,}; {before.trials} trials each)"
    )


def changed_words(results: Iterable[AtlasResult], axis: str = "") -> list[str]:
    """What maps say changed between releases, a sentence for each that shows a difference.

    Args:
        results: maps.
        axis: of one library alone; empty for all.
    """
    return [
        difference_words(result, difference)
        for result in results
        for difference in result.differences
        if axis in ("", difference.axis)
        and any(column.verdict in ("more", "fewer") for column in difference.columns)
    ]


def load_words(load: Load, mapped: Sequence[Scale]) -> str:
    """The numbers of a load that a map holds, in a sentence."""
    fields = {scale.quantity.field for scale in mapped}
    held = {
        "requests": f"{load.requests or 1000} POST requests",
        "concurrency": f"{load.concurrency or 300} at a time",
        "delay": f"an answer after {_or(load.delay, 3)} s",
        "keep_alive": f"a server that keeps an idle connection for {_or(load.keep_alive, 5)} s",
        "keepalive_expiry": "a client that keeps one for "
        + (
            f"{load.keepalive_expiry:g} s"
            if load.keepalive_expiry is not None
            else "as long as its library does"
            if load.expiry_factor == 1
            else f"{load.expiry_factor:g} times as long as its library does"
        ),
        "work": f"{1000 * (load.work or 0):g} ms of the caller's work per answer",
        "timeout": f"{_or(load.timeout, 30)} s at most for a request",
        "payload_bytes": f"an image of {load.payload_bytes or 30_000:,} bytes",
    }
    shown = [
        words
        for field, words in held.items()
        if field not in fields and (field != "work" or load.work is not None)
    ]
    between = f"; {load.latency:g} s each way" if load.latency is not None else ""
    return ", ".join(shown) + between + ("; TLS" if load.tls else "")


def _or(given: float | None, usual: float) -> str:
    return f"{usual if given is None else given:g}"


def measured_words(machines: Sequence[RanOn]) -> str:
    """Where and when trials ran."""
    return " and ".join(
        f"on {listed(one.days)}, on {one.cpu} ({one.cores} cores), {one.platform}"
        for one in machines
    )


def point_rows(result: AtlasResult) -> list[list[str]]:
    """The table of all settings that were tried: target, both numbers, trials that showed it of how
    many, and how many of these could have.
    """
    return [
        [
            one.target.name,
            result.x.words(point.x),
            result.y.words(point.y),
            f"{point.bad} of {point.trials}",
            str(point.exposed),
        ]
        for one in result.maps
        for point in one.points
    ]


def corner_rows(result: AtlasResult, one: TargetResult) -> list[list[str]]:
    """The table of a target's coarsest map: a row for each number of y, the highest first, of how
    many trials showed it of how many, for each number of x.
    """
    points = {(point.x, point.y): point for point in one.points if point.coarse}
    columns = coarse_numbers(result.x)
    return [
        [result.y.words(y), *(_point_words(points.get((x, y))) for x in columns)]
        for y in reversed(coarse_numbers(result.y))
    ]


def coarse_numbers(scale: Scale) -> list[float]:
    """The numbers that every map over a scale has."""
    return [scale.value(step / 3) for step in range(4)]


def _point_words(point: MappedPoint | None) -> str:
    if point is None:
        return "unknown"
    return f"{point.bad} of {point.trials}" + ("" if point.exposed else " (*)")


UNEXPOSED = (
    "(*) could not show it: the server closed no connection there while requests were to come."
)
"""What the sign in a table stands for."""


def answers(
    exploration: Exploration, result: AtlasResult, at: dict[str, float]
) -> list[PlaceAnswer]:
    """How often trials of each target fail under somebody's own settings.

    Args:
        exploration: an atlas with its trials.
        result: what they show.
        at: the two numbers of its maps, by name.

    Raises:
        UsageProblem: they are not the two of the map, or lie outside it.
    """
    atlas = exploration.atlas
    shares = _shares(atlas, at)
    told = []
    for one, shown in zip(exploration.maps, result.maps, strict=True):
        estimate = one.at(shares)
        words = estimate_words(estimate)
        if estimate.kind == "border" and shown.border is not None:
            words += f" {_side_words(shown.border, shown.border.fails_at(shares))}"
        told.append(PlaceAnswer(one.target.name, estimate, words))
    return told


def _side_words(border: Border, fails: bool) -> str:
    """On which side of a map's border a place is, and what the trials on that side did."""
    if fails:
        failed, trials = border.told_bad, border.told_bad + border.good - border.told_good
    else:
        failed = border.bad - border.told_bad
        trials = failed + border.told_good
    side = "trials fail" if fails else "they do not"
    return (
        f"By the map's rule it is on the side where {side}: {failed} of {trials} on that side "
        "failed, wherever they were."
    )


def _shares(atlas: Atlas, at: dict[str, float]) -> tuple[float, float]:
    """A place on a map, as shares of the way along each scale.

    Raises:
        UsageProblem: it is none.
    """
    scales = (atlas.x, atlas.y)
    names = [scale.name for scale in scales]
    if set(at) != set(names):
        raise UsageProblem(
            f"the map's settings are {listed(names)}: give both, like --at "
            f"{','.join(scale.written(scale.low) for scale in scales)}."
        )
    for scale in scales:
        if not scale.low <= at[scale.name] <= scale.high:
            raise UsageProblem(
                f"{scale.written(at[scale.name])} lies outside the map, which has "
                f"{scale.words(scale.low)} to {scale.words(scale.high)}; --x and --y make another."
            )
    x, y = (scale.share(at[scale.name]) for scale in scales)
    return x, y


def estimate_words(estimate: Estimate) -> str:
    """How often trials fail at a place, in a sentence."""
    if estimate.rate is None:
        return "cannot tell: no trial around it said anything."
    if estimate.kind == "border":
        return (
            f"cannot tell: a border runs here; the settings around it allow {estimate.low:.0%} to "
            f"{estimate.high:.0%} of trials to fail ({_trials(estimate.trials)})."
        )
    span = f"{estimate.low:.0%} to {estimate.high:.0%} of trials fail (95 %)"
    where = f"{_trials(estimate.trials)} at "
    where += (
        "these very numbers"
        if estimate.kind == "measured"
        else "the settings around it, whose rates are alike"
    )
    if not estimate.exposed:
        return (
            f"{span}, by {where}. But none of them could show it: the server closed no connection "
            "while requests were to come. Of a client that pauses this says nothing."
        )
    return f"{span}, by {where}."


def basis_lines(result: AtlasResult) -> list[str]:
    """What an answer for one's own settings rests on."""
    mapped = (result.x, result.y)
    return [
        f"Measured {measured_words(result.machines)}. Elsewhere the border may run elsewhere.",
        f"A trial is {load_words(result.load, mapped)}. It fails where it shows {result.signal}.",
    ]
