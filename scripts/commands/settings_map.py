"""The verb that maps under which settings it fails: arguments in, exit status out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from scripts.commands.map_options import MapOptions, asked_atlas, require_measurable
from scripts.commands.map_progress import MapProgress
from scripts.commands.options import Deadline, Json, LoadOptions, Python
from scripts.commands.output import console, print_json
from scripts.commands.places import LanePlaceOptions, PlaceOptions
from scripts.commands.resuming import resuming
from scripts.domain import paths
from scripts.domain.files import replace
from scripts.domain.problems import INTERRUPTED, MeasurementProblem, Problem, UsageProblem
from scripts.domain.words import plain
from scripts.environments.build import Environments
from scripts.mapping.atlas import Atlas, create, load_atlas
from scripts.mapping.exploration import Exploration
from scripts.mapping.measurement import measure
from scripts.mapping.result import AtlasResult, atlas_result
from scripts.mapping.scale import place
from scripts.report import answers, maps, published
from scripts.trials import store
from scripts.trials.lanes import Stopped

PICTURE = "map.svg"
"""Of an atlas' folder: its maps, drawn."""


# Nine parameters: a group of options is a parameter to the command line's library.
def settings_map(
    *,
    asked: MapOptions | None = None,
    load: LoadOptions | None = None,
    at: str | None = None,
    from_: Annotated[Path | None, Parameter(name="--from")] = None,
    python: Python = "",
    deadline: Deadline | None = None,
    trials_at: LanePlaceOptions | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Map under which settings it fails, over two numbers of the load; answer for one's own.

    Trials are spent where the border runs. The load but for its two numbers is compressed's, with
    the client's keep-alive as its library has it and an answer after 0.1 s; options change it.

    Example: python -m scripts map --x keep-alive=0.02..10 --y concurrency=10..400

    Parameters
    ----------
    at
        Answer for one's own settings, such as keep-alive=5,concurrency=50, from the published map
        over these two numbers, and run nothing.
    from_
        With --at: answer from the map in this folder.
    resume
        Folder of an interrupted map to go on with; everything else is taken from there.
    json
        Print the maps as JSON on standard output.
    """
    asked = asked or MapOptions()
    if from_ is not None and at is None:
        raise UsageProblem("--from goes with --at, such as --at keep-alive=5,concurrency=50.")
    if at is not None:
        beside = (resume, deadline, python or None, trials_at)
        given = asked != MapOptions() or (load or LoadOptions()).given()
        if given or any(value is not None for value in beside):
            raise UsageProblem("--at answers from a map that is there: it goes with --from alone.")
        return _answered(place(at), from_, json)
    trials_at = trials_at or LanePlaceOptions()
    if resume is not None:
        return _mapped(resume.resolve(), trials_at, json, fresh=False)
    trials_at.check(asked.signal)
    atlas = asked_atlas(asked, load or LoadOptions(), python, deadline)
    return _mapped(create(atlas), trials_at, json, fresh=True)


def _mapped(folder: Path, trials_at: PlaceOptions, json: bool, fresh: bool) -> int:
    """Go on with an atlas, show its maps and draw them, and say by the status whether each corner
    was measured.

    Args:
        folder: the atlas'.
        trials_at: where its trials run.
        json: whether that is shown as JSON.
        fresh: whether the folder was made just now: then nothing is left of an atlas of which no
            trial could be run.
    """
    atlas = load_atlas(folder)
    require_measurable(atlas)
    trials_at.check(atlas.signal)
    again = resuming("map", folder, trials_at.words)
    errors = console(stderr=True)
    errors.print(Text(plain(_words(atlas, folder))), soft_wrap=True)
    exploration = Exploration(atlas)
    try:
        with trials_at.running(Environments()) as runner:
            watcher = MapProgress(exploration, errors)
            measure(exploration, folder, runner, watcher, lanes=trials_at.lanes or 1)
    except Stopped as stopped:
        errors.print(f"{stopped.why}: the trials are kept; go on with:\n  {again}", soft_wrap=True)
        return INTERRUPTED
    except Problem as problem:
        if fresh and not store.has_trials(folder):
            shutil.rmtree(folder, ignore_errors=True)
            raise
        raise type(problem)(f"{problem}\n  {again}") from problem
    result = atlas_result(exploration)
    _require_told(result, folder)
    picture = _drawn(result, folder)
    if json:
        print_json(maps.printed_map(result, None, []))
    else:
        out = console()
        out.print(answers.atlas(result))
        out.print(
            f"Trials: {paths.shown(folder)}\nThe same as a picture: {paths.shown(picture)}\n"
            f"For your own settings: nox -s map -- --from {paths.shown(folder)} --at "
            f"{atlas.x.written(atlas.x.high)},{atlas.y.written(atlas.y.low)}",
            soft_wrap=True,
        )
    if result.ending == "ran out":
        errors.print(f"Its budget is used up; a finer map:\n  {again}", soft_wrap=True)
    return 0 if result.whole else 1


def _words(atlas: Atlas, folder: Path) -> str:
    count = len(atlas.targets)
    maps_words = f"{count} map{'s' if count > 1 else ''}"
    over = f"{maps.scale_words(atlas.x)} and {maps.scale_words(atlas.y)}"
    return f"{maps_words} of {atlas.signal} over {over}, into {paths.shown(folder)}"


def _require_told(result: AtlasResult, folder: Path) -> None:
    """Make sure that some trial said something.

    Raises:
        MeasurementProblem: none did.
    """
    if any(one.trials for one in result.maps):
        return
    details = {trial.detail or trial.outcome for trial in store.trials(folder)}
    said = f" ({', '.join(sorted(details))})" if details else ""
    raise MeasurementProblem(
        f"none of {result.trials} trials says anything about {result.signal!r}{said}. Trials: "
        f"{paths.shown(folder)}"
    )


def _drawn(result: AtlasResult, folder: Path) -> Path:
    """Draw the maps into their folder."""
    # Half a second of matplotlib, for this verb alone.
    from scripts.report.figures import settings

    path = folder / PICTURE
    replace(path, settings.svg(settings.drawing(result)))
    return path


def _answered(at: dict[str, float], folder: Path | None, json: bool) -> int:
    """Answer for one's own settings, from a map that is there."""
    exploration = _stored(at, folder)
    result = atlas_result(exploration)
    told = maps.answers(exploration, result, at)
    if json:
        print_json(maps.printed_map(result, at, told))
        return 0
    out = console()
    for one in told:
        out.print(f"{one.target}: {one.words}", markup=False, soft_wrap=True)
    for line in maps.basis_lines(result):
        out.print(line, markup=False, soft_wrap=True)
    return 0


def _stored(at: dict[str, float], folder: Path | None) -> Exploration:
    """The map that answers for some settings.

    Raises:
        UsageProblem: there is none.
    """
    if folder is not None:
        place = folder.resolve()
        return Exploration(load_atlas(place), store.trials(place))
    there = []
    for place in reversed(published.mapped()):
        atlas = load_atlas(place)
        if {atlas.x.name, atlas.y.name} == set(at):
            return published.explored(place)
        there.append(f"{atlas.x.name} and {atlas.y.name}")
    known = f"; there are maps over {' and over '.join(there)}" if there else ""
    raise UsageProblem(
        f"no map over {' and '.join(at)} is published{known}. nox -s map -- --x ... --y ... makes "
        "one, --from FOLDER answers from it."
    )
