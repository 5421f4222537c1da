"""What the stored trials of a campaign say, of however many: none but a few is held whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from scripts.analysis.gist import Gist
from scripts.analysis.summary import Summary, SummarySum
from scripts.commands.output import console
from scripts.commands.search_progress import ReadingProgress
from scripts.domain.paths import shown
from scripts.domain.pins import pinned
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Host, Trial
from scripts.report.gate.trials import gated
from scripts.report.gate.withheld import Gate
from scripts.report.page.render import ReportedTrials
from scripts.report.told import TrialFacts, telling
from scripts.trials import store
from scripts.trials.campaign import Past, Plan
from scripts.trials.extract_index import Stored
from scripts.trials.extracts import Progress, extracted, stored
from scripts.trials.kept_answers import keep_answer, kept_answer


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
    first_failing: Trial | None


class KeptAnswer(msgspec.Struct, frozen=True):
    """What a campaign's trials say together, as it is kept until one of them comes, changes or
    goes.

    Attributes:
        own: their summary.
        others: the one that gets out; None for the same.
        host: the machine of the first, as it gets out.
        days: on which they ran (YYYY-MM-DD), in order.
        failing: names of the files of trials that failed, of each target the first by each
            exception.
        first_failing: the same of the first in which a request failed; None for none.
    """

    own: Summary
    others: Summary | None
    host: Host
    days: list[str]
    failing: list[str]
    first_failing: str | None

    @property
    def files(self) -> set[str]:
        """The names of all files that it tells of."""
        return {*self.failing, *([] if self.first_failing is None else [self.first_failing])}


@dataclass
class _Remarks:
    """What else is noted while trials are added up."""

    days: set[str] = field(default_factory=set)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    first: Gist | None = None
    first_failing: str | None = None
    withheld: bool = False

    def add(self, file: Stored, one: TrialFacts) -> None:
        """Take in a trial, and its file."""
        own = one.own
        self.days.add(own.started[:10])
        self.first = self.first or one.safe
        self.withheld = self.withheld or one.others is not None
        for exception in own.raised:
            self.failures.setdefault((own.target.name, exception), file.name)
        if self.first_failing is None and own.failing:
            self.first_failing = file.name


class StoredCampaign:
    """A campaign's folder, read as often as is asked.

    Args:
        folder: its own.
        plan: what it consists of.

    Attributes:
        planned: how many trials that is.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.planned = folder, len(plan.trials)
        self._whole = False
        self._files: list[Stored] = []
        self._own, self._noted = SummarySum(), _Remarks()
        self._known: KeptAnswer | None = None
        targets = dict.fromkeys(planned.target for planned in plan.trials)
        self._named = frozenset(
            name for target in targets for name in _named((*target.pins, *target.server_pins))
        )
        self._told = telling(self._named)
        self._answer = f"{self.planned} trials {self._told.name}"

    def finished_before(self) -> bool:
        """Whether what its trials say when all of them are finished is known, and none of them
        came, changed or went since: then none need be read.
        """
        files = stored(self.folder)
        known = kept_answer(self.folder, self._answer, KeptAnswer, files)
        if known is not None and known.files <= {file.name for file in files}:
            self._known = known
        return self._known is not None

    def told(self, progress: Progress | None = None) -> Iterator[tuple[Stored, TrialFacts]]:
        """What each trial tells, in order, with its file.

        Raises:
            UsageProblem: one of them is damaged.
        """
        files = self._files = stored(self.folder)
        return zip(files, extracted(self.folder, self._told, progress, files), strict=True)

    def finished(self) -> list[Past]:
        """Its finished trials, but for those that somebody disturbed."""
        self._own, self._noted, self._known = SummarySum(), _Remarks(), None
        finished = []
        with ReadingProgress(console(stderr=True)) as progress:
            for file, one in self.told(progress.read):
                self._own.add(one.own)
                self._noted.add(file, one)
                if one.own.outcome != "disturbed":
                    finished.append(_past(one.own))
        self._whole = len(finished) == self.planned
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
        """What its trials say, as they were read last.

        Raises:
            UsageProblem: there are none, or one is damaged.
        """
        known = self._known
        if known is None:
            known = self._together()
            if self._whole:
                keep_answer(self.folder, self._answer, known, self._files)
        first = known.first_failing
        failing = [gated(self._read(name), Gate(named=self._named)) for name in known.failing]
        others = ReportedTrials(known.others or known.own, known.host, known.days, failing)
        return Said(known.own, others, None if first is None else self._read(first))

    def _together(self) -> KeptAnswer:
        """What its trials say together."""
        noted, others = self._noted, None
        if noted.first is None:
            raise UsageProblem(f"{shown(self.folder)} holds no trial to tell of.")
        if noted.withheld:
            safe = SummarySum()
            for one in extracted(self.folder, self._told, files=self._files):
                safe.add(one.safe)
            others = safe.summary()
        return KeptAnswer(
            own=self._own.summary(),
            others=others,
            host=noted.first.about.value.host,
            days=sorted(noted.days),
            failing=sorted(set(noted.failures.values())),
            first_failing=noted.first_failing,
        )

    def _read(self, name: str) -> Trial:
        return store.read(self.folder / name)


def _past(one: Gist) -> Past:
    return Past(one.order, one.target, one.load, one.wall or 0.0, one.measured and one.failing)


def _named(pins: Iterable[str]) -> Iterable[str]:
    """Names of the packages that are pinned; none where a file says what no pin is."""
    try:
        return pinned(pins)
    except ValueError:
        return ()
