"""Published searches: kept small, answered from their trials alone, replaced by their like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from scripts.analysis.capture import WITNESS, compared
from scripts.analysis.catalogue import UNKNOWN
from scripts.analysis.rates import rate
from scripts.domain.problems import UsageProblem
from scripts.domain.targets import parse
from scripts.domain.trial import ChangeFile, Target, Trial
from scripts.reduction.confirming_runs import Run
from scripts.reduction.result import About, Smallest
from scripts.reduction.task import CONFIRMED, REDUCTION, RESULT
from scripts.report import accounts, published, publishing
from scripts.report.facts import SearchResult, search_result
from scripts.report.page import render
from scripts.report.page.supplement import Supplement
from scripts.search.bisection import Bisection
from scripts.search.contrast import create as create_contrast
from scripts.search.contrast_finding import contrast_finding
from scripts.search.difference import Difference
from scripts.search.finding import Finding, finding
from scripts.search.investigate import replayed
from scripts.search.mixtures import Mixtures
from scripts.search.question import Question, create, load_question
from scripts.trials import store
from scripts.trials.lock import alone
from tests.builders import (
    answered,
    changed,
    contrast,
    day_question,
    environment,
    flaky,
    made,
    planned,
    question,
)
from tests.reduction.test_experiments import task

pytestmark = pytest.mark.pure


def searched(name: str, change: int = 4) -> tuple[Path, Finding]:
    """A finished bisection on disk, with what it found."""
    asked = structs.replace(question(), name=name, clone="/home/someone/clone")
    asked = structs.replace(asked, command=("bisect", "--source", asked.clone))
    where = create(asked)
    trying = flaky(change, 1.0)

    def kept(target: Target, order: int) -> Trial:
        trial = changed(trying(target, order), campaign=name, round=order)
        store.write(trial, where)
        return trial

    return where, finding(answered(Bisection(asked), kept))


def test_a_published_search_answers_from_its_trials_alone() -> None:
    where, answer = searched("20240101-000000-1")
    publishing.publish(where)
    (kept,) = published.searches()
    assert isinstance(kept.question, Question)
    assert finding(replayed(Bisection(kept.question), kept.trials)) == answer
    assert kept.question.clone == ""
    assert "/home" not in " ".join(kept.question.command)
    assert all(trial.server.connections is None for trial in kept.trials)
    assert published.trials() == []


def test_a_search_takes_the_place_of_one_that_asked_the_same() -> None:
    for name in ("20240101-000000-1", "20240102-000000-1"):
        where, _ = searched(name)
        publishing.publish(where, replacing=name != "20240101-000000-1")
    (kept,) = published.searches()
    assert kept.question.name == "20240102-000000-1"


@pytest.fixture
def captured(tmp_path: Path) -> Path:
    """The folder of a trial whose packets were captured."""
    trial = changed(made(failed=1), campaign="20240101-000000-1")
    store.write(trial, tmp_path)
    witness = compared([], trial)
    (tmp_path / WITNESS).write_bytes(msgspec.json.encode(witness))
    return tmp_path


def test_what_a_capture_says_is_published_beside_the_campaigns(captured: Path) -> None:
    publishing.publish(captured)
    ((trial, witness),) = published.witnesses()
    assert (trial.name, witness.trial) == ("20240101-000000-1/0001", "20240101-000000-1/0001")
    assert published.campaigns() == []
    text = render.report([made()], "nox -s repro", Supplement(witnesses=[(trial, witness)]))
    assert "The capture has nothing to compare" in text
    assert "From 20240101-000000-1/0001." in text


@pytest.mark.parametrize("damage", [b"{", b'{"trial": 1}'])
def test_a_damaged_capture_is_said_in_a_sentence(captured: Path, damage: bytes) -> None:
    (captured / WITNESS).write_bytes(damage)
    with pytest.raises(UsageProblem, match=r"capture-0001\.json is damaged"):
        publishing.publish(captured)


def test_days_of_another_client_are_another_search() -> None:
    names = ("20240101-000000-1", "20240102-000000-1", "20240103-000000-1")
    for name, more in zip(names, ((), ("h2==4.1.0",), ()), strict=True):
        asked = day_question(name=name)
        points = [
            structs.replace(
                point, target=structs.replace(point.target, pins=(*more, *point.target.pins))
            )
            for point in asked.points
        ]
        where = create(structs.replace(asked, points=points))
        trial = made(points[0].target)
        store.write(changed(trial, campaign=name), where)
        publishing.publish(where, replacing=name == names[2])
    kept = [search.question.name for search in published.searches()]
    assert kept == list(names[1:])


def test_a_difference_between_ends_that_are_alike_needs_no_mixture_to_be_published() -> None:
    asked = contrast(confidence=0.8, left_out=["/home/someone/own", "local"])
    where = create_contrast(asked)

    def kept(target: Target, order: int) -> Trial:
        trial = changed(made(target, order=order), campaign=asked.name, round=order)
        store.write(trial, where)
        return trial

    answer = contrast_finding(answered(Difference(asked, Mixtures(asked, where)), kept))
    assert answer.ending == "alike"
    publishing.publish(where)
    (stored,) = published.searches()
    told = search_result(stored.question, stored.trials, stored.folder).result
    assert told == structs.replace(answer, left_out=["path/to/own", "local"])


def test_the_report_tells_it_with_its_trials_and_its_command() -> None:
    where, answer = searched("20240101-000000-1")
    trials = store.trials(where)
    asked = structs.replace(load_question(where), command=("bisect", "--package", "httpx"))
    searches = accounts.of_searches([SearchResult(asked, 17, "one at a time", answer)])
    page = render.report(trials, "nox -s repro", Supplement(searches=searches))
    assert "<summary>httpx, ReadError, compressed load: the signal comes with 1.4" in page
    assert "- Trials 20240101-000000-1/0001 to 0017, one at a time." in page
    assert "Again: `nox -s bisect -- --package httpx`" in page


def test_what_is_left_of_a_client_of_ones_own_is_not_published() -> None:
    folder = store.create_folder(task(client="pass\n", axis="httpx"), REDUCTION)
    store.write(made(), folder)
    with pytest.raises(UsageProblem, match="client of one's own smaller: that is not published"):
        publishing.publish(folder)
    assert published.reductions() == []


def measured(lanes: int) -> Path:
    """A finished reduction of what requests cost, which leaves no trial."""
    slow = {"signal": "slow", "exception": "", "name": f"2024010{lanes}-000000-1"}
    asked = task(bad=parse("httpcore==1.0.9"), good=parse("httpcore==1.0.2"), **slow)
    folder = store.create_folder(asked, REDUCTION)
    point, all_of = asked.space.top, rate([(100, 100)])
    about = About(
        name=asked.name,
        bad=asked.bad.name,
        good="httpcore 1.0.2",
        ran=("httpcore 1.0.9", "httpcore 1.0.2"),
        signal="slow",
        load="compressed",
        cause=UNKNOWN,
        script="repro/minimal_slow.py",
        day="2024-01-31",
        command=("reduce",),
        lanes=lanes,
    )
    smallest = Smallest(
        about=about,
        point=point,
        shape=asked.space.shape(point),
        original_bad=all_of,
        original_good=None,
        confirmed_bad=all_of,
        confirmed_good=None,
        seconds=(0.5, 0.7),
        limits=[],
        tried=[],
    )
    (folder / RESULT).write_bytes(msgspec.json.encode(smallest))
    (folder / CONFIRMED).write_bytes(msgspec.json.encode([Run(point, "bad", 1, 0.5)]))
    return folder


def test_what_measures_by_itself_is_published_without_trials_and_told() -> None:
    assert publishing.publish(measured(lanes=1)).lanes == 1
    (smallest,) = published.reductions()
    assert smallest.about.name == "20240101-000000-1"
    (account,) = accounts.of_reductions([smallest])
    assert account.lines[-2] == (
        "the original is the same script with the load's requests, connections and bodies; it "
        "fails where all at once take over 3 times the processor time that they take one at a time"
    )
    with pytest.raises(UsageProblem, match="ran 2 at a time, and what is published runs one"):
        publishing.publish(measured(lanes=2))


def campaign_of(name: str, lanes: int, tmp_path: Path) -> Path:
    """A campaign's folder with one trial of the document's client."""
    return planned(tmp_path / name, made(campaign=name, lanes=lanes))


def test_numbers_are_those_of_one_at_a_time_and_several_stand_beside(tmp_path: Path) -> None:
    for day, lanes in ((1, 2), (2, 1), (3, 1), (4, 2)):
        folder = campaign_of(f"2024010{day}-000000-1", lanes, tmp_path)
        publishing.publish(folder, replacing=day > 2)
        if day == 1:
            assert [trial.place.lanes for trial in published.trials()] == [2]
    assert [trial.place.campaign for trial in published.trials()] == ["20240103-000000-1"]
    both = {(trial.place.campaign, trial.place.lanes) for trial in published.every_trial()}
    assert both == {("20240103-000000-1", 1), ("20240104-000000-1", 2)}


def test_nothing_else_is_published_that_ran_more_than_one_at_a_time() -> None:
    where, _ = searched("20240101-000000-1")
    trial = store.trials(where)[-1]
    store.write(changed(trial, lanes=2), where)
    with pytest.raises(UsageProblem, match="ran 2 at a time, and what is published runs one"):
        publishing.publish(where)
    assert published.searches() == []


def test_a_search_takes_the_place_of_one_from_before_the_clients_clock_was_scaled() -> None:
    where, _ = searched("20240101-000000-1")
    asked = load_question(where)
    old = structs.replace(asked.load, expiry_factor=1.0)
    (where / "question.json").write_bytes(store.encode_purpose(structs.replace(asked, load=old)))
    publishing.publish(where)
    again, _ = searched("20240102-000000-1")
    publishing.publish(again, replacing=True)
    (kept,) = published.searches()
    assert kept.question.name == "20240102-000000-1"


def test_nothing_published_is_replaced_unless_that_is_said(tmp_path: Path) -> None:
    names = ("20240101-000000-1", "20240102-000000-1")
    first, second = (campaign_of(name, 1, tmp_path) for name in names)
    new = publishing.publish(first)
    assert (new.folder.name, new.files, new.replaced) == (names[0], 1, [])
    kept = {path: path.read_bytes() for path in new.folder.iterdir()}
    for folder in (second, first):
        with pytest.raises(UsageProblem, match=f"takes the place of .*{names[0]}: say so with"):
            publishing.publish(folder)
        assert {path: path.read_bytes() for path in new.folder.iterdir()} == kept
        assert [path.name for path in store.PUBLISHED.iterdir()] == [names[0]]
    assert publishing.publish(first, replacing=True).files == 1
    newer = publishing.publish(second, replacing=True)
    assert (newer.folder.name, [old.name for old in newer.replaced]) == (names[1], [names[0]])
    assert newer.size == sum(path.stat().st_size for path in newer.folder.iterdir())
    assert [path.name for path in store.PUBLISHED.iterdir()] == [names[1]]


def test_what_cannot_be_copied_leaves_what_it_would_replace(captured: Path) -> None:
    publishing.publish(captured)
    (captured / WITNESS).write_text("{")
    with pytest.raises(UsageProblem, match="is damaged"):
        publishing.publish(captured, replacing=True)
    assert len(published.witnesses()) == 1
    assert [path.name for path in store.PUBLISHED.iterdir()] == ["20240101-000000-1"]


def test_only_what_is_ours_and_finished_is_published(tmp_path: Path) -> None:
    folder = campaign_of("20240101-000000-1", 1, tmp_path)
    second = made(campaign="20240101-000000-1", order=2)
    planned(folder, made(campaign="20240101-000000-1"), second)
    (folder / second.file_name).unlink()
    with pytest.raises(UsageProblem, match="lacks 1 of its trials: resume it first"):
        publishing.publish(folder)
    (folder / store.PLAN).unlink()
    with pytest.raises(UsageProblem, match="is no campaign, survey, search or proof"):
        publishing.publish(folder)
    assert not store.PUBLISHED.exists()


OWN: dict[str, dict[str, Any]] = {
    "its script": {"script": "/home/someone/client.py"},
    "its module": {"script": "", "module": "package.client"},
    "a file that lies elsewhere": {"script": "repro/../../client.py"},
    "what it is told": {"arguments": ("--token", "s3cr3t")},
    "a variable": {"env": ("TOKEN=s3cr3t",)},
    "a server": {"server": "own_server.py"},
    "a variable of the server": {"server_env": ("BALANCER=s3cr3t",)},
    "a command": {"server_command": "serve --password s3cr3t"},
    "an address": {"url": "http://10.0.0.1/s3cr3t"},
    "a change": {"prelude": ChangeFile("/home/someone/s3cr3t.py", "0" * 64)},
}


@pytest.mark.parametrize("case", OWN)
def test_a_program_of_ones_own_is_not_published(tmp_path: Path, case: str) -> None:
    trial = made(campaign="20240101-000000-1")
    own = structs.replace(trial, target=structs.replace(trial.target, **OWN[case]))
    folder = planned(tmp_path / "campaign", own)
    with pytest.raises(UsageProblem, match="is a program of one's own: only this project's"):
        publishing.publish(folder)
    assert not store.PUBLISHED.exists()


def test_an_interpreter_by_its_path_is_not_published(tmp_path: Path) -> None:
    trial = made(campaign="20240101-000000-1")
    target = structs.replace(trial.target, python="/home/someone/python")
    folder = planned(tmp_path / "campaign", structs.replace(trial, target=target))
    with pytest.raises(UsageProblem, match="named by its path"):
        publishing.publish(folder)


def test_a_package_that_not_everybody_knows_is_not_published(tmp_path: Path) -> None:
    trial = made(
        campaign="20240101-000000-1", environment=environment({"httpx": "1.0", "acme-x9": "1.0"})
    )
    folder = planned(tmp_path / "campaign", trial)
    with pytest.raises(UsageProblem, match=r"packages that not everybody knows \(acme-x9\)"):
        publishing.publish(folder)


SAID = "no such customer: hunter2"
"""What a server of one's own might have said."""


