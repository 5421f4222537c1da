"""The sentences of a report about any package: no word that only this project understands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from scripts.analysis.rates import Rate
from scripts.analysis.readings import Affected, Printed, Reading, Silence, Silent
from scripts.analysis.signals import BYTES, Signal
from scripts.domain.libraries import CONTROL
from scripts.domain.trial import Failure, Link, Trial
from scripts.domain.words import link_words, listed, status_words
from scripts.report.contrasts import ending_words as difference_words
from scripts.report.contrasts import result_lines as difference_lines
from scripts.report.findings import DOER_WORDS, percent
from scripts.report.issue.material import Material, ReportedRun, name_of
from scripts.report.reductions import confirmed
from scripts.report.unsaid import packages_words
from scripts.search.attribution import Moved
from scripts.search.contrast_finding import ContrastFinding
from scripts.search.finding import Finding
from scripts.search.question import Point
from scripts.search.release_line import Change, ReleaseLine

LONGEST_LINE = 80
"""Characters of a printed line, or of a message, that a title or a sentence holds."""

VIA: dict[str, str] = {
    "raised": "from {}",
    "cause": "{} was raised from it",
    "context": "{} was raised while it was handled",
    "hidden": "{} was raised while it was handled; `from None` hides it in the traceback",
    "group": "one of {}",
}
"""How an exception follows from the one that is told before it."""

WHERE: dict[str, str] = {
    "exit": "leaves with an error after",
    "thread": "loses a thread to",
    "unraisable": "raises, where Python can only print it,",
    "task": "raises, in a task that nobody awaits,",
    "printed": "prints the traceback of",
}
"""What a program does of which an exception is told that did not end it."""

SILENCES: dict[Silence, str] = {
    "overloaded": "the machine was too busy to tell",
    "skipped": "the script said that it cannot tell",
    "ended early": "it ended before",
    "ended otherwise": "it failed otherwise before",
    "too few": "too few requests were answered",
    "output cut": "it printed too much to tell",
    "no cost": "no cost was measured",
    "no amount": "no amount was measured",
    "no requests": "no request was seen",
    "unknown cause": "a request failed of an unknown cause",
}
"""Why a run says nothing; one that was not measured says how it ended."""

OUTCOMES: dict[str, str] = {
    "unavailable": "it cannot be installed",
    "server-not-ready": "the server did not start",
    "server-died": "the server died",
    "script-failed": "it fails at import",
    "disturbed": "somebody else ended or stopped it",
}
"""How a run ended that was not measured."""


class TriedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What the runs of one version showed.

    Attributes:
        name, day: of the version; the day empty where unknown.
        rate: of runs that show it; None where no run could be judged.
        amount: the median of what they were judged by, in words; empty where that is no amount.
        instead: what else they showed, by name in words, with how many did.
        shown: its name, with the number of the note that says what else differs.
    """

    name: str
    day: str
    rate: Rate | None
    amount: str
    instead: dict[str, int]
    shown: str


@dataclass(frozen=True)
class Phrase:
    """What happens.

    Attributes:
        short: as a title has it.
        does, shown, after: a phrase, what is shown as code, and the rest of the sentence.
    """

    short: str
    does: str
    shown: str = ""
    after: str = ""


def phrase(signal: Signal, run: ReportedRun, failure: Failure | None, reduced: bool) -> Phrase:
    """What a run shows.

    Args:
        signal: what is told of.
        run: it shows that.
        failure: by which; None where it is none.
        reduced: whether a smaller program is told of, which fails of the same.
    """
    basis, client = run.reading.basis, run.trial.client
    if reduced and failure is not None:
        return Phrase(failure.chain[0].type, "fails with", failure.chain[0].type)
    if signal.kind == "hang":
        ended = f"it was stopped after {client.wall:.3g} s" if client.wall else "it was stopped"
        return Phrase("hangs", f"does not end: {ended}")
    if signal.kind == "exit":
        return _ended(client.exit_status, failure)
    if signal.kind == "output":
        line = basis.line if isinstance(basis, Printed) else signal.pattern
        return Phrase(f"prints {_cut(line)!r}", f"prints, on {signal.stream},", line)
    if signal.kind in ("exception", "cause") and failure is not None:
        return _raised(signal, run, failure)
    value = amount(signal, run.reading.value or 0.0)
    taken = _taken(signal, value)
    return Phrase(taken if signal.threshold is None else _excess(signal), taken)


