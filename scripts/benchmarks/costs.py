"""What the tooling itself costs: each measure beside its bare counterpart, in interleaved pairs."""

from __future__ import annotations

import functools
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import TypeVar

import msgspec
from packaging.version import Version
from scipy.stats import quantile_test

from scripts.domain.problems import MeasurementProblem
from scripts.domain.targets import parse
from scripts.domain.trial import DOCUMENT_DATE, Load, Place, Target, Trial
from scripts.environments.build import Environments
from scripts.environments.index import releases_since
from scripts.environments.installation import interpreter_of
from scripts.environments.requirements import client_requirements
from scripts.environments.uv import end_of_day, uv
from scripts.trials.campaign import BUILDERS
from scripts.trials.job import Job
from scripts.trials.run import run_trial

Measured = TypeVar("Measured")

BUSY = Load("busy", requests=1000, concurrency=100, delay=0.02, keep_alive=5)
"""A load in which the client's processor time is spent on requests, not on waiting."""

CALM = Load("calm", requests=300, concurrency=5, payload_bytes=300, delay=0.02, keep_alive=5)
"""A load under which the client's event loop is punctual."""

RECORDED = (
    "aiohttp==3.10.10", "aiohttp==3.14.5", "httpx==0.24.1,httpcore==0.17.3", "httpx2==2.16.2"
)  # fmt: skip
"""Targets whose clients are recorded against their bare scripts."""

BOUND = 1.03
"""What recording may cost at the most, as a ratio."""

NEWEST_OLD = Version("0.27.2")
"""The newest httpx whose dependencies all existed on the document's day, as bare uv needs."""


class Comparison(msgspec.Struct, frozen=True):
    """One measure, ours against the bare way.

    Attributes:
        name: what is compared, with its unit.
        bare, ours: medians.
        ratio: median of the pairs' ratios, ours to bare.
        low, high: the 95 % interval of that median (order statistics); None where the
            pairs are too few for one.
        bound: what the ratio may be at most.
        pairs: how many pairs.
    """

    name: str
    bare: float
    ours: float
    ratio: float
    low: float | None
    high: float | None
    bound: float
    pairs: int


def compare(name: str, pairs: Sequence[tuple[float, float]], bound: float) -> Comparison:
    """A comparison out of (bare, ours) pairs."""
    ratios = [ours / bare for bare, ours in pairs]
    within = quantile_test(ratios, p=0.5).confidence_interval(0.95)
    return Comparison(
        name,
        statistics.median(bare for bare, _ in pairs),
        statistics.median(ours for _, ours in pairs),
        statistics.median(ratios),
        None if math.isnan(within.low) else float(within.low),
        None if math.isnan(within.high) else float(within.high),
        bound,
        len(pairs),
    )


def in_turn(
    what: str, measure: Callable[[bool], Measured], pairs: int, tell: Callable[[str], None]
) -> list[tuple[Measured, Measured]]:
    """Pairs of measurements, bare and ours; each second pair begins with ours.

    Args:
        what: is measured, in words.
        measure: does it, for ours or for bare.
        pairs: how many.
        tell: is told what goes on.
    """
    measured = []
    for number in range(pairs):
        tell(f"{what}: pair {number + 1} of {pairs}")
        ours_first = number % 2 == 1
        values = {ours: measure(ours) for ours in (ours_first, not ours_first)}
        measured.append((values[False], values[True]))
    return measured


def recorder(
    pairs: int, environments: Environments, tell: Callable[[str], None]
) -> list[Comparison]:
    """Client processor time per request, recorded against the bare script.

    Both run under the same probe, which in the bare case only times main().

    Raises:
        MeasurementProblem: a trial did not complete.
    """
    # numpy's idle BLAS threads spin for a while after import, which is noise of up to 7 % here.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    comparisons = []
    for target, load in product(map(parse, RECORDED), (BUSY, CALM)):
        measured = in_turn(
            f"recorder, {target.name}, {load.name}",
            functools.partial(_cost, target, load, environments),
            pairs,
            tell,
        )
        name = f"{target.name}, {load.name}: client CPU per request (ms)"
        comparisons.append(compare(name, measured, BOUND))
    return comparisons


def _cost(target: Target, load: Load, environments: Environments, notes: bool) -> float:
    trial: Trial = run_trial(Job(target, load, Place("bench"), noted=notes), environments)
    if trial.outcome != "completed" or trial.client.cpu is None:
        raise MeasurementProblem(f"{target.name}: {trial.outcome} {trial.detail}")
    return 1000 * trial.client.cpu / (load.requests or 1)


def building(count: int, pairs: int, tell: Callable[[str], None]) -> list[Comparison]:
    """Seconds for so many environments with a warm cache, ours against bare uv one by one."""
    releases = releases_since("httpx", "0.15.0", "3.11.0")
    versions = [version for version in releases if Version(version) <= NEWEST_OLD]
    targets = [parse(f"httpx=={version}") for version in versions[-count:]]
    _ours(targets)  # warms the package cache for both
    measured = in_turn(
        f"{len(targets)} environments",
        lambda ours: _ours(targets) if ours else _bare(targets),
        pairs,
        tell,
    )
    return [compare(f"{len(targets)} environments, warm cache (s)", measured, 1.1)]


def _ours(targets: Sequence[Target]) -> float:
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Environments(Path(scratch))
        began = time.monotonic()
        with ThreadPoolExecutor(BUILDERS) as pool:
            list(pool.map(fresh.client, targets))
        return time.monotonic() - began


def _bare(targets: Sequence[Target]) -> float:
    with tempfile.TemporaryDirectory() as scratch:
        began = time.monotonic()
        for number, target in enumerate(targets):
            venv = Path(scratch, str(number))
            uv("venv", "--quiet", "--no-project", "--python", sys.executable, str(venv))
            held = ["--exclude-newer", end_of_day(DOCUMENT_DATE)]
            into = ["--python", str(interpreter_of(venv))]
            uv("pip", "install", "--quiet", *into, *held, *client_requirements(target))
        return time.monotonic() - began
