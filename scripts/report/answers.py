"""What a search found, on a terminal."""

from __future__ import annotations

import shlex

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from scripts.analysis.rates import Rate
from scripts.domain import libraries
from scripts.domain.words import plain
from scripts.report import readings
from scripts.search.bisection import Bisection
from scripts.search.history import Change, Line
from scripts.search.question import Finding


def rate(found: Rate) -> str:
    """A rate in words: "3 of 4 trials bad (19% to 99%)"."""
    return f"{found.bad} of {found.trials} trials bad ({found.low:.0%} to {found.high:.0%})"


def lines(found: Finding) -> list[str]:
    """A finding, line by line."""
    alone = found.moved_with is None or found.moved_with.did not in ("others", "not alone")
    blame = "" if alone else f", but {found.package} alone does not do it"
    said = [f"{found.package}, {found.signal}, {found.load} load: {found.why}{blame}"]
    older, newer = (
        (("last bad", found.last_bad), ("first good", found.first_good))
        if found.last_bad
        else (("last good", found.last_good), ("first bad", found.first_bad))
    )
    if found.verdict == "culprit" and found.confidence is not None:
        days = found.days or (None, None)
        for (name, point), day, each in zip(
            (older, newer), days, (found.before, found.after), strict=True
        ):
            when = f" of {day}" if day else ""
            up_to = "up to it" if (name, point) == older else "from it on"
            said.append(f"  {name}: {point}{when}; {up_to}, {rate(each) if each else 'unknown'}")
        if found.commit:
            said.append(f"  commit: {found.commit}")
    else:
        said += [f"  older end: {rate(found.before)}"] if found.before else []
        said += [f"  newer end: {rate(found.after)}"] if found.after else []
    if found.confidence is not None:
        said.append(f"  confidence: {percent(found.confidence)}, from {found.trials} trials")
    else:
        said.append(f"  cannot tell within the budget, after {found.trials} trials")
    said += [f"  likeliest so far: {name} ({share:.0%})" for name, share in found.likeliest]
    if found.between:
        said.append(f"  between them, untestable: {', '.join(found.between)}")
    elif found.untestable:
        said.append(f"  untestable: {', '.join(found.untestable)}")
    if found.silent:
        said.append(f"  trials that could not be judged: {found.silent}")
    if found.otherwise:
        others = ", ".join(f"{name} in {count}" for name, count in found.otherwise.items())
        said.append(f"  other failures, not counted as bad: {others} trials")
    for name, share in found.also:
        words = f"it changes again in the range, likeliest at {name} ({percent(share)})"
        said.append(f"  {words}: nox -s history finds every change")
    if found.moved_with:
        said.append(f"  {found.moved_with.words}")
    address = libraries.changelog(found.package)
    if found.verdict == "culprit" and address:
        said.append(f"  changelog: {address}")
    said += [f"  measure {name} again: {command}" for name, command in found.reproduce]
    return said


def percent(confidence: float) -> str:
    """A confidence as a percentage that never claims the whole: "99.9%"."""
    return f"{min(99.9, int(confidence * 1000) / 10):g}%"


def told(found: Finding) -> RenderableType:
    """A finding on one screen."""
    head, *rest = (plain(each) for each in lines(found))
    return Group(Text(head, style="bold"), *(Text(each, overflow="fold") for each in rest))


def rows(found: Line) -> list[tuple[str, str, str, str]]:
    """A history as rows: release, day, trials, and the rate or the cost with its spread."""
    told = []
    for each in found.points:
        cell, trials = "not measured", 0
        if found.by_value and each.middle is not None:
            cell = f"{each.middle:.1f} ({min(each.values):.1f} to {max(each.values):.1f})"
            trials = len(each.values)
        elif each.rate is not None:
            shares = f"{each.rate.low:.0%} to {each.rate.high:.0%}"
            cell, trials = f"{each.rate.bad} of {each.rate.trials} ({shares})", each.rate.trials
        told.append((each.name, each.day or "", str(trials), cell))
    return told


def history_lines(found: Line) -> list[str]:
    """A history line by line: what it is, then every change."""
    said = [f"{found.package}, {found.signal}, {found.load} load: {found.trials} trials"]
    said += [f"  {change(each)}" for each in found.changes] or ["  no change found"]
    if found.silent:
        said.append(f"  trials that could not be judged: {found.silent}")
    return said


def line(found: Line) -> RenderableType:
    """A history: a row for each release, then every change."""
    table = Table(box=SIMPLE_HEAD)
    last = "x control (from, to)" if found.by_value else "bad (95 %)"
    for heading in ("release", "day", "trials", last):
        table.add_column(heading, justify="left" if heading == "release" else "right")
    changed = {each.after for each in found.changes}
    for row in rows(found):
        style = "bold" if row[0] in changed else "dim" if row[2] == "0" else ""
        table.add_row(*map(escape, row), style=style)
    head, *said = (plain(each) for each in history_lines(found))
    return Group(Text(head, style="bold"), table, *map(Text, said))


def change(found: Change) -> str:
    """One change in a sentence."""
    when = f" ({found.days[1]})" if found.days[1] else ""
    words = f"{found.direction} with {found.after}{when}, confidence {percent(found.confidence)}: "
    if found.levels is not None:
        words += f"{found.levels[0]:.1f} to {found.levels[1]:.1f} times the control"
    else:
        words += f"{rate(found.old)} before, {rate(found.new)} after"
    if found.between:
        words += f"; not tried between {found.before} and it: {', '.join(found.between)}"
    return words


def difference(old: Rate, new: Rate, signal: str, levels: tuple[float, float] | None) -> str:
    """What changed, in short: costs where they were measured, else how many trials were bad."""
    if levels is not None:
        way = "rises" if levels[1] > levels[0] else "falls"
        return (
            f"processor time per request {way} from {levels[0]:.1f} to {levels[1]:.1f} times "
            "aiohttp's"
        )
    what = "too slow beside aiohttp" if signal.startswith("slow") else signal
    began = "" if not old.bad or not new.bad else ", more often but not only since"
    if began and new.bad * old.trials < old.bad * new.trials:
        began = ", less often but still"
    return (
        f"{what} in {old.bad} of {old.trials} trials before it, {new.bad} of {new.trials} from it "
        f"on{began}"
    )


def log(found: Bisection) -> RenderableType:
    """A bisection trial by trial, with the call that asks it again."""
    question = found.question
    said = [f"# python -m scripts {shlex.join(question.command)}"]
    said.append(f"# {len(question.points)} points, {question.created}; good end first:")
    said += [f"#   {each.name}" + (f"  {each.day}" if each.day else "") for each in question.points]
    for number, each in enumerate(found.records, 1):
        verdict = {True: "bad", False: "good", None: "skip"}[each.reading.bad]
        trial = f"{question.name}/{each.trial.place.order:04d}"
        said.append(
            f"{number:>4} {verdict:<5} {each.target.name}   {readings.words(each.reading)}"
            f"  # {trial}"
        )
    return Text(plain("\n".join(said)))