def _taken(signal: Signal, value: str) -> str:
    """What a run took, in a phrase."""
    time = "processor time" if signal.measure == "cpu" else "time"
    return {
        "memory": f"takes {value} of memory at its peak",
        "wall": f"takes {value}",
        "percentile": f"has a {signal.percentile}th percentile of request times of {value}",
        "ratio": f"takes {value} {time} per request",
    }.get(signal.kind, f"shows {signal.text}")


def _excess(signal: Signal) -> str:
    """What is too much, as a title has it."""
    time = "processor time" if signal.measure == "cpu" else "time"
    bound = amount(signal, signal.threshold or 0.0)
    return {
        "memory": f"takes more than {bound} of memory",
        "wall": f"takes more than {bound}",
        "ratio": f"takes more than {bound} {time} per request",
        "percentile": f"{signal.percentile}th percentile of request times above {bound}",
    }.get(signal.kind, signal.text)


def amount(signal: Signal, value: float) -> str:
    """A value that runs are judged by, in words; empty for one that is only a count."""
    if signal.kind == "memory":
        return f"{value / BYTES['MB']:.1f} MB"
    if signal.kind in ("wall", "percentile"):
        return f"{value:.3g} s"
    return f"{value:.2f} times {CONTROL}'s" if signal.kind == "ratio" else ""


def _ended(status: int | None, failure: Failure | None) -> Phrase:
    """How a program ended."""
    behind = link_words(failure.chain[0]) if failure is not None else ""
    if status is None:
        return Phrase("dies", "dies without an exit status")
    if status < 0:
        name = status_words(status).removeprefix("signal ")
        return Phrase(f"killed by {name}", "is killed by", name)
    after = f"({behind})" if behind else ""
    short = f"exit status {status} {after}".rstrip()
    return Phrase(short, "ends with exit status", str(status), after)


def _raised(signal: Signal, run: ReportedRun, failure: Failure) -> Phrase:
    """Which exception was raised, where."""
    first, client, basis = failure.chain[0], run.trial.client, run.reading.basis
    message = f": {first.message}" if first.message else ""
    module = "" if first.module in ("builtins", "__main__") else f"{first.module}."
    shown = f"{module}{first.type}{message}"
    does = "raises"
    stray = next((stray for stray in client.strays if stray.failure == failure), None)
    if stray is not None:
        does = WHERE[stray.where]
    elif client.requests is not None and failure in client.failures and isinstance(basis, Affected):
        verb = "fails" if basis.affected == 1 else "fail"
        does = f"sends {basis.requests} requests, of which {basis.affected} {verb} with"
    behind = "".join(f" caused by {name}" for name in signal.chain[1:])
    reason = f" ({signal.cause})" if signal.kind == "cause" else ""
    return Phrase(f"{first.type}{behind}{reason}", does, shown)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 3]}..."


def silence(reading: Reading, trial: Trial) -> str:
    """Why a run says nothing, in words."""
    basis = reading.basis
    if isinstance(basis, Silent) and basis.reason in SILENCES:
        return SILENCES[basis.reason]
    return OUTCOMES.get(trial.outcome, trial.outcome)


def chain(failure: Failure) -> list[str]:
    """Every exception of a chain with how it followed, the one raised first; none of one alone."""
    links = failure.chain
    return [_link(link, links) for link in links] if len(links) > 1 else []


def _link(link: Link, links: Sequence[Link]) -> str:
    message = f": {link.message}" if link.message else ""
    said = f"{link_words(link)}{message}"
    if link.parent is None:
        return said
    return f"{said}\n    ({VIA[link.via].format(link_words(links[link.parent]))})"


