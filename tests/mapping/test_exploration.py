"""Which trial of a map comes next: where the border runs, whatever it looks like."""

import random
from collections.abc import Callable

import pytest
from msgspec import structs

from scripts.domain.targets import parse
from scripts.domain.trial import Connection, Load, Server, Target, Trial
from scripts.mapping.atlas import Atlas
from scripts.mapping.choice import MOST_TRIALS
from scripts.mapping.comparison import release_differences
from scripts.mapping.exploration import Exploration
from scripts.mapping.grid import COARSE, STEPS, Corner
from scripts.mapping.result import atlas_result
from scripts.mapping.scale import Scale
from scripts.report import maps
from tests.builders import made

pytestmark = pytest.mark.pure

OLD, NEW = parse("httpx2==2.7.0"), parse("httpx2==2.16.2")

CLOSED = Server(
    connections=[
        Connection(1, 0.0, arrivals=[(0.1, 0.2)], closed=0.3),
        Connection(2, 0.0, arrivals=[(5.0, 5.1)]),
    ]
)
"""Of a server that closed an idle connection while requests were to come."""

Failing = Callable[[Load], float]
"""The share of trials that fail under a load."""


def atlas(*targets: Target, signal: str = "ReadError") -> Atlas:
    return Atlas(
        name="20260101-000000-1",
        created="2026-01-01T00:00:00+00:00",
        command=("map",),
        signal=signal,
        targets=list(targets or (NEW,)),
        load=Load("made"),
        x=Scale("keep-alive", 0.02, 10),
        y=Scale("concurrency", 10, 400),
        budget=60.0,
    )


def trial_of(target: Target, load: Load, order: int, failed: int, exposed: bool = True) -> Trial:
    server = CLOSED if exposed else Server(connections=[])
    return structs.replace(made(target, load, order, failed), server=server)


def explored(about: Atlas, failing: Failing, trials: int, seed: int = 1) -> Exploration:
    """An atlas after so many made-up trials."""
    chance, exploration = random.Random(seed), Exploration(about)  # noqa: S311
    for order in range(1, trials + 1):
        step = exploration.next()
        if step is None:
            break
        failed = 3 if chance.random() < failing(step.load) else 0
        exploration.take(step.target, step.corner, trial_of(step.target, step.load, order, failed))
    return exploration


def answers(exploration: Exploration, at: dict[str, float]) -> list[maps.PlaceAnswer]:
    return maps.answers(exploration, atlas_result(exploration), at)


def under(load: Load, keep_alive: float) -> float:
    assert load.keep_alive is not None
    return float(load.keep_alive < keep_alive)


def test_first_every_corner_of_the_coarse_map_is_tried_once() -> None:
    exploration = explored(atlas(), lambda _: 0.0, 16)
    [one] = exploration.maps
    assert sorted(one.tallies) == [
        Corner(x, y) for x in range(0, STEPS + 1, COARSE) for y in range(0, STEPS + 1, COARSE)
    ]
    assert atlas_result(exploration).whole


def test_trials_go_where_the_border_runs() -> None:
    exploration = explored(atlas(), lambda load: under(load, 0.5), 80)
    share = exploration.atlas.x.share(0.5) * STEPS
    beside = [abs(corner.x - share) <= COARSE for _, corner, _, _ in exploration.trials[16:]]
    assert sum(beside) > 0.5 * len(beside)
    result = atlas_result(exploration)
    [mapped] = result.maps
    assert mapped.border is not None
    assert (mapped.border.fails, mapped.border.along) == ("below", "y")
    for mark in mapped.border.marks:
        assert mark.border == pytest.approx(0.5, rel=0.6)


def test_a_border_that_depends_on_both_is_told_as_a_rule() -> None:
    def failing(load: Load) -> float:
        return under(load, 0.002 * (load.concurrency or 0))

    result = atlas_result(explored(atlas(), failing, 100))
    words = maps.rule_words(result, result.maps[0])
    assert words.startswith("It fails where the server's keep-alive is under ")
    assert " at 10 connections, " in words


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_map_without_a_border_bears_no_rule_and_ends(rate: float) -> None:
    exploration = explored(atlas(), lambda _: rate, 10_000)
    assert exploration.next() is None
    result = atlas_result(exploration)
    assert result.ending == "told"
    assert result.maps[0].border is None
    assert all(point.trials <= MOST_TRIALS for point in result.maps[0].points)
    assert maps.rule_words(result, result.maps[0]) == ""


