"""Maps as they are published, told and drawn."""

from pathlib import Path
from typing import Literal

import msgspec
import pytest
from msgspec import structs

from scripts.analysis.causes import causes
from scripts.analysis.hops import hops
from scripts.domain.problems import UsageProblem
from scripts.domain.targets import parse
from scripts.domain.trial import Connection, Load, Server, Target, Trial, Turn
from scripts.mapping.atlas import Atlas, create, load_atlas
from scripts.mapping.border import Border, BorderMark
from scripts.mapping.exploration import Exploration
from scripts.mapping.grid import Corner
from scripts.mapping.result import AtlasResult, atlas_result
from scripts.mapping.scale import Scale
from scripts.report import condensed, maps, published, publishing
from scripts.report.figures import settings
from scripts.report.page.render import report
from scripts.report.page.supplement import Supplement
from scripts.trials import store
from tests.builders import made
from tests.report.figures.pictures import checked

pytestmark = pytest.mark.pure

NAME = "20240101-000000-1"

TARGETS = [parse("httpx2==2.7.0"), parse("httpx2==2.16.2")]


def atlas(**fields: object) -> Atlas:
    about = Atlas(
        name=NAME,
        created="2024-01-01T00:00:00+00:00",
        command=("map", "--x", "keep-alive=0.02..10", "--y", "concurrency=10..400"),
        signal="stale-connection",
        targets=TARGETS,
        load=Load("made", requests=10),
        x=Scale("keep-alive", 0.02, 10.0),
        y=Scale("concurrency", 10.0, 400.0),
        budget=60.0,
    )
    return structs.replace(about, **fields)


def trial_of(target: Target, load: Load, order: int) -> Trial:
    """A trial in which two connections lay idle, and one failed where that was too long."""
    kept = load.keep_alive or 0.0
    fails = kept < 0.3
    patient = Connection(1, 0.0, turns=[Turn(1, 0.0, 0.0), Turn(2, 0.15, 0.15)])
    affected = Connection(2, 0.0, turns=[Turn(3, 0.0, 0.0), Turn(0, 0.5, 0.5)], errno=32, lost=0.6)
    quiet = Connection(3, 0.0, turns=[Turn(4, 0.0, 0.0)])
    served = [
        Connection(1, 0.0, arrivals=[(0.0, 0.1), (0.15, 0.2)]),
        Connection(2, 0.0, arrivals=[(0.0, 0.1)], closed=0.1 + kept, how="end of stream"),
        Connection(3, 0.0, arrivals=[(0.0, 0.1), (20.0, 20.1)]),
    ]
    base = made(target, load, order, failed=1 if fails else 0, campaign=NAME)
    client = structs.replace(
        base.client, connections=[patient, *([affected] if fails else []), quiet]
    )
    return structs.replace(base, client=client, server=Server(connections=served))


def explored(place: Path, trials: int = 60) -> tuple[Path, AtlasResult]:
    """A folder with an atlas and so many made-up trials, and what it says."""
    folder = create(atlas(), place)
    exploration = Exploration(atlas())
    for order in range(1, trials + 1):
        step = exploration.next()
        assert step is not None
        trial = trial_of(step.target, step.load, order)
        trial = structs.replace(trial, place=structs.replace(trial.place, round=step.round))
        store.write(trial, folder)
        exploration.take(step.target, step.corner, trial)
    return folder, atlas_result(exploration)


def test_what_is_published_says_what_was_measured(tmp_path: Path) -> None:
    folder, result = explored(tmp_path / NAME)
    assert any(one.bad for one in result.maps)
    publishing.publish(folder)
    [exploration] = published.atlases()
    assert msgspec.json.encode(atlas_result(exploration)) == msgspec.json.encode(result)
    for trial in store.trials(store.PUBLISHED / NAME):
        assert 3 not in [connection.port for connection in trial.client.connections]
        assert len(trial.server.connections or ()) == 3


def test_a_map_of_the_same_libraries_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    folder, _ = explored(tmp_path / NAME, 32)
    publishing.publish(folder)
    with pytest.raises(UsageProblem, match="--replace"):
        publishing.publish(folder)
    publishing.publish(folder, replacing=True)
    assert len(published.atlases()) == 1


