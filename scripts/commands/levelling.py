"""Targets that are compared with each other: all else is held equal where one set of versions goes
with them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import structs

from scripts.commands.options import remark
from scripts.commands.output import console
from scripts.commands.search_progress import HoldingProgress
from scripts.domain import libraries
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.surveys import Entry, Topic
from scripts.domain.trial import Load, Target
from scripts.domain.words import listed
from scripts.environments import index
from scripts.environments.build import Environments
from scripts.search.common import common

Families = dict[str, list[Target]]
"""Targets that are compared with each other, by what they are called together."""


def matrix(
    entries: Sequence[tuple[Target, Load]], python: str, environments: Environments
) -> list[tuple[Target, Load]]:
    """The rows of a matrix as they run; see `levelled`."""
    run = levelled(by_library(target for target, _ in entries), python, environments)
    return [(run.get(target, target), load) for target, load in entries]


def survey(
    topic: Topic, entries: Sequence[Entry], python: str, environments: Environments
) -> list[Entry]:
    """The entries of a survey as they run; see `levelled`."""
    run = levelled(by_group(topic, entries), python, environments)
    return [structs.replace(entry, target=run.get(entry.target, entry.target)) for entry in entries]


def by_library(chosen: Iterable[Target]) -> Families:
    """The targets of a matrix, by library."""
    families: Families = {}
    for target in dict.fromkeys(chosen):
        families.setdefault(target.axis, []).append(target)
    return families


def by_group(topic: Topic, entries: Sequence[Entry]) -> Families:
    """The targets of a survey, by what they are told beside: remedies are told beside one."""
    families: Families = {}
    for entry in entries:
        group = topic if topic == "remedies" else entry.group
        families.setdefault(group, []).append(entry.target)
    return families


def levelled(families: Families, python: str, environments: Environments) -> dict[Target, Target]:
    """The targets that run with other packages than by themselves, with what they run as.

    A family that what the document ran belongs to stays as it is: that has its environment, and of
    this the others have by themselves all that their pins allow.

    Args:
        families: of targets, an older release before a newer.
        python: full version of the interpreter.
        environments: where it is tried out; nothing is built.
    """

    def ready(pin: str) -> bool:
        try:
            return index.has_wheel(pin, python)
        except UsageProblem:  # a package that the index lists under no such name
            return True

    changed: dict[Target, Target] = {}
    silent = []
    with HoldingProgress(console(stderr=True)) as progress:
        for name, family in families.items():
            if len(family) < 2 or any(map(_as_documented, family)):
                continue
            try:
                shared = common(family, environments, ready, progress)
            except MeasurementProblem:
                silent.append(name)
                continue
            silent += [name] if shared.silent else []
            pins = tuple(f"{package}=={version}" for package, version in shared.pins.items())
            if pins:
                changed |= {target: structs.replace(target, equalised=pins) for target in family}
    if silent:
        remark(
            "The package index is silent, so that other packages may differ among the targets of "
            f"{listed(silent)}; what does stands under the table."
        )
    return changed


def _as_documented(target: Target) -> bool:
    """Whether a target is what the document ran of its library."""
    axis = libraries.axes().get(target.axis)
    return axis is not None and target.pins == axis.document
