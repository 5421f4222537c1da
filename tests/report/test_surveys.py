"""Surveys: what they ask, how their trials are judged, and what is published of them."""

import shutil
from pathlib import Path

import pytest
from msgspec import structs

from scripts.analysis.causes import STALE
from scripts.analysis.summary import summarise
from scripts.commands import publish
from scripts.domain.entries import ASKED, SURVEY_FILE, Entry, Survey, Topic
from scripts.domain.files import PROJECT
from scripts.domain.targets import control, parse
from scripts.domain.trial import Connection, Failure, Link, Trial
from scripts.report import overview, published
from scripts.report.surveys import (
    ELSE,
    FEWER,
    MORE,
    NONE,
    SAME,
    Line,
    answered,
    cells,
    chance,
    judged,
    main_cause,
)
from scripts.trials import store
from scripts.trials.campaign import Plan
from tests.builders import READ_ERROR, SERVED, USED, changed, failing, made

pytestmark = pytest.mark.pure


def newest(package: str) -> str:
    return {"httpx": "0.28.1", "httpx2": "2.16.2", "httpx-aiohttp": "0.2.0"}.get(package, "3.14.5")


@pytest.mark.parametrize("topic", ASKED)
def test_every_entry_is_asked_once_of_scripts_that_exist(topic: Topic) -> None:
    entries = ASKED[topic](newest)
    assert len({(each.target, each.load) for each in entries}) == len(entries)
    assert len({(each.group, each.title) for each in entries}) == len(entries)
    assert len({(each.target.name, each.load.name) for each in entries}) == len(entries)
    for each in entries:
        assert (PROJECT / each.target.script).is_file()
        assert (PROJECT / each.target.server).is_file()


OTHER = (control(), made().load)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ([5] * 8, [0] * 8, NONE),
        ([9, 8, 7, 9, 8, 9, 7, 8], [2, 1, 2, 3, 1, 2, 0, 1], FEWER),
        ([0] * 8, [9, 8, 7, 9, 8, 9, 7, 8], MORE),
        ([5, 0, 1, 0, 2], [0, 1, 0, 0, 0], SAME),
        ([0] * 8, [0] * 8, SAME),
        ([], [0], "not measured"),
    ],
)
def test_a_verdict_says_no_more_than_the_trials_allow(
    before: list[int], after: list[int], verdict: str
) -> None:
    found = judged(
        [made(failed=each) for each in before], {OTHER: [made(failed=each) for each in after]}
    )
    assert found == {OTHER: verdict}


def test_what_fails_in_another_way_does_not_count_as_the_same() -> None:
    stale = failing(READ_ERROR, client=USED, server=SERVED)
    assert main_cause([stale]) == STALE
    starved = changed(made(failed=7), failures=[pool_timeout()])
    assert judged([stale] * 8, {OTHER: [starved] * 8}) == {OTHER: ELSE}


def pool_timeout() -> Failure:
    return Failure((Link("httpx", "PoolTimeout", "", None, "raised", None),), "", 7)


def test_several_that_are_compared_with_one_need_more_to_differ() -> None:
    before = [made(failed=each) for each in (4, 5, 3, 4, 5)]
    none = [made() for _ in range(5)]
    loads = [structs.replace(made().load, name=f"load {each}") for each in range(9)]
    one = judged(before, {OTHER: none})
    many = judged(before, {(control(), load): none for load in loads})
    assert one == {OTHER: NONE}
    assert set(many.values()) == {SAME}


def test_an_exact_test_of_few_trials_is_exact() -> None:
    # Two of the twenty ways to share out six trials are as extreme.
    assert chance([1, 2, 3], [7, 8, 9]) == pytest.approx(2 / 20)


def survey() -> tuple[Survey, list[Trial]]:
    """A survey of a client that fails beside one that does not, and one that was not measured."""
    httpx, aiohttp, other = parse("document"), control(), parse("httpx==0.28.1")
    load = made().load
    entries = [
        Entry("as it is", httpx.name, httpx, load),
        Entry("versions", aiohttp.name, aiohttp, load),
        Entry("versions", other.name, other, load),
    ]
    trials = [made(httpx, order=each, failed=4) for each in range(1, 9)]
    trials += [made(aiohttp, order=each) for each in range(9, 17)]
    return Survey(name="20240101-000000-1", topic="remedies", entries=entries), trials


