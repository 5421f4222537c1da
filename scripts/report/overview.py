"""The answers in short, for someone who reads no further: sentences out of what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from scripts.analysis.catalogue import STALE, UNKNOWN
from scripts.analysis.compare import SurveyLine
from scripts.analysis.rates import interval
from scripts.analysis.summary import Row, Summary, counted_causes
from scripts.domain.surveys import Topic, short_title
from scripts.domain.targets import control
from scripts.proof.result import ProofResult
from scripts.report.causes import NEARNESS
from scripts.report.findings import percent
from scripts.report.proofs import best, file_of
from scripts.report.races import summed
from scripts.report.releases import ChangedRelease, by_surety, pace_words, release_words
from scripts.report.telling_cases import best_words

Surveys = Mapping[Topic, Sequence[SurveyLine]]

Subject = Literal["cause", "aiohttp", "since", "mend", "help"]


class ShortAnswer(msgspec.Struct, frozen=True):
    """One answer: its subject, the question, the answer, and the command that measures it again."""

    subject: Subject
    question: str
    answer: str
    command: str


class Gap(msgspec.Struct, frozen=True):
    """What is not known, and the calls that would tell; none where nothing here would."""

    what: str
    calls: Sequence[str] = ()


def short_answers(
    summary: Summary,
    surveys: Surveys,
    changed: Sequence[ChangedRelease],
    proofs: Sequence[ProofResult] = (),
) -> list[ShortAnswer]:
    """The five answers, of three lines each at most; those that nothing was measured for are left
    out.

    Args:
        summary: the matrix.
        surveys: by topic.
        changed: the releases that changed something.
        proofs: of changes.
    """
    rows, callers = summary.rows, surveys.get("callers", ())
    answers = (
        ShortAnswer("cause", "Why does it fail?", _why(rows), "nox -s repro"),
        ShortAnswer(
            "aiohttp",
            "What does aiohttp change?",
            _aiohttp(rows, callers),
            "nox -s survey -- callers",
        ),
        ShortAnswer(
            "since",
            "Since when?",
            since(changed),
            "nox -s bisect -- --package httpcore --good 0.17.3 --bad 1.0.9 --signal slow "
            "--load compressed",
        ),
        ShortAnswer("mend", "What would mend it?", mending(proofs), "nox -s prove"),
        ShortAnswer(
            "help",
            "What helps today?",
            _helps(surveys.get("remedies", ())),
            "nox -s survey -- remedies",
        ),
    )
    return [answer for answer in answers if answer.answer]


def _why(rows: Sequence[Row]) -> str:
    """The commonest cause over all rows; of a stale connection, how it came to that."""
    causes = counted_causes(rows)
    total = sum(causes.values())
    if not total:
        return ""
    name, count = causes.most_common(1)[0]
    failing = sum(row.failing for row in rows)
    trials = sum(row.trials for row in rows)
    said = (
        f"{name[0].upper()}{name[1:]}, in {count} of {total} failed requests "
        f"({failing} of {trials} trials of all clients)"
    )
    if name != STALE:
        return f"{said}."
    races = summed(row.races for row in rows)
    words = [
        f"{said}: the server closes an idle connection, and the client writes on it all the same.",
        f"{races.assigned} of {races.noted} had been assigned it before the close.",
        f"A look right before the write would have told in {races.told} of {races.stale}; in "
        f"{races.undecided} close and write were within {NEARNESS}.",
    ]
    return " ".join(words)


def _aiohttp(rows: Sequence[Row], callers: Sequence[SurveyLine]) -> str:
    """What it loses and costs beside the document's client, and what blocked loops do to both."""
    ours = [row for row in rows if row.trials and row.target.axis == control().axis]
    if not ours:
        return ""
    trials, failing = sum(row.trials for row in ours), sum(row.failing for row in ours)
    high = interval(failing, trials)[1]
    said = f"It fails in {failing} of {trials} trials (at most {high:.0%})"
    beside = next(
        (row for row in rows if row.target == rows[0].target and row.load == ours[-1].load), None
    )
    if beside is not None:
        said += _beside(ours[-1], beside)
    return f"{said}.{_blocked(callers)}"


def _beside(aiohttp: Row, document: Row) -> str:
    """What aiohttp costs and the server closes of it, beside the document's target."""
    mine, other = aiohttp.cpu_per_request, document.cpu_per_request
    if not mine or not other:
        return ""
    said = f" and takes {mine:.1f} ms of processor time a request, httpx {other:.1f} ms"
    if document.closed is not None and aiohttp.closed is not None:
        said += (
            f". The server closes {aiohttp.closed:.0f} of its connections as idle, "
            f"{document.closed:.0f} of the other's"
        )
    return said


def _blocked(callers: Sequence[SurveyLine]) -> str:
    """What fails where the caller blocks the event loop: of each library the newest release."""
    if not any(line.verdict == "more" for line in callers):
        return ""
    newest = {line.entry.target.axis: line for line in callers if line.verdict and line.row}
    losses = [
        f"{paired(line.entry.group)} loses {line.row.failed}"
        for line in newest.values()
        if line.row
    ]
    requests = next(line.row.requests for line in newest.values() if line.row)
    return (
        " But with a caller that blocks the event loop it fails too: of "
        f"{requests} requests {enumeration(losses)}."
    )


