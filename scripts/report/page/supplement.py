"""What stands in a report beside its own campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scripts.analysis.capture import Witness
from scripts.analysis.compare import SurveyLine
from scripts.analysis.lane_effect import LaneEffect
from scripts.domain.callcounts import CallCounts
from scripts.domain.surveys import Topic
from scripts.domain.trial import Trial
from scripts.mapping.result import AtlasResult
from scripts.proof.result import ProofResult
from scripts.reduction.result import Smallest
from scripts.report import accounts
from scripts.report.accounts import Account
from scripts.report.facts import Publication
from scripts.report.releases import ChangedRelease, changed_releases

Pictures = Mapping[str, Mapping[str, str]]
"""Paths of pictures, relative to the project: by kind, then by the folder of what it shows."""


@dataclass(frozen=True)
class Supplement:
    """What stands in a report beside its own campaign.

    Attributes:
        searches: what they found.
        reductions: the smallest cases.
        changed: the releases that changed something.
        surveys: by topic; measured: their trials.
        pictures: of all that.
        lanes: what running several trials at a time changes.
        proofs: of changes.
        witnesses: trials whose packets were captured, each with what those say.
        counted: trials whose calls were counted, each with the counts.
        atlases: maps of settings.
    """

    searches: Sequence[Account] = ()
    reductions: Sequence[Smallest] = ()
    changed: Sequence[ChangedRelease] = ()
    surveys: Mapping[Topic, Sequence[SurveyLine]] = field(default_factory=dict)
    measured: Mapping[Topic, Sequence[Trial]] = field(default_factory=dict)
    pictures: Pictures = field(default_factory=dict)
    lanes: Sequence[LaneEffect] = ()
    witnesses: Sequence[tuple[Trial, Witness]] = ()
    proofs: Sequence[ProofResult] = ()
    counted: Sequence[tuple[Trial, CallCounts]] = ()
    atlases: Sequence[AtlasResult] = ()


def supplement(publication: Publication, pictures: Pictures) -> Supplement:
    """All that stands in REPORT.md beside the published campaign."""
    return Supplement(
        searches=accounts.of_searches(publication.searches),
        reductions=publication.reductions,
        changed=changed_releases(publication.searches),
        surveys=publication.surveys,
        measured=publication.measured,
        pictures=pictures,
        lanes=publication.lanes,
        witnesses=publication.witnesses,
        proofs=publication.proofs,
        counted=publication.counted,
        atlases=publication.atlases,
    )