def title(material: Material, subject: str, shown: Phrase, rows: Sequence[TriedVersion]) -> str:
    """The whole in one sentence: "packaging 22.0: InvalidVersion (since 22.0; 21.3 is fine)"."""
    span = _span(material, rows)
    return f"{subject}: {shown.short}" + (f" ({span})" if span else "")


def _span(material: Material, rows: Sequence[TriedVersion]) -> str:
    """Since when, in a few words; empty where that is not decided."""
    answer, smallest = material.answer, material.smallest
    if smallest is not None:
        confirmed = smallest.confirmed_good
        return f"{smallest.about.ran[1]} is fine" if confirmed and not confirmed.bad else ""
    if isinstance(answer, Finding):
        return _span_of_step(answer, rows)
    if isinstance(answer, ContrastFinding):
        return difference_words(answer) if answer.ending == "explained" else ""
    if answer is None or answer.verdict != "changes":
        return ""
    return _span_of_line(answer, rows)


def _span_of_step(finding: Finding, rows: Sequence[TriedVersion]) -> str:
    if finding.step is None or finding.before is None or finding.after is None:
        return ""
    older, newer = (name_of(point.name, point.commit) for point in finding.step)
    fine, latest = (newer, older) if finding.fix else (older, newer)
    clean = not (finding.after if finding.fix else finding.before).bad
    moved = finding.moved_with
    along = ""
    if moved is not None and moved.did not in ("package", "either"):
        verb = "changes" if len(moved.packages) == 1 else "change"
        along = f"; {listed(moved.packages)} {verb} too"
    if finding.changed:
        count = len(finding.changed)
        along = f"; {listed(finding.changed) if count == 1 else f'{count} packages'} changed then"
    open_ = bool(finding.between)
    if finding.fix:
        until = f"up to {latest}{' at least' if open_ else ''}"
        return (
            f"{until}; {_fine(fine, rows)}{along}" if clean else f"less often since {newer}{along}"
        )
    since_ = f"since {latest}{' at the latest' if open_ else ''}"
    return f"{since_}; {_fine(fine, rows)}{along}" if clean else f"more often {since_}{along}"


def _fine(name: str, rows: Sequence[TriedVersion]) -> str:
    """What is said of a version that does not show it: that it is fine, where it shows nothing."""
    row = next((row for row in rows if row.name == name), None)
    return f"{name} is fine" if row is None or not row.instead else f"not in {name}"


def _span_of_line(line: ReleaseLine, rows: Sequence[TriedVersion]) -> str:
    places = [number for number, change in enumerate(line.changes) if change.direction == "worse"]
    start = line.changes[places[-1]] if places else None
    later = line.changes[places[-1] + 1 :] if places else line.changes
    end = later[-1] if later else None
    gone = end is not None and not line.by_value and not end.new.bad
    if start is not None and end is not None and gone and not start.old.bad and not start.between:
        least = " at least" if end.between else ""
        return f"from {start.after} to {end.before}{least}; {_fine(end.after, rows)}"
    words = []
    if start is not None:
        often = "" if line.by_value or not start.old.bad else "more often "
        latest = " at the latest" if start.between else ""
        words.append(f"{often}since {start.after}{latest}")
        if end is None and not often and not line.by_value:
            words.append(_fine(start.before, rows))
    if end is not None:
        least = " at least" if end.between else ""
        words.append(f"up to {end.before}{least}" if gone else f"less since {end.after}")
        words += [_fine(end.after, rows)] if gone else []
    return "; ".join(words)


def often(material: Material, subject: str, rows: Sequence[TriedVersion]) -> str:
    """How often what is shown shows it, in a sentence."""
    smallest = material.smallest
    if smallest is not None:
        bad, good = smallest.about.ran
        words = f"With {bad} it {_claimed(smallest.confirmed_bad, good=False)}"
        if smallest.confirmed_good is not None:
            words += f"; with {good} it {_claimed(smallest.confirmed_good, good=True)}"
        return f"{words}."
    row = next((row for row in rows if row.name == material.shown.name), None)
    if row is None or row.rate is None:
        return ""
    middle = f" (median {row.amount})" if row.amount else ""
    return f"It does so in {row.rate.bad} of {_runs(row.rate.trials)} with {subject}{middle}."