def test_the_report_tells_and_shows_it(tmp_path: Path) -> None:
    _, result = explored(tmp_path / NAME)
    page = report([made()], "nox -s repro", Supplement(atlases=[result]))
    assert "## Under which settings does it fail?" in page
    assert f"<summary>{maps.heading(result)}" in page
    assert "Again: `nox -s map -- --x keep-alive=0.02..10 --y concurrency=10..400`" in page
    for one in result.maps:
        assert f"{one.bad} of {one.trials} trials showed it" in page
    drawing = settings.drawing(result)
    assert [panel.title for panel in drawing.panels] == [
        f"{one.target.name}\n{one.bad} of {one.trials} trials fail" for one in result.maps
    ]
    assert [panel.border is None for panel in drawing.panels] == [
        one.border is None for one in result.maps
    ]
    checked(settings.svg, drawing)


def test_where_an_idle_connection_was_written_on_too_late_is_counted(tmp_path: Path) -> None:
    _, result = explored(tmp_path / NAME)
    for one in result.maps:
        assert one.idleness.bad_longer == one.idleness.bad == one.bad > 0
        assert one.idleness.good_longer == 0


def test_an_atlas_is_stored_as_it_was_asked(tmp_path: Path) -> None:
    folder = create(atlas(), tmp_path / NAME)
    assert load_atlas(folder) == atlas()
    (folder / "map.json").write_text('{"schema": 1, "name": "x"}')
    with pytest.raises(UsageProblem, match="damaged"):
        load_atlas(folder)


def test_a_map_that_lacks_corners_is_not_published(tmp_path: Path) -> None:
    folder, _ = explored(tmp_path / NAME, 20)
    with pytest.raises(UsageProblem, match="lacks corners of its maps: resume it first"):
        publishing.publish(folder)
    assert not published.folders()


@pytest.mark.parametrize(
    "wrong",
    [
        {"targets": []},
        {"targets": TARGETS[:1] * 2},
        {"y": Scale("keep-alive", 1.0, 9.0)},
        {"budget": 0.0},
    ],
)
def test_what_cannot_be_mapped_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    folder = create(atlas(), tmp_path / NAME)
    stored = msgspec.json.decode((folder / "map.json").read_bytes())
    changed = stored | msgspec.to_builtins(wrong)
    (folder / "map.json").write_bytes(msgspec.json.encode(changed))
    with pytest.raises(UsageProblem, match="damaged"):
        load_atlas(folder)


@pytest.mark.parametrize(
    ("fails", "everywhere", "words"),
    [
        ("below", True, "is under 10 s (the map's end)"),
        ("below", False, "is under 20 ms (the map's end)"),
        ("above", True, "is over 20 ms (the map's end)"),
        ("above", False, "is over 10 s (the map's end)"),
    ],
)
def test_where_a_border_leaves_the_map_the_side_that_fails_is_right(
    tmp_path: Path, fails: Literal["below", "above"], everywhere: bool, words: str
) -> None:
    _, result = explored(tmp_path / NAME)
    mark = BorderMark(10.0, None, everywhere)
    border = Border("y", fails, [mark], 9, 9, 9, 9, 0.0, 0.0, 0.0)
    one = structs.replace(result.maps[0], bad=9, trials=18, border=border)
    assert words + " at 10 connections: 9 of 9" in maps.rule_words(result, one)


def test_few_failures_bear_no_border(tmp_path: Path) -> None:
    _, result = explored(tmp_path / NAME)
    one = structs.replace(result.maps[0], bad=3, trials=40, border=None)
    assert maps.rule_words(result, one) == "That is too few of either to draw a border."


def test_what_is_published_of_who_closes_on_whom_is_what_was_measured() -> None:
    trials = [trial_of(TARGETS[0], atlas().load_at(Corner(x, 16)), x) for x in range(0, 49, 8)]
    assert hops([condensed.with_outlines(trial) for trial in trials]) == hops(trials) is not None
    for trial in trials:
        assert causes(condensed.with_outlines(trial)) == causes(trial)
        assert causes(condensed.with_told_connections(trial)) == causes(trial)
