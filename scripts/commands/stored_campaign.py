"""What the stored trials of a campaign say, of however many: none but a few is held whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scripts.analysis.gist import Gist
from scripts.analysis.summary import Summary, SummarySum
from scripts.commands.output import console
from scripts.commands.search_progress import HoldingProgress
from scripts.domain.paths import shown
from scripts.domain.pins import pinned
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Trial
from scripts.report.gate.trials import gated
from scripts.report.gate.withheld import Gate
from scripts.report.page.render import ReportedTrials
from scripts.report.told import TrialFacts, telling
from scripts.trials import store
from scripts.trials.campaign import Past, Plan
from scripts.trials.extract_index import Stored
from scripts.trials.extracts import Progress, extracted, stored


class ReadingProgress(HoldingProgress):
    """Shows how the reading of trials goes on, where it takes longer than a blink."""

    words = "Reading the trials that came or changed: {count}"

    def read(self, done: int, count: int) -> None:
        """So many of so many were read."""
        self(f"{done:,} of {count:,}")


@dataclass(frozen=True)
class Said:
    """What a campaign's trials say.

    Attributes:
        summary: together.
        others: what a report for others tells of them.
        first_failing: the first in which a request failed; None for none.
    """

    summary: Summary
    others: ReportedTrials
    first_failing: Gist | None


@dataclass
class _Remarks:
    """What else is noted while trials are added up."""

    days: set[str] = field(default_factory=set)
    failures: dict[tuple[str, str], Stored] = field(default_factory=dict)
    first: Gist | None = None
    first_failing: Gist | None = None
    withheld: bool = False

    def add(self, file: Stored, one: TrialFacts) -> None:
        """Take in a trial, and its file."""
        own = one.own
        self.days.add(own.started[:10])
        self.first = self.first or one.safe
        self.withheld = self.withheld or one.others is not None
        for exception in own.raised:
            self.failures.setdefault((own.target.name, exception), file)
        if self.first_failing is None and own.failing:
            self.first_failing = own


class StoredCampaign:
    """A campaign's folder, read as often as is asked.

    Args:
        folder: its own.
        plan: what it consists of.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        self._own, self._noted = SummarySum(), _Remarks()
        targets = dict.fromkeys(planned.target for planned in plan.trials)
        self._named = frozenset(
            name for target in targets for name in _named((*target.pins, *target.server_pins))
        )

    def told(self, progress: Progress | None = None) -> Iterator[tuple[Stored, TrialFacts]]:
        """What each trial tells, in order, with its file.

        Raises:
            UsageProblem: one of them is damaged.
        """
        files = stored(self.folder)
        told = extracted(self.folder, telling(self._named), progress, files)
        return zip(files, told, strict=True)

    def finished(self) -> list[Past]:
        """Its finished trials, but for those that somebody disturbed."""
        self._own, self._noted = SummarySum(), _Remarks()
        finished = []
        with ReadingProgress(console(stderr=True)) as progress:
            for file, one in self.told(progress.read):
                self._own.add(one.own)
                self._noted.add(file, one)
                if one.own.outcome != "disturbed":
                    finished.append(_past(one.own))
        return finished

    def kept(self, folder: Path) -> Iterator[Past]:
        """The same; the files of those that somebody disturbed are removed.

        Raises:
            MeasurementProblem: one cannot be removed.
        """
        for file, one in self.told():
            if one.own.outcome == "disturbed":
                store.remove(folder / file.name)
            else:
                yield _past(one.own)

    def said(self) -> Said:
        """What its trials say, as they were read last as its finished ones.

        Raises:
            UsageProblem: there are none.
        """
        noted, summary = self._noted, self._own.summary()
        safe = summary
        if noted.withheld:
            others = SummarySum()
            for _, one in self.told():
                others.add(one.safe)
            safe = others.summary()
        if noted.first is None:
            raise UsageProblem(f"{shown(self.folder)} holds no trial to tell of.")
        host = noted.first.about.value.host
        failing = self._failing(sorted(set(noted.failures.values())))
        return Said(
            summary, ReportedTrials(safe, host, sorted(noted.days), failing), noted.first_failing
        )

    def _failing(self, files: Iterable[Stored]) -> list[Trial]:
        """Trials by their files, as they get out."""
        return [
            gated(store.read(self.folder / file.name), Gate(named=self._named)) for file in files
        ]


def _past(one: Gist) -> Past:
    return Past(one.order, one.target, one.load, one.wall or 0.0, one.measured and one.failing)


def _named(pins: Iterable[str]) -> Iterable[str]:
    """Names of the packages that are pinned; none where a file says what no pin is."""
    try:
        return pinned(pins)
    except ValueError:
        return ()
