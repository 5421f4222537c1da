"""What a search asks, as written to its folder."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from scripts.domain import paths
from scripts.domain.files import replace
from scripts.domain.pins import moves
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Load, Target
from scripts.trials import store

QUESTION = "question.json"
"""Of a search's folder: the question that it is."""

QUESTION_SCHEMA = 1
"""Version of the layout of a question's file."""


Side = Literal["good", "bad"]
"""An end of a search."""


class Point(msgspec.Struct, frozen=True):
    """One release, commit or day.

    Attributes:
        name: what people call it: a version, a commit's short hash, or a day.
        target: what a trial of it runs.
        day: of its release or commit (YYYY-MM-DD); None where unknown. Of a day the first on which
            just this is installed.
        commit: its full hash; None for a release.
        yanked: whether its project withdrew it.
        held: index of the question's stretch that it belongs to; None for none.
    """

    name: str
    target: Target
    day: str | None = None
    commit: str | None = None
    yanked: bool = False
    held: int | None = None


class Stretch(msgspec.Struct, frozen=True):
    """Points in a row for which the same versions of other packages are held.

    Attributes:
        first, last: names of its first and its last point, in the order of the search.
        pins: what is held: name -> version; "server:uvicorn" is one of the server's environment.
    """

    first: str
    last: str
    pins: dict[str, str]


class Meeting(NamedTuple):
    """Where two stretches meet: what changes there may be what is held.

    Attributes:
        before, after: names of the last point of the one and the first of the other.
        moved: packages that are held at another version from here on: name -> (version before,
            version after); None for what is not held.
    """

    before: str
    after: str
    moved: Mapping[str, tuple[str | None, str | None]]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a bisection or a history asks, as stored in its folder.

    Attributes:
        name: of the folder.
        created: UTC, ISO 8601.
        command: the arguments that asked it.
        package: whose points these are; empty where they are days of the whole environment.
        points: in the order of the search: the first is the good end, the last the bad one.
        fix: whether good is the newer end, so that a fix is sought.
        widen: the end that was left out and is to be found first.
        stated: the ends that were named: where one says nothing, that is the answer.
        signal: what bad means, as the user wrote it.
        load: under which load.
        control: what each trial is judged beside; None where the signal needs none.
        confidence: at which the search stops.
        budget: seconds; None for no limit.
        most: trials at most, controls not counted.
        deadline: seconds each client may take; None for the load's own.
        clone: folder of the repository whose commits these are; empty for releases.
        stretches: points in a row for which other packages are held alike, in the same order; none
            where nothing is held, or where the question is from before this was noted.
        left_out: pre-releases between the ends that are no points.
        gaps: of days, those from which on nothing could be installed, up to the next point.
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
    stated: tuple[Side, ...] = ()
    deadline: float | None = None
    clone: str = ""
    stretches: list[Stretch] = []
    left_out: list[str] = []
    gaps: list[str] = []

    @property
    def by_day(self) -> bool:
        """Whether its points are days of the whole environment, not releases or commits."""
        return not self.package

    @property
    def meetings(self) -> list[Meeting]:
        """Where stretches meet, in the order of the search."""
        return [
            Meeting(one.last, other.first, moves(one.pins, other.pins))
            for one, other in pairwise(self.stretches)
        ]

    def turned(self) -> Question:
        """The same with its ends the other way round: what was taken for good is bad."""
        return msgspec.structs.replace(self, points=self.points[::-1], fix=not self.fix)

    @property
    def kind(self) -> str:
        """The verb that asked it: "bisect" or "history"."""
        return self.command[0] if self.command else "bisect"


def create(
    question: Question, place: Path | None = None, beside: Mapping[str, store.Purpose] = {}
) -> Path:
    """Make a question's folder and write it there.

    Args:
        question: it.
        place, beside: as `store.create_folder` has them.

    Raises:
        MeasurementProblem: the folder cannot be written.
    """
    return store.create_folder(question, QUESTION, place, beside)


def rewrite(question: Question, folder: Path) -> None:
    """Write a question in the place of the one that a folder holds.

    Raises:
        MeasurementProblem: it cannot be written.
    """
    with store.writing(folder):
        replace(folder / QUESTION, store.encode_purpose(question))


def load_question(folder: Path) -> Question:
    """Read a question.

    Raises:
        UsageProblem: the folder holds none of this schema.
    """
    question = store.read_purpose(folder, QUESTION, Question, "bisection", QUESTION_SCHEMA)
    if len(question.points) < 2:
        raise UsageProblem(f"{paths.shown(folder)} asks about fewer than two points: start anew.")
    return question
