"""The answers in short, for someone who reads no further: sentences out of what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from scripts.analysis.catalogue import STALE, UNKNOWN
from scripts.analysis.compare import SurveyLine, Verdict
from scripts.analysis.rates import interval
from scripts.analysis.summary import Row, Summary, counted_causes
from scripts.domain.surveys import Topic
from scripts.domain.targets import control
from scripts.proof.result import ProofResult
from scripts.report.findings import percent
from scripts.report.proofs_in_short import short_lines
from scripts.report.races import races_words
from scripts.report.releases import ChangedRelease
from scripts.report.surveys import VERDICT_WORDS
from scripts.report.unsaid import along_words

OF_THE_DOCUMENT = ("ReadError", "slow")
"""Signals of what the document tells of."""

Surveys = Mapping[Topic, Sequence[SurveyLine]]


Subject = Literal["occurrence", "cause", "aiohttp", "since", "mend", "help"]


class ShortAnswer(msgspec.Struct, frozen=True):
    """One answer: its subject, the question, the answer, and the command that measures it again."""

    subject: Subject
    question: str
    answer: str
    command: str


class Gap(msgspec.Struct, frozen=True):
    """What is not known, and the command that would tell; empty for none."""

    what: str
    command: str = ""


def short_answers(
    summary: Summary,
    surveys: Surveys,
    changed: Sequence[ChangedRelease],
    proofs: Sequence[ProofResult] = (),
    by_setting: Sequence[str] = (),
) -> list[ShortAnswer]:
    """The six answers; those that nothing was measured for are left out.

    Args:
        summary: the matrix.
        surveys: by topic.
        changed: the releases that changed something.
        proofs: of changes.
        by_setting: what maps of settings say changed between releases, in sentences.
    """
    rows, callers = summary.rows, surveys.get("callers", ())
    answers = (
        ShortAnswer("occurrence", "Does it happen?", _occurs(rows), "nox -s repro"),
        ShortAnswer("cause", "Why?", _why(rows), "nox -s explain -- CAMPAIGN/TRIAL"),
        ShortAnswer(
            "aiohttp",
            "What does aiohttp change?",
            _aiohttp(rows, callers),
            "nox -s survey -- callers",
        ),
        ShortAnswer(
            "since",
            "Since when?",
            " ".join([_sentence(since(changed)), *by_setting]).strip(),
            "nox -s bisect -- --package httpcore --good 0.17.3 --bad 1.0.9 --signal slow "
            "--load compressed",
        ),
        ShortAnswer(
            "mend",
            "What would mend it?",
            _sentence(". ".join(short_lines(proofs))),
            "nox -s prove",
        ),
        ShortAnswer(
            "help",
            "What helps today?",
            _helps(surveys.get("remedies", ())),
            "nox -s survey -- remedies",
        ),
    )
    return [answer for answer in answers if answer.answer]


def _occurs(rows: Sequence[Row]) -> str:
    """Whether the first target of the matrix, the document's, fails, and which others do."""
    measured = [row for row in rows if row.trials]
    if not measured:
        return ""
    first = measured[0].target
    own = [row for row in measured if row.target == first]
    said = "; ".join(
        f"{row.failed} of {row.requests} requests under the {row.load.name} load, "
        f"in {row.failing} of {row.trials} trials"
        for row in own
    )
    failing = [row.target.name for row in measured if row.failing and row.target != first]
    word = "Yes" if any(row.failing for row in own) else "Not here"
    names = dict.fromkeys(map(paired, failing))
    others = f" Others that fail: {enumeration(names)}." if names else ""
    return f"{word}. {paired(first.name)} loses {said}.{others}"


def _why(rows: Sequence[Row]) -> str:
    causes = counted_causes(rows)
    total = sum(causes.values())
    if not total:
        return ""
    name, count = causes.most_common(1)[0]
    said = f"{name[0].upper()}{name[1:]}, in {count} of {total} failed requests of the matrix"
    if name != STALE:
        return f"{said}."
    said += (
        ": the server closes a connection that has been idle for its keep-alive, and the client "
        "writes on it all the same."
    )
    return f"{said} {races_words(rows)}".rstrip()


def _aiohttp(rows: Sequence[Row], callers: Sequence[SurveyLine]) -> str:
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
    said = (
        f": {aiohttp.target.name} takes {mine:.1f} ms of processor time per request, "
        f"{paired(document.target.name)} {other:.1f} ms"
    )
    if document.closed is not None and aiohttp.closed is not None:
        said += (
            f"; the server closes {aiohttp.closed:.0f} of its connections as idle while "
            f"requests are to come, and {document.closed:.0f} of the other's"
        )
    return said