def _claimed(rate: Rate, good: bool) -> str:
    """What confirming runs allow: "fails in 100 of 100 runs (at least 97%)"."""
    passed, share = confirmed(rate, good)
    return f"{passed} runs ({share}, at 95% confidence)"


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def since(material: Material, rows: Sequence[TriedVersion]) -> list[str]:
    """Since when, sentence by sentence; none where no search was made."""
    match material.answer:
        case Finding() as finding:
            told = _since_finding(finding, rows)
        case ReleaseLine() as line:
            told = _since_line(line, material.signal)
        case ContrastFinding() as answer:
            return _since_contrast(answer)
        case None:
            return []
    newest = next((row for row in reversed(rows) if row.rate is not None), None)
    if newest is not None and newest.rate is not None and newest.name != material.shown.name:
        share = f"{newest.rate.bad} of {_runs(newest.rate.trials)} show it"
        told.append(f"The newest that was tried is {newest.name}: {share}.")
    return told


def _since_contrast(answer: ContrastFinding) -> list[str]:
    """What makes the difference between two environments, sentence by sentence."""
    heading, *lines = (line.strip() for line in difference_lines(answer))
    return [f"{line[0].upper()}{line[1:]}." for line in (heading, *lines)]


def _since_finding(finding: Finding, rows: Sequence[TriedVersion]) -> list[str]:
    sentences = [*_ending(finding, rows)]
    if finding.confidence is not None:
        sentences.append(
            f"Confidence {percent(finding.confidence)}, from {_runs(finding.trials)} in all."
        )
    if len(finding.ended) > 1:
        ways = ", ".join(
            f"{status_words(end.exit_status)} in {_runs(end.trials)}" for end in finding.ended
        )
        sentences.append(f"They do not all end alike, so it may be more than one bug: {ways}.")
    sentences += [
        f"It seems to change once more, likeliest at {name} ({percent(share)})."
        for name, share in finding.also
    ]
    if finding.moved_with is not None:
        sentences.append(_moved(finding, finding.moved_with))
    if finding.changed:
        sentences.append(f"Installed otherwise from then on: {packages_words(finding.changed)}.")
    if finding.gaps:
        sentences.append(f"Nothing could be installed from {listed(finding.gaps)} on, up to then.")
    return sentences


def _ending(finding: Finding, rows: Sequence[TriedVersion]) -> list[str]:
    """What a bisection came to."""
    before, after = finding.before, finding.after
    if finding.step is not None and before is not None and after is not None:
        older, newer = finding.step
        came = "goes" if finding.fix else "comes"
        if (after if finding.fix else before).bad:
            came = "shows less often" if finding.fix else "shows more often"
        what = f"It {came} with {_dated(newer)}"
        if finding.between:
            what = f"It {came} after {_dated(older)}, with {_dated(newer)} at the latest"
        rest = (
            f"{after.bad} of {_runs(after.trials)} show it from there on, {before.bad} of "
            f"{_runs(before.trials)} up to {_dated(older)}."
        )
        told = [f"{what}: {rest}"]
        if finding.between:
            told.append(f"What lies between does not tell: {_untold(finding.between, rows)}.")
        return told
    if finding.ending in ("unchanged", "swapped") and finding.sides is not None:
        ends = [
            f"{rate.bad} of {_runs(rate.trials)} of {name_of(point.name, point.commit)}"
            for point, rate in zip(finding.sides, (before, after), strict=True)
            if rate is not None
        ]
        lead = "Both ends are alike" if finding.ending == "unchanged" else "The two ends differ"
        return [f"{lead}, and no release was searched for: {listed(ends)} show it."]
    told = [f"Since when is not decided, after {_runs(finding.trials)} that tell."]
    if finding.mute:
        told[0] = f"Since when cannot be told: {_untold([finding.mute], rows)}."
    if finding.likeliest:
        likely = ", ".join(f"{name} ({percent(share)})" for name, share in finding.likeliest)
        told.append(f"Likeliest so far: {likely}.")
    return told