def since(changed: Sequence[ChangedRelease]) -> str:
    """Which releases changed what the document tells of: for the worse first, then for the better,
    then those of which searches found opposites, the surest of each first; empty for none.
    """
    sides: dict[str, dict[tuple[str, str], list[ChangedRelease]]] = {}
    for change in sorted(by_surety(changed), key=lambda one: one.opposed):
        side = "Both" if change.opposed else "Worse" if change.worse else "Better"
        known = sides.setdefault(side, {})
        known.setdefault((change.package, change.release), []).append(change)
    said: set[tuple[str, str]] = set()
    sentences = []
    for side, releases in sides.items():
        told = (
            f"{' '.join(key) if key in said else release_words(changes)}: {effects(changes)}"
            for key, changes in releases.items()
        )
        sentences.append(f"{side} with {'; '.join(told)}.")
        said |= releases.keys()
    return " ".join(sentences)


def effects(changes: Iterable[ChangedRelease]) -> str:
    """What a release changed: opposites last, and beside each other."""
    told = sorted(changes, key=lambda one: (one.opposed, one.signal if one.opposed else ""))
    return ", ".join(
        f"{effect_words(one, before)} ({percent(one.confidence)})"
        for before, one in zip([None, *told], told, strict=False)
    )


def effect_words(change: ChangedRelease, before: ChangedRelease | None = None) -> str:
    """What a release changed, in a few words.

    Args:
        change: it.
        before: what is told right before it; None for nothing.
    """
    follows = before is not None and change.opposed and before.signal == change.signal
    noun = "" if follows else f" {change.signal}"
    if change.signal == "slow":
        words = f"{'more' if change.worse else 'less'} CPU time"
    elif change.worse:
        words = f"more{noun}" if change.old.bad else f"{change.signal} appears"
    elif change.new.bad:
        words = f"less{noun}"
    elif follows:
        words = f"none in {change.new.trials}"
    else:
        words = f"no{noun} in {change.new.trials} trials"
    return words + pace_words(change, briefly=follows)


def mending(proofs: Sequence[ProofResult]) -> str:
    """Of each package the diff with the most to say for it, where it does most; empty for none."""
    said, left = [], 0
    diffs = [proof for proof in proofs if proof.patch is not None]
    for proof in best(diffs, lambda proof: proof.package):
        tried = [one for one in proofs if one.patch == proof.patch]
        said.append(f"{file_of(proof)}: {best_words(tried)}.")
        left += sum(
            signal.judgement.failed_after
            for one in tried
            for setting in one.settings
            for signal in setting.signals
        )
    return " ".join([*said, *(["Under other loads some still fail."] if left else [])])


def _helps(remedies: Sequence[SurveyLine]) -> str:
    """Of each side the quickest remedy after which none fails, and what is not shown to help."""
    if not remedies or remedies[0].row is None:
        return ""
    before = remedies[0].row
    clean = [line for line in remedies if line.row and line.verdict == "none"]
    said = [
        f"{paired(before.target.name)} fails in {before.failing} of {before.trials} trials "
        f"({_seconds(before)})"
    ]
    if clean:
        fewest = min(line.row.trials for line in clean if line.row)
        quickest: dict[str, SurveyLine] = {}
        for line in clean:
            known = quickest.get(line.entry.group)
            if known is None or _wall(line) < _wall(known):
                quickest[line.entry.group] = line
        titles = "; ".join(
            f"{short_title(line.entry)} ({_seconds(line.row)})"
            for line in quickest.values()
            if line.row
        )
        high = interval(0, fewest)[1]
        said.append(f"None of {fewest} (at most {high:.0%}) fails with each of: {titles}")
    same = [short_title(line.entry) for line in remedies if line.verdict == "same"]
    if same:
        said.append(f"No difference is shown for {len(same)} others")
    return ". ".join(said) + "."


def _wall(line: SurveyLine) -> float:
    return math.inf if line.row is None or line.row.wall is None else line.row.wall


def _seconds(row: Row) -> str:
    return "time unknown" if row.wall is None else f"{row.wall:.1f} s"


def unknown(summary: Summary, surveys: Surveys, changed: Sequence[ChangedRelease]) -> list[Gap]:
    """What the trials leave open."""
    asked = [change for change in changed if change.ask]
    gaps = []
    if asked:
        names = "; ".join(
            dict.fromkeys(f"{one.package} {one.release} ({one.signal})" for one in asked)
        )
        gaps.append(Gap(f"which commit did it: {names}", [change.ask for change in asked]))
    for topic, lines in surveys.items():
        alike = [short_title(line.entry) for line in lines if line.verdict == "same"]
        if alike and topic == "remedies":
            words = f"whether these change anything: {'; '.join(alike)}"
            gaps.append(Gap(words, [f"nox -s survey -- {topic} --rounds 30"]))
        missing = [f"{line.entry.group}: {line.entry.title}" for line in lines if line.row is None]
        if missing:
            gaps.append(Gap("; ".join(missing), [f"nox -s survey -- {topic}"]))
    rows = [*summary.rows, *(line.row for lines in surveys.values() for line in lines if line.row)]
    causes = counted_causes(rows)
    if causes[UNKNOWN]:
        words = f"why {causes[UNKNOWN]} of {sum(causes.values())} failed requests failed"
        gaps.append(Gap(f"{words}: the notes of their connections do not show it"))
    gaps.append(
        Gap(
            "anything beyond one machine with Linux: real networks, other balancers, other systems",
            ["nox -s trial -- --script YOUR_CLIENT.py --server YOUR_SERVER.py"],
        )
    )
    return gaps


def paired(name: str) -> str:
    """A target's name where several stand in a row: "httpx 0.24.1 with httpcore 0.17.3"."""
    return name.replace(", ", " with ", 1).replace(", ", " and ")


def enumeration(names: Iterable[str]) -> str:
    """Names in a row: "a, b and c"."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
