"""What a bisection asks and what it answers, as written to its folder and printed as JSON."""

from __future__ import annotations

from typing import Literal

import msgspec

from scripts.analysis.rates import Rate
from scripts.domain.trial import Load, Target

QUESTION_SCHEMA = 1
"""Version of the layout of a question's file."""


class Point(msgspec.Struct, frozen=True):
    """One release or commit.

    Attributes:
        name: what people call it: a version, or a commit's short hash.
        target: what a trial of it runs.
        day: of its release or commit (YYYY-MM-DD); None where unknown.
        commit: its full hash; None for a release.
    """

    name: str
    target: Target
    day: str | None = None
    commit: str | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a bisection asks, as stored in its folder.

    Attributes:
        name: of the folder.
        created: UTC, ISO 8601.
        command: the arguments that asked it.
        package: whose points these are.
        points: in the order of the search: the first is the good end, the last the bad one.
        fix: whether good is the newer end, so that a fix is sought.
        widen: the end that was left out and is to be found first.
        signal: what bad means, as the user wrote it.
        load: under which load.
        control: what each trial is judged beside; None where the signal needs none.
        confidence: at which the search stops.
        budget: seconds; None for no limit.
        most: trials at most, controls not counted.
        deadline: seconds each client may take; None for the load's own.
        clone: folder of the repository whose commits these are; empty for releases.
    """

    schema: int = QUESTION_SCHEMA
    name: str
    created: str
    command: tuple[str, ...]
    package: str
    points: list[Point]
    fix: bool
    signal: str
    load: Load
    control: Target | None
    confidence: float
    budget: float | None
    most: int
    widen: Literal["good", "bad", ""] = ""
    deadline: float | None = None
    clone: str = ""

    @property
    def kind(self) -> str:
        """The verb that asked it: "bisect" or "history"."""
        return self.command[0] if self.command else "bisect"


class Moved(msgspec.Struct, frozen=True):
    """What changed along with the culprit, and which of them did it.

    Attributes:
        packages: name -> (version on the good side, version on the bad side).
        did: "package" (the culprit's own change), "others" (what moved with it), "either" (each
            alone suffices), "together" (both are needed), "not alone" (not the package by itself;
            what moved could not be tried without it), "unseparated".
        words: the same for people, with the trials it rests on.
    """

    packages: dict[str, tuple[str, str]]
    did: Literal["package", "others", "either", "together", "not alone", "unseparated"]
    words: str


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a bisection found.

    Attributes:
        verdict: "culprit", "unchanged" or "undecided".
        why: one sentence.
        package, signal, load: of the question.
        last_good, first_bad: names of the points on both sides of the step; for a fix they are
            last_bad and first_good instead.
        days: of those points, older first.
        commit: the later point's hash, where points are commits.
        confidence: in the verdict, 0 to 1; None where undecided.
        likeliest: (later point of the step, probability) of the best candidates, where undecided.
        trials: how many trials it rests on, controls not counted.
        silent: how many more said nothing.
        before, after: rates of bad trials before and from the step, in version order; of the two
            ends where there is no step.
        untestable: names of points that no trial could judge.
        between: untestable points right between the two sides, any of which may be the culprit.
        otherwise: failures that are not the signal, by name, with the trials that showed them.
        also: (point, probability) of further changes within the range, on either side of the step:
            the later point of each, in version order.
        moved_with: what changed along with it.
        reproduce: (side, command) for each side.
    """

    verdict: Literal["culprit", "unchanged", "undecided"]
    why: str
    package: str
    signal: str
    load: str
    last_good: str | None = None
    first_bad: str | None = None
    last_bad: str | None = None
    first_good: str | None = None
    days: tuple[str | None, str | None] | None = None
    commit: str | None = None
    confidence: float | None = None
    likeliest: list[tuple[str, float]] = []
    trials: int
    silent: int = 0
    before: Rate | None = None
    after: Rate | None = None
    untestable: list[str] = []
    between: list[str] = []
    otherwise: dict[str, int] = {}
    also: list[tuple[str, float]] = []
    moved_with: Moved | None = None
    reproduce: list[tuple[str, str]] = []