def test_chance_alone_bears_no_rule() -> None:
    for seed in range(5):
        result = atlas_result(explored(atlas(), lambda _: 0.5, 80, seed))
        assert result.maps[0].border is None


def test_what_a_map_says_follows_from_its_trials_whatever_order_they_came_in() -> None:
    exploration = explored(atlas(OLD, NEW), lambda load: under(load, 0.3), 120)
    trials = [trial for _, _, trial, _ in exploration.trials]
    random.Random(3).shuffle(trials)  # noqa: S311
    again = Exploration(exploration.atlas)
    again.replay(trials)
    one, other = atlas_result(exploration), atlas_result(again)
    assert [sorted(map_.cells, key=str) for map_ in one.maps] == [
        sorted(map_.cells, key=str) for map_ in other.maps
    ]
    assert [map_.points for map_ in one.maps] == [map_.points for map_ in other.maps]
    assert again.next() is not None


def test_targets_get_trials_in_turn() -> None:
    exploration = explored(atlas(OLD, NEW), lambda load: under(load, 0.3), 61)
    assert {one.trials for one in exploration.maps} == {30, 31}


def test_trials_that_say_nothing_are_given_up() -> None:
    exploration = Exploration(atlas())
    order = 0
    while (step := exploration.next()) is not None:
        order += 1
        silent = structs.replace(made(step.target, step.load, order), outcome="server-not-ready")
        exploration.take(step.target, step.corner, silent)
    assert order == 32  # twice at each corner
    result = atlas_result(exploration)
    assert not result.whole
    assert maps.target_words(result, result.maps[0]).endswith("no trial said anything.")


def test_numbers_that_are_counted_are_not_split_beyond_whole_ones() -> None:
    about = structs.replace(atlas(), y=Scale("concurrency", 1, 4))
    exploration = explored(about, lambda load: float((load.concurrency or 0) > 2), 10_000)
    loads = [(trial.load, trial.place.round) for _, _, trial, _ in exploration.trials]
    places = {(load.keep_alive, load.concurrency) for load, _ in loads}
    assert len(places) == len(exploration.maps[0].tallies)


def test_releases_are_compared_at_the_same_settings() -> None:
    exploration = Exploration(atlas(NEW, OLD))

    def failed(target: Target, load: Load) -> int:
        keep = load.keep_alive or 0
        return (4 if keep < 0.1 else 0) if target == NEW else (4 if 1 < keep < 2 else 0)

    for order in range(1, 300):
        step = exploration.next()
        assert step is not None
        trial = trial_of(step.target, step.load, order, failed(step.target, step.load))
        exploration.take(step.target, step.corner, trial)
    [difference] = release_differences(exploration)
    assert (difference.before, difference.after) == (OLD.name, NEW.name)
    assert [column.verdict for column in difference.columns] == ["more", "same", "fewer", "same"]
    for column in difference.columns:
        assert column.before.trials == column.after.trials
    [words] = maps.changed_words([atlas_result(exploration)], "httpx2")
    assert words.startswith("From httpx2 2.7.0 to httpx2 2.16.2, by the server's keep-alive, ")
    assert "more fail at 20 ms" in words
    assert "fewer fail at 1.26 s" in words
    assert maps.changed_words([atlas_result(exploration)], "aiohttp") == []


def test_an_answer_for_ones_own_settings_is_as_sure_as_its_trials() -> None:
    exploration = explored(atlas(), lambda load: under(load, 0.3), 200)
    [fails] = maps.answers(
        exploration, atlas_result(exploration), {"keep-alive": 0.03, "concurrency": 50}
    )
    [holds] = maps.answers(
        exploration, atlas_result(exploration), {"keep-alive": 8, "concurrency": 50}
    )
    [border] = maps.answers(
        exploration, atlas_result(exploration), {"keep-alive": 0.3, "concurrency": 50}
    )
    assert fails.estimate.low > 0.5
    assert holds.estimate.high < 0.5
    assert border.words.startswith("cannot tell: a border runs here")
    [near] = maps.answers(
        exploration, atlas_result(exploration), {"keep-alive": 0.1, "concurrency": 50}
    )
    if near.estimate.kind == "border":
        assert "By the map's rule it is on the side where trials fail" in near.words
    assert "whose rates are alike" in holds.words


