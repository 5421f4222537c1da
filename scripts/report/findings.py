"""What a search found, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET

from scripts.analysis import signals
from scripts.analysis.rates import Rate
from scripts.domain import libraries
from scripts.domain.libraries import LAYER
from scripts.domain.pins import Moves
from scripts.domain.trial import Load
from scripts.domain.words import listed
from scripts.report.calls import point_call
from scripts.report.document import TrialsDocument
from scripts.report.hosts import host_lines
from scripts.report.readings import exit_words
from scripts.search.attribution import Doer, Moved
from scripts.search.finding import Finding, Verdict
from scripts.search.question import Point
from scripts.search.release_line import Change, LinePoint, ReleaseLine
from scripts.search.tally import BadEnd

NO_CHANGE = "nothing changes"
"""What a search may find instead of a step."""

SHOWN_NAMES = 6
"""Points that are named of those that ended alike."""

DOER_WORDS: dict[Doer, str] = {
    "package": "it is {package} itself, not {others}",
    "others": "it is {others} that does it, not {package}",
    "either": "{package} and {others} each do it alone",
    "together": "it takes {package} and {others} together",
    "not alone": "{package} does not do it alone: {others} moved along",
    "unseparated": "{others} moved along; not told apart",
}
"""Who did it, where trials of mixed environments tell."""


class PrintedMoved(msgspec.Struct, frozen=True):
    """What moved along with the culprit.

    Attributes:
        packages: name -> (version on the good side, version on the bad side).
        did: who did it.
        words: the same for people, with the trials it rests on.
    """

    packages: dict[str, tuple[str, str]]
    did: Doer
    words: str


class PrintedFinding(TrialsDocument, frozen=True, kw_only=True, tag="bisect"):
    """The release, or the commit, that changed something. What does not apply is null or empty.

    Attributes:
        verdict: whether a culprit was found, nothing changes, or it stays undecided.
        words: how it ended, in a sentence.
        package: whose points were searched; empty where they are days.
        signal: what bad means, with the threshold that was found for it.
        load: under which load.
        last_good: name of the last good point, where the signal comes.
        first_bad: name of the first bad point, where the signal comes.
        last_bad: name of the last bad point, where the signal goes.
        first_good: name of the first good point, where the signal goes.
        days: of the points on both sides of the step, the older first.
        commit: the later point's hash, where points are commits.
        confidence: in the verdict, 0 to 1; null where undecided.
        likeliest: (later point of the step, probability) of the best candidates, where undecided.
        unchanged: probability that nothing changes, where undecided.
        trials: how many trials it rests on, controls not counted.
        silent: how many more said nothing.
        before: rate of bad trials before the step, in version order; of the older end where there
            is no step.
        after: rate of bad trials from the step on, in version order; of the newer end where there
            is no step.
        untestable: names of points that no trial could judge.
        between: names of untestable points right between the two sides, any of which may be the
            culprit.
        instead: what the trials of each point that says nothing showed, by its name, with how
            many did.
        ended: how the bad trials ended, the most frequent first, where any status was sought.
        otherwise: failures that are not the signal, by name, with the trials that showed them.
        also: (point, probability) of further changes within the range: the later point of each.
        moved_with: what moved along with the culprit.
        changed: of days, what is installed otherwise from the later side on: name -> (version
            before, version from then on); null for what is not installed.
        gaps: of days, those between the two sides from which on nothing could be installed.
        reproduce: (point, the call that measures it again) for each side, the older first.
    """

    version: Literal[1]
    verdict: Verdict
    words: str
    package: str
    signal: str
    load: Load
    last_good: str | None
    first_bad: str | None
    last_bad: str | None
    first_good: str | None
    days: tuple[str | None, str | None] | None
    commit: str | None
    confidence: float | None
    likeliest: list[tuple[str, float]]
    unchanged: float | None
    trials: int
    silent: int
    before: Rate | None
    after: Rate | None
    untestable: list[str]
    between: list[str]
    instead: dict[str, dict[str, int]]
    ended: list[BadEnd]
    otherwise: dict[str, int]
    also: list[tuple[str, float]]
    moved_with: PrintedMoved | None
    changed: dict[str, tuple[str | None, str | None]]
    gaps: list[str]
    reproduce: list[tuple[str, str]]


def printed_finding(finding: Finding) -> PrintedFinding:
    """A finding as it is printed as JSON."""
    moved = finding.moved_with
    return PrintedFinding(
        version=1,
        verdict=finding.verdict,
        words=ending_words(finding),
        package=finding.package,
        signal=finding.signal.text,
        load=finding.load,
        last_good=finding.last_good,
        first_bad=finding.first_bad,
        last_bad=finding.last_bad,
        first_good=finding.first_good,
        days=finding.days,
        commit=finding.commit,
        confidence=finding.confidence,
        likeliest=finding.likeliest,
        unchanged=finding.unchanged,
        trials=finding.trials,
        silent=finding.silent,
        before=finding.before,
        after=finding.after,
        untestable=finding.untestable,
        between=finding.between,
        instead=finding.instead,
        ended=finding.ended,
        otherwise=finding.otherwise,
        also=finding.also,
        moved_with=None
        if moved is None
        else PrintedMoved(moved.packages, moved.did, moved_words(finding, moved)),
        changed=finding.changed,
        gaps=finding.gaps,
        reproduce=calls(finding),
        hosts=finding.hosts or UNSET,
    )


def ending_words(finding: Finding) -> str:
    """How a bisection ended, in a sentence."""
    older, newer = ("", "") if finding.sides is None else (side.name for side in finding.sides)
    good, bad = (newer, older) if finding.fix else (older, newer)
    return {
        "nothing judged": "no two points could be judged",
        "mute end": f"nothing can be told: {silence_words(finding)}",
        "no good end": f"no good end was found before {bad}: name one with --good",
        "no bad end": f"no bad end was found after {good}: name one with --bad",
        "never bad": f"{bad} did not show it in {_trials_of_bad_end(finding)} trials: name a "
        "release that does with --bad, and for the one that mended it a newer one with --good",
        "ran out": _undecided_words(finding),
        "unchanged": f"nothing changes between {good} and {bad}{_shown_words(finding)}",
        "swapped": f"{good} is bad and {bad} good: swap the two ends",
        "step": _step_words(finding, older, newer),
    }[finding.ending]


def _step_words(finding: Finding, older: str, newer: str) -> str:
    """Where the signal comes, or goes; where the good side shows it too, that it is rarer there."""
    good_side = finding.after if finding.fix else finding.before
    rarer = good_side is not None and good_side.bad > 0
    if finding.between:
        way = "goes" if finding.fix else "comes"
        if rarer:
            way = "gets rarer" if finding.fix else "gets more frequent"
        return f"the signal {way} between {older} and {newer}; {silence_words(finding)}"
    those = f"the packages of {newer}" if finding.by_day else newer
    if rarer:
        return f"the signal is {'rarer' if finding.fix else 'more frequent'} from {those} on"
    return (
        f"the signal is not seen from {those} on"
        if finding.fix
        else f"the signal comes with {those}"
    )


def _trials_of_bad_end(finding: Finding) -> int:
    """How many trials of the bad end say something."""
    rate = finding.before if finding.fix else finding.after
    return 0 if rate is None else rate.trials


def _undecided_words(finding: Finding) -> str:
    """What is likeliest where the trials or the time ran out."""
    candidates = _candidates(finding)
    if not candidates:
        return "cannot tell yet"
    name, share = candidates[0]
    that = "that " if name == NO_CHANGE else ""
    return f"cannot tell yet: likeliest {that}{name} ({share:.0%})"


def _candidates(finding: Finding) -> list[tuple[str, float]]:
    """What may be true of an undecided search, the likeliest first."""
    unchanged = [] if finding.unchanged is None else [(NO_CHANGE, finding.unchanged)]
    return sorted([*finding.likeliest, *unchanged], key=lambda candidate: -candidate[1])


def _shown_words(finding: Finding) -> str:
    """Whether every trial of both ends showed the signal, or none did, where nothing changes."""
    rates = [rate for rate in (finding.before, finding.after) if rate]
    if len(rates) == 2 and not any(rate.bad for rate in rates):
        return ": neither showed it"
    return ": both showed it" if all(rate.bad == rate.trials for rate in rates) else ""


def silence_words(finding: Finding) -> str:
    """What the points that say nothing showed: "3.2 and 3.3 cannot tell (TypeError)"."""
    groups: dict[str, list[str]] = {}
    for name in [finding.mute] if finding.mute else finding.between:
        groups.setdefault(", ".join(finding.instead.get(name, {})), []).append(name)
    return "; ".join(
        f"{listed(names)} cannot tell{f' ({seen})' if seen else ''}"
        for seen, names in groups.items()
    )


def moved_words(finding: Finding, moved: Moved) -> str:
    """What moved with the culprit and who did it, with the trials it rests on."""
    others = " and ".join(
        f"{name} ({bad} to {good})" if finding.fix else f"{name} ({good} to {bad})"
        for name, (good, bad) in moved.packages.items()
    )
    if not moved.mixtures:
        return f"{others} moved along, and neither goes without the other: cannot be separated"
    words = DOER_WORDS[moved.did].format(package=finding.package, others=others)
    if not any(mixture.trials for mixture in moved.mixtures):
        return words
    others_alone = moved.others_alone
    if moved.package_alone is None and others_alone is not None and others_alone.bad is False:
        words = f"{others} moved along and does not do it alone"
    counts = " and ".join(str(mixture.trials) for mixture in moved.mixtures)
    return f"{words} ({counts} trials of the mixed environments)"


def calls(finding: Finding) -> list[tuple[str, str]]:
    """For each side, the older first, its point and the call that measures it again."""
    return [(side.name, point_call(side, finding)) for side in finding.sides or ()]


def rate_words(rate: Rate) -> str:
    """A rate in words: "3 of 4 trials bad (19% to 99%)"."""
    return f"{rate.bad} of {rate.trials} trials bad ({rate.low:.0%} to {rate.high:.0%})"


def percent(confidence: float) -> str:
    """A confidence as a percentage that never claims the whole: "99.9%"."""
    return f"{min(99.9, int(confidence * 1000) / 10):g}%"


def finding_lines(finding: Finding) -> list[str]:
    """A finding, line by line, and where to go from there; the first is its heading."""
    return [*result_lines(finding), *leads(finding)]


def result_lines(finding: Finding) -> list[str]:
    """A finding, line by line: the first is its heading."""
    moved = finding.moved_with
    blame = f", but {finding.package} alone does not do it" if moved and moved.acquits else ""
    heading = f"{subject(finding.package)}, {finding.signal.text}, {finding.load.name} load"
    lines = _side_lines(finding) + _certainty_lines(finding) + _remark_lines(finding)
    lines += [moved_words(finding, moved)] if moved else []
    if finding.changed:
        lines.append(f"installed otherwise from then on: {moves_words(finding.changed)}")
    if finding.gaps and finding.sides is not None:
        lines.append(
            f"nothing could be installed from {listed(finding.gaps)} on, up to "
            f"{finding.sides[1].name}: the change may be of any day in between"
        )
    return [f"{heading}: {ending_words(finding)}{blame}", *(f"  {line}" for line in lines)]


def leads(finding: Finding) -> list[str]:
    """Where to go from a finding, line by line: the culprit's list of changes, and what measures
    it again.
    """
    address = libraries.changelog(finding.package)
    lines = [f"  changelog: {address}"] if finding.step and address else []
    return lines + [f"  measure {name} again: {call}" for name, call in calls(finding)]


def _side_lines(finding: Finding) -> list[str]:
    """Both sides of a step, or both ends where there is none, with their rates."""
    rates = (finding.before, finding.after)
    if finding.step is None:
        sides = zip(finding.sides or (), rates, strict=False)
        return [f"{end.name}: {rate_words(rate)}" for end, rate in sides if rate and rate.trials]
    names = ("last bad", "first good") if finding.fix else ("last good", "first bad")
    lines = [
        f"{name}: {_point_words(point)}; {reach}, {rate_words(rate) if rate else 'unknown'}"
        for name, point, reach, rate in zip(
            names, finding.step, ("up to it", "from it on"), rates, strict=True
        )
    ]
    return lines + ([f"commit: {finding.commit}"] if finding.commit else [])


def _point_words(point: Point) -> str:
    """A point by its name, whether it was withdrawn, and its day."""
    yanked = " (yanked)" if point.yanked else ""
    day = point.day if point.day != point.name else None
    return f"{point.name}{yanked}{f' of {day}' if day else ''}"


def _certainty_lines(finding: Finding) -> list[str]:
    """How sure it is, and what is likeliest where it is not."""
    if finding.confidence is not None:
        return [f"confidence: {percent(finding.confidence)}, from {finding.trials} trials"]
    if finding.ending == "mute end":
        return [f"name another end, or leave it out; {finding.silent} trials were run in vain"]
    return [
        f"cannot tell, after {finding.trials} trials",
        *(f"likeliest so far: {name} ({share:.0%})" for name, share in _candidates(finding)),
    ]


def _remark_lines(finding: Finding) -> list[str]:
    """What else its trials showed."""
    lines = []
    beyond = [name for name in finding.untestable if name not in (*finding.between, finding.mute)]
    if beyond:
        lines.append(f"cannot tell: {', '.join(_with_instead(finding, name) for name in beyond)}")
    if any("ModuleNotFoundError" in seen for seen in finding.instead.values()):
        lines.append(
            "a package is missing: name it in the script's header (PEP 723) or with --with"
        )
    lines += _ended_lines(finding.ended)
    if finding.silent:
        lines.append(f"trials that could not be judged: {finding.silent}")
    if finding.otherwise:
        others = ", ".join(f"{name} in {count}" for name, count in finding.otherwise.items())
        lines.append(f"other failures, not counted as bad: {others} trials")
    for name, share in finding.also:
        words = f"it changes again in the range, likeliest at {name} ({percent(share)})"
        lines.append(f"{words}: nox -s history finds every change")
    return lines


def _with_instead(finding: Finding, name: str) -> str:
    """A point that says nothing, with what its trials showed: "3.2 (TypeError)"."""
    seen = ", ".join(finding.instead.get(name, {}))
    return f"{name} ({seen})" if seen else name


def _ended_lines(ends: Sequence[BadEnd]) -> list[str]:
    """How bad trials ended, where any status was sought; more than one may be more than one bug."""
    lines = []
    for end in ends:
        how = exit_words(end.exit_status, end.exception)
        lines.append(f"ended with {how}: {end.trials} trials of {span_words(end.points)}")
    if len(ends) > 1:
        remedy = ": --signal 'exit!=1' takes status 1 for good"
        several = len({end.exit_status for end in ends}) > 1
        lines.append(f"they may be different bugs{remedy if several else ''}")
    return lines


def span_words(names: Sequence[str]) -> str:
    """Points by their names, of many the first ones."""
    shown = ", ".join(names[:SHOWN_NAMES])
    return shown if len(names) <= SHOWN_NAMES else f"{shown} and {len(names) - SHOWN_NAMES} more"


def history_lines(line: ReleaseLine) -> list[str]:
    """A history line by line: what it is, then every change."""
    heading = f"{subject(line.package)}, {line.signal}, {line.load} load: {line_words(line)}"
    lines = [f"{heading} ({line.trials} trials)"]
    lines += [f"  {change_words(change, line.by_day)}" for change in line.changes]
    lines += [
        f"  may change between {before} and {after}: {share:.0%}"
        for before, after, share in line.likeliest
    ]
    lines += [f"  {words}" for words in _ended_lines(line.ended)]
    if line.silent:
        lines.append(f"  trials that could not be judged: {line.silent}")
    return lines + [f"  {words}" for words in host_lines(line.hosts)]


def line_words(line: ReleaseLine) -> str:
    """What is known of a line as a whole, in a few words."""
    if line.verdict == "unchanged":
        return f"nothing changes, confidence {percent(line.confidence)}"
    names = ", ".join(map(change_place, line.changes))
    if line.verdict == "changes":
        return f"changes at {names} and nowhere else, confidence {percent(line.confidence)}"
    return f"changes at {names}; others cannot be told yet" if names else "cannot tell yet"


def history_columns(line: ReleaseLine) -> tuple[str, str]:
    """What the first two columns of a history's rows are called."""
    return ("day", "installed otherwise") if line.by_day else ("release", "day")


