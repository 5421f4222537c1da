"""The verb that says which of the differences between two environments do it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter

from scripts.commands import answering, chains
from scripts.commands.answering import GoingOn
from scripts.commands.environment_options import NamedEnvironment, both
from scripts.commands.options import Deadline, Json, Python, under
from scripts.commands.output import print_json
from scripts.commands.places import LanePlaceOptions, PlaceOptions
from scripts.commands.resuming import resuming
from scripts.commands.search_options import SureOptions, TrialOptions, depth
from scripts.domain.problems import INTERRUPTED, UsageProblem
from scripts.environments.build import Environments
from scripts.environments.contents import Contents
from scripts.report import answers
from scripts.report.contrasts import printed_difference
from scripts.search import contrast
from scripts.search.chain import CHAIN, Chain, Depth, load_chain
from scripts.search.contrast import PYTHON, Versions, differing, load_contrast
from scripts.search.contrast_points import about_contrast
from scripts.search.points import Asked


@Parameter(name="*")
@dataclass(frozen=True)
class SidesOptions:
    """The two environments."""

    bad: str = ""
    """The environment where the signal shows: a file (of `pip freeze`, a requirements file, uv.lock
    or pylock.toml), a day such as 2024-10-20 (with the pins of --with), or pins joined by commas
    ('httpx==0.27.2,anyio==4.6.2'; '@2024-10-20' at the end holds the others at that day)."""
    good: str = ""
    """The one where it does not, likewise."""
    bad_python: str = ""
    """Python of the bad environment, a version or a path; by default that of --python."""
    good_python: str = ""
    """Python of the good one. Two that differ are one of the differences."""
    signal: str = "ReadError"
    """What bad means, as for bisect."""


@Parameter(name="*")
@dataclass(frozen=True)
class FurtherOptions:
    """What is gone on to."""

    down_to: Depth = "package"
    """Where to end: package (which differences do it, the default), release (since which release of
    each) or commit (with --source)."""
    source: Path | None = None
    """With --down-to commit, a local git clone of the package. It is only read."""


# Nine parameters: a group of options is a parameter to the command line's library.
def difference(
    *,
    between: SidesOptions | None = None,
    further: FurtherOptions | None = None,
    runs: TrialOptions | None = None,
    stop: SureOptions | None = None,
    python: Python = "",
    deadline: Deadline | None = None,
    place: LanePlaceOptions | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Of the packages that differ between two environments, find those that make one fail.

    It says which changes suffice, none of which can be left out, shown both ways as far as versions
    go together: the good environment with them fails, the bad one with them changed back does not.

    Example: python -m scripts difference --bad mine.txt --good yours.txt --signal ReadError

    Parameters
    ----------
    resume
        Folder of an interrupted search to go on with; everything else is taken from there.
    json
        Print what is found as JSON on standard output.
    """
    place = place or LanePlaceOptions()
    if resume is not None:
        return _answered(resume.resolve(), place, json)
    between, further = between or SidesOptions(), further or FurtherOptions()
    runs, stop = runs or TrialOptions(), stop or SureOptions()
    place.check(between.signal)
    if not between.good or not between.bad:
        raise UsageProblem("name both environments: --bad ENV and --good ENV.")
    down_to, clone = depth(further.down_to, further.source)
    contents = Contents(Environments())
    pythons = (between.good_python or python, between.bad_python or python)
    good, bad = both(between.good, between.bad, pythons, runs, contents)
    changes = _changes(good, bad)
    limits = stop.limits(deadline)
    load = under(runs.load, good.load, good.target)
    asked = Asked("", good.target, load, between.signal, limits, sys.argv[1:])
    titles, left_out = (good.title, bad.title), (*good.left_out, *bad.left_out)
    sought = about_contrast(asked, good.target, bad.target, titles, changes, left_out)
    chain = Chain(name=sought.name, down_to=down_to, clone=clone)
    beside = {CHAIN: chain} if down_to != "package" else {}
    return _answered(contrast.create(sought, beside=beside), place, json)


def _changes(good: NamedEnvironment, bad: NamedEnvironment) -> dict[str, Versions]:
    """What differs between two environments, the interpreter first.

    Raises:
        UsageProblem: nothing does.
    """
    changes = differing(good.packages, bad.packages)
    if good.python != bad.python:
        changes = {PYTHON: Versions(good.python, bad.python)} | changes
    if not changes:
        count = len(good.packages)
        same = "package" if count == 1 else f"{count} packages"
        raise UsageProblem(
            f"{good.title} and {bad.title} do not differ: both hold the same {same} on Python "
            f"{good.python}."
        )
    return changes


def _answered(folder: Path, place: PlaceOptions, json: bool) -> int:
    """Go on with a contrast, show its answer, and say by the status whether there is one."""
    chain = load_chain(folder)
    if chain is not None:
        return chains.follow(folder, chain, "difference", place, json)
    load_contrast(folder)  # into a folder that holds none nothing is written
    answer = answering.found_by_difference(
        folder, GoingOn(resuming("difference", folder, place.words), place)
    )
    if answer is None:
        return INTERRUPTED
    if json:
        print_json(printed_difference(answer))
    else:
        answering.show(answers.answer(answer), folder)
    return 0 if answer.ending == "explained" else 1
