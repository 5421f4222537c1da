"""Made-up campaigns and histories of any size, varied from published trials."""

from __future__ import annotations

import datetime
import random
import shutil
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from msgspec import structs

from scripts.domain.problems import MeasurementProblem
from scripts.domain.trial import Client, Load, Place, Target, Trial
from scripts.report import published
from scripts.search import question
from scripts.search.question import Question
from scripts.trials import campaign, store
from scripts.trials.campaign import Plan

Kind = Literal["campaign", "history"]
"""What a made-up folder is."""

FAILING = 0.3
"""Share of a campaign's made-up trials in which requests fail; of a history's the share from the
middle of its line on, before which none does."""

MUTE = 0.01
"""Share of made-up trials that say nothing."""

SPREAD = 0.1
"""Standard deviation of the logarithm of what made-up times are multiplied by."""


class Templates(NamedTuple):
    """Two published trials that others are made from: one without a failure, one with."""

    clean: Trial
    failing: Trial


def templates() -> Templates:
    """Of the published trials with what both ends noted, the clean one and the failing one whose
    files are nearest to the median size.

    Raises:
        MeasurementProblem: there are no such trials.
    """
    sizes = sorted(
        (_plain_size(path), path)
        for folder in published.folders()
        for path in folder.glob("[0-9]*.json.gz")
    )
    if not sizes:
        raise MeasurementProblem("no trials are published that others could be made from.")
    middle = sizes[len(sizes) // 2][0]
    nearest = sorted(sizes, key=lambda sized: abs(sized[0] - middle))
    chosen: dict[bool, Trial] = {}
    for trial in (store.read(path) for _, path in nearest):
        if trial.outcome == "completed" and trial.client.connections and trial.server.connections:
            chosen.setdefault(bool(trial.client.failures), trial)
        if len(chosen) == 2:
            return Templates(chosen[False], chosen[True])
    raise MeasurementProblem("the published trials have none of both kinds to make others from.")


def _plain_size(path: Path) -> int:
    """Bytes that a gzip file unpacks to, as its last four tell (RFC 1952)."""
    with path.open("rb") as stream:
        stream.seek(-4, 2)
        return int(struct.unpack("<I", stream.read(4))[0])


def make(
    kind: Kind,
    count: int,
    seed: int,
    place: Path,
    made_from: Templates,
    tell: Callable[[int], None],
) -> Path:
    """Make a folder of so many trials.

    Args:
        kind: what it is.
        count: how many trials.
        seed: of what varies.
        place: folder that it is made in.
        made_from: what is varied.
        tell: is told how many trials there are so far.

    Returns:
        The folder.

    Raises:
        MeasurementProblem: there is no room for it.
    """
    chance = random.Random(seed)  # noqa: S311
    folder, rows = _campaign(count, place) if kind == "campaign" else _history(count, place)
    size = store.write(made_from.failing, folder).stat().st_size
    (folder / made_from.failing.file_name).unlink()
    if shutil.disk_usage(place).free < 1.5 * count * size:
        raise MeasurementProblem(f"{count} made-up trials need {1.5 * count * size / 1e9:.0f} GB.")
    began = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    for order, (number, target, load, failing) in enumerate(rows, 1):
        made = structs.replace(
            _varied(made_from.failing if chance.random() < failing else made_from.clean, chance),
            place=Place(folder.name, order, number),
            started=(began + datetime.timedelta(seconds=30 * order)).isoformat(),
            target=target,
            load=load,
        )
        store.write(made, folder)
        tell(order)
    return folder


Row = tuple[int, Target, Load, float]
"""Of a trial: its round, what it runs under what load, and how likely a request of it fails."""


def _campaign(count: int, place: Path) -> tuple[Path, list[Row]]:
    """A campaign of the published campaigns' targets."""
    ran = [trial for folder in published.campaigns()[:1] for trial in store.trials(folder)]
    entries = list(dict.fromkeys((trial.target, trial.load) for trial in ran))
    laid_out = campaign.plan(entries, -(-count // len(entries)), 1)
    plan: Plan = structs.replace(laid_out, trials=laid_out.trials[:count])
    rows = [(one.round, one.target, one.load, FAILING) for one in plan.trials]
    return campaign.create(plan, place), rows


def _history(count: int, place: Path) -> tuple[Path, list[Row]]:
    """A history along the line of the first published one, sought by an exception."""
    asked = _questions()[0]
    name, created = store.named_now()
    posed = structs.replace(
        asked, name=name, created=created, signal="ReadError", control=None, most=count
    )
    middle = len(posed.points) // 2
    rows = [
        (number + 1, posed.points[at].target, posed.load, FAILING if at >= middle else 0.0)
        for number in range(count)
        for at in [number % len(posed.points)]
    ]
    return question.create(posed, place), rows


def _questions() -> Sequence[Question]:
    """The questions of the published histories.

    Raises:
        MeasurementProblem: there is none.
    """
    asked = [search.question for search in published.searches()]
    histories = [one for one in asked if isinstance(one, Question) and one.kind == "history"]
    if not histories:
        raise MeasurementProblem("no history is published that others could be made from.")
    return histories


def _varied(trial: Trial, chance: random.Random) -> Trial:
    """A trial with other times, or one that says nothing."""
    if chance.random() < MUTE:
        return structs.replace(trial, outcome="unavailable", client=Client())
    factor, client = chance.lognormvariate(0, SPREAD), trial.client
    return structs.replace(
        trial,
        host=structs.replace(trial.host, load=round(chance.uniform(0, 2), 2)),
        client=structs.replace(
            client,
            wall=(client.wall or 1.0) * factor,
            cpu_user=(client.cpu_user or 1.0) * factor,
            peak_memory=round((client.peak_memory or 1e8) * factor),
        ),
    )