def history_rows(line: ReleaseLine) -> list[tuple[str, str, str, str]]:
    """A history as rows of texts, a release each."""
    return [history_row(line, point) for point in line.points]


def history_row(line: ReleaseLine, point: LinePoint) -> tuple[str, str, str, str]:
    """A release of a history: its name, day, trials, and the rate or the cost with its spread; of
    a day, in the place of another one, what is installed otherwise since the one before.
    """
    cell = "nothing" if point.instead else "not measured"
    if line.by_value and point.middle is not None:
        cell = f"{point.middle:.1f} ({min(point.values):.1f} to {max(point.values):.1f})"
    elif point.rate is not None:
        shares = f"{point.rate.low:.0%} to {point.rate.high:.0%}"
        cell = f"{point.rate.bad} of {point.rate.trials} ({shares})"
    if point.instead:
        cell += "; " + ", ".join(f"{name} in {count}" for name, count in point.instead.items())
    name = f"{point.name} (yanked)" if point.yanked else point.name
    if point.layer and len(line.layers) > 1 and line.package != LAYER:
        name += f" ({LAYER} {point.layer})"
    second = moves_words(point.moved) if line.by_day else point.day or ""
    return name, second, str(line.trials_of(point)), cell


def change_place(change: Change) -> str:
    """Where a change is: at a release, or from one to another where those between say nothing."""
    return f"{change.before} to {change.after}" if change.between else change.after