def test_what_could_not_show_it_is_no_answer() -> None:
    exploration = Exploration(atlas(signal="stale-connection"))
    for order in range(1, 17):
        step = exploration.next()
        assert step is not None
        trial = trial_of(step.target, step.load, order, 0, exposed=False)
        exploration.take(step.target, step.corner, trial)
    [answer] = maps.answers(
        exploration, atlas_result(exploration), {"keep-alive": 5, "concurrency": 50}
    )
    assert answer.words.endswith(
        "But none of them could show it: the server closed no connection while requests were to "
        "come. Of a client that pauses this says nothing."
    )
    words = maps.target_words(atlas_result(exploration), atlas_result(exploration).maps[0])
    assert "16 trials could not show it" in words


def test_a_number_that_a_disturbed_trial_left_unused_is_not_taken_for_the_next() -> None:
    exploration = Exploration(atlas())
    step = exploration.next()
    assert step is not None
    for number in (1, 3):
        trial = trial_of(step.target, step.load, number, 0)
        trial = structs.replace(trial, place=structs.replace(trial.place, round=number))
        exploration.take(step.target, step.corner, trial)
    while (further := exploration.next()) is not None and further.corner != step.corner:
        trial = trial_of(further.target, further.load, 9, 0)
        trial = structs.replace(trial, place=structs.replace(trial.place, round=further.round))
        exploration.take(further.target, further.corner, trial)
    assert further is not None
    assert further.round == 4


@pytest.mark.parametrize("most", [4.0, 10.0, 20.0, 400.0])
def test_trials_are_found_again_at_the_corners_where_they_were_run(most: float) -> None:
    about = structs.replace(atlas(), y=Scale("concurrency", 1.0, most))
    exploration = explored(about, lambda load: under(load, 0.3), 120)
    again = Exploration(about)
    again.replay(trial for _, _, trial, _ in exploration.trials)
    assert again.maps[0].tallies == exploration.maps[0].tallies
    assert again.whole


def test_a_setting_that_was_tried_is_answered_by_its_own_trials() -> None:
    exploration = explored(atlas(), lambda load: under(load, 0.3), 80)
    load = exploration.atlas.load_at(Corner(16, 16))
    at = {"keep-alive": load.keep_alive or 0.0, "concurrency": float(load.concurrency or 0)}
    [answer] = answers(exploration, at)
    assert (answer.estimate.kind, answer.estimate.low > 0) == ("measured", True)
    assert "at these very numbers" in answer.words


def test_a_signal_that_needs_no_stale_connection_can_always_show() -> None:
    exploration = Exploration(atlas(signal="exit"))
    for order in range(1, 17):
        step = exploration.next()
        assert step is not None
        trial = trial_of(step.target, step.load, order, 0, exposed=False)
        exploration.take(step.target, step.corner, trial)
    [one] = atlas_result(exploration).maps
    assert (one.exposed, one.affected) == (16, None)
    words = maps.target_words(atlas_result(exploration), one)
    assert words.endswith("0 of 16 trials showed it.")


def test_an_interpreter_that_is_named_by_its_path_is_no_other_target() -> None:
    about = atlas(structs.replace(NEW, python="/somewhere/bin/python"))
    exploration = Exploration(about)
    step = exploration.next()
    assert step is not None
    told = structs.replace(step.target, python="<python>/bin/python")
    exploration.replay([trial_of(told, step.load, 1, 0)])
    assert len(exploration.trials) == 1


def test_a_release_that_crashes_is_not_one_that_fails_less() -> None:
    exploration = Exploration(atlas(OLD, NEW))
    for order in range(1, 65):
        step = exploration.next()
        assert step is not None
        trial = trial_of(step.target, step.load, order, 1 if step.target == OLD else 0)
        if step.target == NEW:
            trial = structs.replace(trial, outcome="crashed", load=step.load)
        exploration.take(step.target, step.corner, trial)
    [difference] = release_differences(exploration)
    for column in difference.columns:
        assert column.after.failed >= column.before.failed


def test_few_trials_of_a_release_are_too_few_to_tell() -> None:
    exploration = Exploration(atlas(OLD, NEW))
    for order in range(1, 33):
        step = exploration.next()
        assert step is not None
        trial = trial_of(step.target, step.load, order, 1 if step.target == OLD else 0)
        exploration.take(step.target, step.corner, trial)
    [difference] = release_differences(exploration)
    assert {column.verdict for column in difference.columns} == {"too few"}
    assert "too few trials to tell at 20 ms" in maps.map_lines(atlas_result(exploration))[-1]
