"""Why a trial of a search is the next, in words."""

from __future__ import annotations

from scripts.search.step import Ground, Reason

REASON_WORDS: dict[Ground, str] = {
    "stored": "stored",
    "bad rate": "how often the bad end is bad",
    "good end": "looking for the good end",
    "bad end": "looking for the bad end",
    "ends": "verifying the ends",
    "unchanged": "so far nothing changes ({probability})",
    "likeliest": "so far {points} ({probability})",
    "swapped": "the ends look swapped",
    "confirming": "confirming",
    "separating": "separating what moved together",
    "first look": "a first look",
    "change": "{points} changes: {probability}",
    "filling in": "filling in",
}


def reason_words(reason: Reason) -> str:
    """A reason in a few words: "so far 1.0.3 (87%)"."""
    return REASON_WORDS[reason.ground].format(
        points=" to ".join(reason.points), probability=f"{reason.probability:.0%}"
    )