def change_words(change: Change, by_day: bool = False) -> str:
    """One change in a sentence.

    Args:
        change: it.
        by_day: whether it is one along the days, not along a package's releases.
    """
    when = f" ({change.days[1]})" if change.days[1] and not by_day else ""
    sure = f"confidence {percent(change.confidence)}"
    place = f"with {change.after}"
    if change.between:
        place = f"between {change.before} and {change.after}"
    words = f"{change.direction} {place}{when}, {sure}: "
    if change.levels is not None:
        words += f"{change.levels[0]:.1f} to {change.levels[1]:.1f} times the control"
    else:
        words += f"{rate_words(change.old)} before, {rate_words(change.new)} after"
    if change.between:
        words += f"; nothing is known of those between: {', '.join(change.between)}"
    if change.moved:
        theirs = "it may be theirs, which change there too"
        why = "installed otherwise from then on" if by_day else theirs
        words += f"; {why}: {moves_words(change.moved)}"
    return words


def moves_words(moves: Moves) -> str:
    """Packages with their versions before and after: "anyio 4.6.2 to 4.7.0"."""
    return ", ".join(
        f"{name} {old or 'absent'} to {new or 'absent'}" for name, (old, new) in moves.items()
    )


def subject(package: str) -> str:
    """What a search is about, in words."""
    return package or "packages by the day"


def difference(old: Rate, new: Rate, signal: str, levels: tuple[float, float] | None) -> str:
    """What changed, in short: costs where they were measured, else how many trials were bad."""
    if levels is not None:
        way = "rises" if levels[1] > levels[0] else "falls"
        return (
            f"processor time per request {way} from {levels[0]:.1f} to {levels[1]:.1f} times "
            "aiohttp's"
        )
    what = "too slow beside aiohttp" if signals.parse(signal).needs_control else signal
    began = "" if not old.bad or not new.bad else ", more often but not only since"
    if began and new.bad * old.trials < old.bad * new.trials:
        began = ", less often but still"
    return (
        f"{what} in {old.bad} of {old.trials} trials before it, {new.bad} of {new.trials} from it "
        f"on{began}"
    )
