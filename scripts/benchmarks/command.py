"""The verb that measures the tooling: arguments in, exit status out."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from scripts.benchmarks import (
    between,
    contest,
    costs,
    influence,
    instructions,
    proofs,
    scale,
    separations,
    shrinking,
    speedups,
    stalls,
    tables,
    workers,
)
from scripts.benchmarks.contest import RIVAL
from scripts.commands.options import Json
from scripts.commands.output import console, print_json
from scripts.domain.problems import MeasurementProblem
from scripts.environments.build import Environments
from scripts.report.document import Document
from scripts.trials import campaign

Subject = Literal[
    "recorder",
    "instructions",
    "building",
    "relay",
    "notes",
    "stalls",
    "search",
    "reduction",
    "separation",
    "proof",
    "workers",
    "scale",
]

BUILT = 30
"""Environments that the building of environments is measured on."""


class Results(Document, frozen=True, kw_only=True, tag="bench"):
    """What the tooling costs, and how well it searches; empty what was not asked for.

    Attributes:
        costs: of the recorder, of building environments, and of a relay that delays nothing.
        searches: a row for each kind of problem, method and claim.
        ratios: our trials against the rival's.
        curve: what being right costs in trials, ours and the rival's.
        cases: reductions, a row for each kind of case, rate and method.
        speedups: reductions on several workers, a row for each kind of case, rate and number.
        separations: of the changes that make a difference, a row for each kind of problem.
        notes: whether trials fail as often with all notes as with none.
        stalls: known ones of an event loop, a row for each and each library.
        proofs: of changes whose effect is known, a row for each kind.
        workers: of searches that several workers run, a row for each kind and number of workers.
        scales: what showing made-up folders of trials again takes, a row for each verb and size.
        growths: how that grows with the trials.
    """

    version: Literal[3]
    costs: list[costs.Comparison]
    searches: list[contest.SearchScore]
    ratios: list[contest.TrialsRatio]
    curve: list[contest.TradeOff]
    cases: list[shrinking.ReductionScore]
    speedups: list[speedups.SpeedupScore]
    separations: list[separations.SeparationScore]
    notes: list[influence.Influence]
    stalls: list[stalls.StallScore]
    proofs: list[proofs.ProofScore]
    workers: list[workers.WorkersScore]
    scales: list[scale.ScaleScore]
    growths: list[scale.Growth]


def bench(
    *what: Subject,
    pairs: Annotated[int, Parameter(validator=Number(gte=1, lte=100))] = 15,
    full: bool = False,
    seed: int = 1,
    json: Json = False,
) -> int:
    """Measure what the tooling itself costs, and how well it searches, beside other ways.

    Example: python -m scripts bench recorder --pairs 11

    Parameters
    ----------
    what
        recorder (processor time per request), instructions (the same, counted, where valgrind is
        installed), building (environments), relay (what it adds to a request), notes (whether
        trials fail as often with all of them as with none), stalls (known ones of an event loop),
        search, reduction, separation or proof (simulated problems with a known answer, beside other
        ways), workers (what several at a time make of searches and reductions), scale (what showing
        made-up folders of 1,000, 10,000 and 100,000 trials again takes; of 1,000 alone where it is
        not named); all by default.
    pairs
        Pairs of measurements, of recorder, building, relay and notes.
    full
        All simulated problems (200 of each kind, 500 of proofs, 100 searches and 20 reductions on
        workers, up to 1000 points or 60 packages) instead of a quick selection, and 20 runs of each
        stall instead of 2.
    seed
        From which the simulated problems are drawn.
    json
        Print the comparisons as JSON on standard output.
    """
    if not what or "search" in what:
        require_rival()
    errors = console(stderr=True)
    results = measured(set(what), pairs, full, seed, lambda text: errors.print(text))
    if json:
        print_json(results)
    else:
        show_results(results)
    return 0


def require_rival() -> None:
    """Make sure that the search can be compared.

    Raises:
        MeasurementProblem: the package it is compared with is not installed.
    """
    if find_spec(RIVAL.replace("-", "_")) is None:
        raise MeasurementProblem(
            f"our search is compared with {RIVAL}, which is not installed: "
            f"`python -m pip install {RIVAL}`."
        )


def measured(
    subjects: set[Subject], pairs: int, full: bool, seed: int, tell: Callable[[str], None]
) -> Results:
    """Measure these subjects, all where none is named.

    Args:
        subjects, pairs, full, seed: as the verb has them.
        tell: is told what goes on.
    """

    def meant(subject: Subject) -> bool:
        return not subjects or subject in subjects

    processes, environments = campaign.lanes(), Environments()
    told = stalls.stall_scores(20 if full else 2, environments, tell) if meant("stalls") else []
    searches: list[contest.SearchScore] = []
    if meant("search"):
        points = contest.SIZES if full else contest.SIZES[:1]
        searches = contest.contest(200 if full else 25, seed, points, processes, tell)
    separated: list[separations.SeparationScore] = []
    if meant("separation"):
        many = separations.PACKAGES if full else separations.PACKAGES[:1]
        separated = separations.separation_scores(200 if full else 20, seed, many, processes, tell)
    several, faster = list[workers.WorkersScore](), list[speedups.SpeedupScore]()
    if meant("workers"):
        lengths = workers.SIZES if full else workers.SIZES[:1]
        several = workers.workers_scores(100 if full else 20, seed, lengths, processes, tell)
        faster = speedups.speedup_scores(20 if full else 4, seed, processes, tell)
    sizes = scale.SIZES if "scale" in subjects or full else scale.SIZES[:1]
    scales = scale.scale_scores(sizes, seed, tell) if meant("scale") else []
    return Results(
        version=3,
        costs=_costs(meant, "instructions" in subjects, pairs, tell),
        searches=searches,
        ratios=contest.ratios(searches) if searches else [],
        curve=contest.trade_offs(searches) if searches else [],
        cases=shrinking.reduction_scores(200 if full else 20, seed, processes, tell)
        if meant("reduction")
        else [],
        speedups=faster,
        separations=separated,
        notes=influence.influences(pairs, environments, tell) if meant("notes") else [],
        stalls=told,
        proofs=proofs.proof_scores(500 if full else 50, seed, processes, tell)
        if meant("proof")
        else [],
        workers=several,
        scales=scales,
        growths=scale.growths(scales),
    )


def _costs(
    meant: Callable[[Subject], bool], counted: bool, pairs: int, tell: Callable[[str], None]
) -> list[costs.Comparison]:
    """What the tooling costs, beside the bare way.

    Args:
        meant: whether a subject is measured.
        counted: whether instructions are counted in any case; else where that can be done.
        pairs, tell: as `measured` has them.
    """
    comparisons: list[costs.Comparison] = []
    if meant("recorder"):
        comparisons += costs.recorder(pairs, Environments(), tell)
    if meant("instructions") and (counted or instructions.installed()):
        comparisons += instructions.instructions(Environments(), tell)
    if meant("building"):
        comparisons += costs.building(BUILT, min(pairs, 3), tell)
    if meant("relay"):
        comparisons += between.relay(pairs, Environments(), tell)
    return comparisons


def show_results(results: Results) -> None:
    """Print the tables of what was measured."""
    out = console()
    if results.costs:
        out.print(tables.comparisons(results.costs))
    if results.notes:
        out.print(tables.influenced(results.notes))
    if results.stalls:
        out.print(tables.stalled(results.stalls))
    if results.searches:
        out.print(tables.contest(results.searches, results.ratios))
        out.print(tables.curve(results.curve))
        out.print(f"Choosing the next of 1000 points: {1000 * contest.choosing():.1f} ms")
    if results.cases:
        out.print(tables.shrunk(results.cases))
    if results.speedups:
        out.print(tables.sped(results.speedups))
    if results.proofs:
        out.print(tables.proven(results.proofs))
    if results.separations:
        out.print(tables.separated(results.separations))
    if results.workers:
        out.print(tables.shared(results.workers))
    if results.scales:
        out.print(tables.scaled(results.scales, results.growths))