def _blocked(callers: Sequence[SurveyLine]) -> str:
    """What fails where the caller blocks the event loop."""
    blocked = next((line for line in callers if line.verdict == "more"), None)
    if blocked is None:
        return ""
    losses = [
        f"{paired(line.entry.group)} {line.row.failed} of {line.row.requests} ("
        + (f"{VERDICT_WORDS['same']} beside one that does not; " if line.verdict == "same" else "")
        + f"its loop blocked for up to {line.row.longest_stall or 0.0:.1f} s, the median of trials)"
        for line in callers
        if line.verdict and line.row is not None
    ]
    return (
        f" But with a caller that {blocked.entry.title}, under the {blocked.entry.load.name} load, "
        f"requests fail: {enumeration(losses)}."
    )


def since(changed: Sequence[ChangedRelease]) -> str:
    """Which releases changed what the document tells of, without a full stop; empty for none."""
    words: dict[str, list[str]] = {}
    several = len({change.under for change in changed}) > 1
    for change in sorted(changed, key=lambda change: change.signal != "ReadError"):
        if change.signal in OF_THE_DOCUMENT:
            along = along_words(change.moved)
            before = f"after {change.before}" if change.before else ""
            about = ", ".join(filter(None, [change.day or "day unknown", before, along]))
            release = f"{change.package} {change.release} ({about})"
            sure = f"confidence {percent(change.confidence)}"
            sure += f", commit {change.commit}" if change.commit else ""
            sure += f", {change.under} load" if several else ""
            words.setdefault(release, []).append(f"{change.words} ({sure})")
    return "; ".join(f"{release}: {', '.join(changes)}" for release, changes in words.items())


def _sentence(words: str) -> str:
    return f"{words}." if words else ""


def _helps(remedies: Sequence[SurveyLine]) -> str:
    """What helps, what does so a little, and what is not seen to."""
    if not remedies or remedies[0].row is None:
        return ""
    before = remedies[0].row
    clean = [line.row.trials for line in remedies if line.row and line.verdict == "none"]
    fewest = min(clean, default=1)
    high = interval(0, fewest)[1]
    said = [
        f"As it is, {paired(before.target.name)} (AsyncClient on asyncio) fails in "
        f"{before.failing} of {before.trials} trials ({before.failed} of {before.requests} "
        "requests)"
    ]
    phrases: dict[Verdict, str] = {
        "none": f"None of {fewest} (at most {high:.0%}) fails with each of",
        "none that way": "None fails in this way, but some do in another, with",
        "fewer": "Fewer requests fail with",
        "more": "More requests fail with",
        "same": "No difference is shown for",
        "too few": "Too few trials to tell",
    }
    for verdict, words in phrases.items():
        titles = [
            _titled(line) + ("" if verdict == "none" else _lost(line))
            for line in remedies
            if line.verdict == verdict
        ]
        if titles:
            said.append(f"{words}: {'; '.join(titles)}")
    return ". ".join(said) + "."


def _lost(line: SurveyLine) -> str:
    """How many requests fail with a remedy, in brackets; empty where that was not measured."""
    return f" ({line.row.failed} of {line.row.requests} requests)" if line.row else ""


def _titled(line: SurveyLine) -> str:
    """What a remedy is called, with what moves along with it."""
    unsaid = line.row.unsaid if line.row else None
    along = along_words(unsaid.client) if unsaid else ""
    return f"{line.entry.title} ({along})" if along else line.entry.title


def unknown(summary: Summary, surveys: Surveys, changed: Sequence[ChangedRelease]) -> list[Gap]:
    """What the trials leave open."""
    gaps = [
        Gap(f"which change in {change.package} {change.release} did it ({change.signal})",
            change.ask)
        for change in changed
        if change.ask
    ]  # fmt: skip
    for topic, lines in surveys.items():
        alike = [_titled(line) for line in lines if line.verdict == "same"]
        if alike and topic == "remedies":
            words = f"whether these change anything: {'; '.join(alike)}"
            gaps.append(Gap(words, f"nox -s survey -- {topic} --rounds 30"))
        missing = [f"{line.entry.group}: {line.entry.title}" for line in lines if line.row is None]
        if missing:
            gaps.append(Gap("; ".join(missing), f"nox -s survey -- {topic}"))
    rows = [*summary.rows, *(line.row for lines in surveys.values() for line in lines if line.row)]
    causes = counted_causes(rows)
    if causes[UNKNOWN]:
        words = f"why {causes[UNKNOWN]} of {sum(causes.values())} failed requests failed"
        gaps.append(Gap(f"{words}: the notes of their connections do not show it"))
    gaps.append(
        Gap(
            "anything beyond one machine with Linux: real networks, other balancers, other systems",
            "nox -s trial -- --script YOUR_CLIENT.py --server YOUR_SERVER.py",
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