def _untold(names: Sequence[str], rows: Sequence[TriedVersion]) -> str:
    """Why versions say nothing: "3.2 (it cannot be installed)"."""
    seen = {row.name: row for row in rows}
    return ", ".join(
        f"{name} ({', '.join(seen[name].instead)})"
        if name in seen and seen[name].instead
        else f"{name} (not tried)"
        for name in names
    )


def _moved(finding: Finding, moved: Moved) -> str:
    """What changed along with the culprit and who did it."""
    others = " and ".join(f"{name} ({old} to {new})" for name, (old, new) in (
        (name, versions[::-1] if finding.fix else versions)
        for name, versions in moved.packages.items()
    ))  # fmt: skip
    if not moved.mixtures:
        return f"{others} changed along; neither goes without the other, so they cannot be parted."
    words = DOER_WORDS[moved.did].format(package=finding.package, others=others)
    tried = sum(mixture.trials for mixture in moved.mixtures)
    if not tried:
        return f"{words[0].upper()}{words[1:]}."
    return f"Parted by {_runs(tried)} with one changed and not the other: {words}."


def _dated(point: Point) -> str:
    day = f" ({point.day})" if point.day and point.day != point.name else ""
    return f"{name_of(point.name, point.commit)}{day}"


def _since_line(line: ReleaseLine, signal: Signal) -> list[str]:
    first, last = line.points[0].name, line.points[-1].name
    told = [_change(change, signal) for change in line.changes]
    shares = [percent(change.confidence) for change in line.changes]
    sure = f"confidence {percent(line.confidence)}, from {_runs(line.trials)}"
    if line.verdict == "changes":
        return [*told, f"Nowhere else from {first} to {last} ({sure})."]
    if line.verdict == "unchanged":
        return [f"Nothing changes from {first} to {last} ({sure})."]
    told = [
        f"Likely ({share}), though the whole is not decided: {sentence[0].lower()}{sentence[1:]}"
        for share, sentence in zip(shares, told, strict=True)
    ]
    told += [
        f"It may change between {before} and {after} ({percent(share)})."
        for before, after, share in line.likeliest
    ]
    return [
        f"Since when is not decided, after {_runs(line.trials)} of releases {first} to {last}.",
        *told,
    ]


def _change(change: Change, signal: Signal) -> str:
    """One change along a line of releases."""
    day = f" ({change.days[1]})" if change.days[1] else ""
    way: Literal["comes", "goes"] = "comes" if change.direction == "worse" else "goes"
    latest = " at the latest" if change.between else ""
    if change.levels is not None:
        old, new = (amount(signal, level) for level in change.levels)
        words = f"With {change.after}{day}{latest} it changes from {old} to {new} (medians)"
    else:
        if (change.new.bad and way == "goes") or (change.old.bad and way == "comes"):
            verb = "more often" if way == "comes" else "less often"
            lead = f"It shows {verb} with {change.after}{day}{latest}"
        else:
            lead = f"It {way} with {change.after}{day}{latest}"
        words = (
            f"{lead}: {change.old.bad} of {_runs(change.old.trials)} show it before, "
            f"{change.new.bad} of {_runs(change.new.trials)} from there on"
        )
    if change.between:
        words += f"; nothing is known of {listed(change.between)}"
    if change.moved:
        verb = "changes" if len(change.moved) == 1 else "change"
        words += f"; {packages_words(change.moved)} {verb} there too"
    return f"{words}."


PROBES = re.compile(r"<project>/scripts/(?:trials/)?probes/")
FRAME = re.compile(r'^ +File "(?P<file>[^"]*)"')


def without_tool(text: str) -> str:
    """What Python printed without the frames of this project's own probes, and with the places of
    its environments as any other's.
    """
    lines, ours = [], False
    for line in text.splitlines():
        frame = FRAME.match(line)
        if frame:
            ours = PROBES.search(frame["file"]) is not None
        elif not line.startswith(" "):
            ours = False
        if not ours:
            lines.append(line)
    plain = "\n".join(lines)
    plain = re.sub(r"<(?:server )?environment>/[^\s\"']*?site-packages/", "site-packages/", plain)
    return re.sub(r"<python>/", "", plain)