def test_what_is_published_went_through_the_gate(tmp_path: Path) -> None:
    """The published copy, what is read of it and the report hold nothing that is not known."""
    folder = planned(
        tmp_path / "campaign",
        changed(made(campaign="20240101-000000-1", failed=1, message=SAID), stderr=SAID),
    )
    new = publishing.publish(folder)
    assert {(held.kind, held.text) for held in new.withheld} == {("message", SAID)}
    assert "hunter2" not in msgspec.json.encode(published.every_trial()).decode()
    [file] = new.folder.iterdir()
    assert b"hunter2" not in store.unpacked(file.read_bytes())
    assert store.read(file).client.failures[0].chain[0].message == "<message, 25 characters>"


def test_what_its_owner_read_is_published_and_stays_readable(tmp_path: Path) -> None:
    folder = planned(
        tmp_path / "campaign", made(campaign="20240101-000000-1", failed=1, message=SAID)
    )
    [key] = [held.key for held in publishing.publish(folder).withheld if held.text == SAID]
    new = publishing.publish(folder, replacing=True, revealed=[key])
    assert not new.withheld
    assert SAID in msgspec.json.encode(published.every_trial()).decode()


def test_a_raw_trial_among_the_published_is_not_told(tmp_path: Path) -> None:
    """However it came there."""
    folder = planned(
        store.PUBLISHED / "20240101-000000-1",
        made(campaign="20240101-000000-1", failed=1, message=SAID),
    )
    assert "hunter2" in (next(folder.glob("0*")).read_text())
    trials = published.trials()
    page = render.report(trials, "again", Supplement())
    assert "hunter2" not in page
    assert "hunter2" not in msgspec.json.encode(trials).decode()


def test_what_is_being_run_is_not_published(tmp_path: Path) -> None:
    folder = campaign_of("20240101-000000-1", 1, tmp_path)
    with alone(folder), pytest.raises(UsageProblem, match="trials are being run into"):
        publishing.publish(folder)
    assert not store.PUBLISHED.exists()