def test_what_was_not_measured_is_said_to_be_so() -> None:
    lines = answered(*survey())
    assert [line.verdict for line in lines] == ["", NONE, "not measured"]
    assert cells(lines[0])[1:3] == ("32 of 80", "8 of 8 (63% to 100%)")
    assert cells(lines[2])[1:3] == ("not measured", "not measured")


def test_the_answers_in_short_come_from_the_trials() -> None:
    asked, trials = survey()
    found = summarise(trials)
    lines: dict[Topic, list[Line]] = {"remedies": answered(asked, trials)}
    said = {each.question: each.answer for each in overview.points(found, lines, ())}
    assert said["Does it happen?"].startswith(
        "Yes. httpx 0.27.2 with httpcore 1.0.6 loses 32 of 80 requests under the compressed load"
    )
    assert "(at most 37%) fails with each of: aiohttp 3.10.10" in said["What helps today?"]
    assert "Since when?" not in said
    assert "httpx 0.28.1" not in said["What helps today?"]


def test_an_old_survey_makes_way_and_only_what_failed_keeps_its_connections(
    tmp_path: Path,
) -> None:
    for name in ("20240101-000000-1", "20240102-000000-1"):
        asked, trials = survey()
        folder = tmp_path / name
        plan = Plan(name=name, created="", lanes=1, deadline=None, trials=[])
        store.create(plan, store.PLAN, tmp_path)
        renamed = Survey(name=name, topic=asked.topic, entries=asked.entries)
        (folder / SURVEY_FILE).write_bytes(store.written(renamed))
        used = [Connection(5, 0.0, turns=[(0, 0.1, 0.1, None)]), Connection(6, 0.0)]
        (one,) = [each for each in trials if each.place.order == 1]
        failing = made(one.target, failed=1, campaign=name, server_connections=used)
        store.write(changed(failing, client_connections=used), folder)
        published.publish(folder)
    assert [each.name for each in (tmp_path / "published").iterdir()] == ["20240102-000000-1"]
    _, (kept,) = published.surveyed()["remedies"]
    assert [each.port for each in kept.server.connections or ()] == [5]
    assert published.trials() == []
    shutil.rmtree(tmp_path / "published")
    assert published.surveyed() == {}


def test_a_remedy_under_which_the_client_dies_is_none() -> None:
    died = [made(outcome="crashed", requests=None) for _ in range(8)]
    assert judged([made(failed=5)] * 8, {OTHER: died}) == {OTHER: MORE}


@pytest.mark.parametrize(("one", "other"), [(1, 1), (2, 1), (1, 2)])
def test_single_trials_are_too_few_to_differ(one: int, other: int) -> None:
    assert judged([made(failed=5)] * one, {OTHER: [made()] * other}) == {OTHER: SAME}


def test_an_interpreter_of_its_own_does_not_hide_the_trials() -> None:
    asked, trials = survey()
    elsewhere = [
        structs.replace(each, target=structs.replace(each.target, python="/opt/python3.12"))
        for each in asked.entries
    ]
    lines = answered(structs.replace(asked, entries=elsewhere), trials)
    assert [line.row is not None for line in lines] == [True, True, False]


def test_a_survey_is_published_under_its_trials_name_and_without_paths(
    tmp_path: Path,
) -> None:
    asked, trials = survey()
    python = structs.replace(asked.entries[0].target, python="/home/alice/bin/python")
    entries = [structs.replace(asked.entries[0], target=python)]
    folder = tmp_path / "20240101-000000-1"
    folder.mkdir()
    hostile = structs.replace(asked, name="../../escaped", entries=entries)
    (folder / SURVEY_FILE).write_bytes(store.written(hostile))
    store.write(trials[0], folder)
    assert published.publish(folder) == tmp_path / "published" / "20240101-000000-1"
    assert not list(tmp_path.glob("escaped*"))
    assert b"alice" not in (tmp_path / "published/20240101-000000-1/survey.json").read_bytes()


def test_only_scripts_of_the_projects_own_go_into_a_report(tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text("token")
    target = structs.replace(parse("document"), script=f"../../..{secret}", server="")
    assert publish.scripts(target) == []
    names = [name for name, _ in publish.scripts(parse("document"))]
    assert names == ["server.py", "httpx_client.py"]
