"""Which trial of an atlas is run next, and what the ones so far show. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import structs

from scripts.analysis import signals
from scripts.analysis.catalogue import STALE
from scripts.analysis.gist import closed_early
from scripts.analysis.readings import Reading, read
from scripts.domain.trial import Load, Target, Trial
from scripts.mapping.atlas import Atlas
from scripts.mapping.choice import next_corner
from scripts.mapping.grid import Corner, coarse, corners, finest
from scripts.mapping.target_map import TargetMap


@dataclass(frozen=True)
class MapStep:
    """The next trial: of which target, at which corner, and its number there, from 1."""

    target: Target
    corner: Corner
    load: Load
    round: int


class MappedTrial(NamedTuple):
    """A trial on a map: whose, at which corner, and what it says of the signal."""

    map: TargetMap
    corner: Corner
    trial: Trial
    reading: Reading


class Exploration:
    """An atlas with its trials.

    Args:
        atlas: what is to be mapped.
        trials: those that its folder has.

    Attributes:
        maps: of each target, in the atlas' order.
        trials: those taken in, in order.
    """

    def __init__(self, atlas: Atlas, trials: Iterable[Trial] = ()) -> None:
        self.atlas = atlas
        self.signal = signals.parse(atlas.signal)
        self.maps = [TargetMap(target, (atlas.x, atlas.y)) for target in atlas.targets]
        self.trials: list[MappedTrial] = []
        self._rounds: dict[tuple[Target, Load], int] = {}
        self.replay(trials)

    def next(self, under_way: Collection[MapStep] = ()) -> MapStep | None:
        """The trial to run next, beside those that run already: of the targets that want one, one
        of the fewest; None where none does.
        """
        running = {one.target: Counter[Corner]() for one in self.maps}
        numbers = [self._rounds]
        for step in under_way:
            running[step.target][step.corner] += 1
            numbers.append({(step.target, step.load): step.round})
        for one in sorted(self.maps, key=lambda one: one.trials + running[one.target].total()):
            corner = next_corner(one, running[one.target])
            if corner is not None:
                load = self.atlas.load_at(corner)
                last = max(known.get((one.target, load), 0) for known in numbers)
                return MapStep(one.target, corner, load, 1 + last)
        return None

    def take(self, target: Target, corner: Corner, trial: Trial) -> None:
        """Take in a trial of a target at a corner."""
        one = next(one for one in self.maps if _anywhere(one.target) == _anywhere(target))
        reading = read(self.signal, trial)
        one.take(corner, reading.bad, self._exposed(trial))
        self.trials.append(MappedTrial(one, corner, trial, reading))
        # A trial that was disturbed leaves its number unused.
        key, number = (one.target, self.atlas.load_at(corner)), trial.place.round
        self._rounds[key] = max(number, self._rounds.get(key, 0))

    def replay(self, trials: Iterable[Trial]) -> None:
        """Take in the trials that a folder has."""
        # Of corners with the same numbers, where those are rounded, the coarsest is the one tried.
        places = {
            self.atlas.load_at(corner): corner
            for corner in sorted(finest(), key=lambda corner: corner.coarseness)
        }
        mapped = {_anywhere(one.target) for one in self.maps}
        for trial in trials:
            corner = places.get(trial.load)
            if corner is not None and _anywhere(trial.target) in mapped:
                self.take(trial.target, corner, trial)

    def _exposed(self, trial: Trial) -> bool:
        """Whether a trial could have shown the signal, as far as that is known: a stale connection
        needs one that the server closed while requests were to come.
        """
        return self.signal.cause != STALE or closed_early(trial.server) != 0

    @property
    def whole(self) -> bool:
        """Whether every corner of the coarse map of each target has a trial that says something."""
        return all(corner in one.measured() for one in self.maps for corner in corners(coarse()))


def _anywhere(target: Target) -> Target:
    """A target wherever its interpreter lies, whose path is not told in trials."""
    return structs.replace(target, python="")
