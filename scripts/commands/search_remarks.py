"""What is said of a question before its trials begin: on standard error."""

from __future__ import annotations

from scripts.domain.words import listed
from scripts.search.question import Meeting, Question


def remarks(question: Question) -> list[str]:
    """What bears on all that a question can find, a sentence each."""
    return [*left_out(question), *gaps(question), *map(met, question.meetings)]


def left_out(question: Question) -> list[str]:
    """How many pre-releases are no points; nothing where there are none."""
    count = len(question.left_out)
    if not count:
        return []
    first, last = question.points[0].name, question.points[-1].name
    which = "1 pre-release" if count == 1 else f"{count} pre-releases"
    verb, them = ("is", "it") if count == 1 else ("are", "them")
    return [f"{which} between {first} and {last} {verb} left out: --prereleases takes {them} in."]


def gaps(question: Question) -> list[str]:
    """From which days on nothing could be installed; nothing where there are none."""
    if not question.gaps:
        return []
    return [
        f"Nothing could be installed from {listed(question.gaps)} on, up to the next day that is "
        "tried: what changed in between shows there."
    ]


def met(meeting: Meeting) -> str:
    """Where two stretches meet, and what is held otherwise from there on."""
    moves = "; ".join(
        f"{name} {before or 'not held'}, then {after or 'not held'}"
        for name, (before, after) in meeting.moved.items()
    )
    return (
        f"From {meeting.after} on other packages are held at other versions than up to "
        f"{meeting.before} ({moves}): a change found just there may be theirs."
    )
