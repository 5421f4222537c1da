"""What a campaign's stored trials say is the same with an index of them and without one."""

from __future__ import annotations

import gzip
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from msgspec.json import encode

from scripts.analysis import signals
from scripts.analysis.readings import read
from scripts.analysis.summary import summarise
from scripts.commands.stored_campaign import KeptAnswer, StoredCampaign
from scripts.report import published, publishing
from scripts.report.matrix import matrix
from scripts.report.page.render import report, report_of
from scripts.search.contrast import CONTRAST, Contrast, load_contrast
from scripts.search.question import QUESTION, Question, load_question
from scripts.search.sighted import sightable, sighted
from scripts.trials import campaign, extracts, store
from scripts.trials.extract_index import INDEX
from tests import recorded
from tests.builders import planned

pytestmark = [pytest.mark.pure, pytest.mark.published]


def copied(folder: Path, to: Path) -> None:
    """A published folder's trials, as they lie where they were run."""
    for path in folder.glob("[0-9]*.json.gz"):
        (to / path.name.removesuffix(".gz")).write_bytes(gzip.decompress(path.read_bytes()))


@pytest.mark.parametrize("folder", published.campaigns(), ids=lambda folder: folder.name)
def test_a_published_campaign_says_the_same_from_an_index(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(folder, tmp_path)
    trials = store.trials(tmp_path)
    entries = list(dict.fromkeys((trial.target, trial.load) for trial in trials))
    plan = campaign.plan(entries, len(trials) // len(entries), 1)
    summary, page = summarise(trials), report(published.read_trials(folder), "again")
    monkeypatch.setattr(extracts, "LEAST", 1)
    for shown in range(3):
        stored = StoredCampaign(tmp_path, plan)
        assert stored.finished_before() == (shown > 0)
        if shown < 2:
            assert stored.finished() == [campaign.past(trial) for trial in trials]
        said = stored.said()
        assert said.summary == summary
        assert encode(matrix(said.summary)) == encode(matrix(summary))
        assert report_of(said.others, "again") == page
        failing = next(trial for trial in trials if trial.failing)
        assert said.first_failing is not None
        assert said.first_failing.name == failing.name
    assert (tmp_path / INDEX).exists()


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, campaign.Plan]:
    """A campaign of which it is kept what its trials say, and its plan."""
    monkeypatch.setattr(extracts, "LEAST", 1)
    folder = planned(tmp_path / "campaign", *recorded.trials())
    plan = campaign.load_plan(folder)
    stored = StoredCampaign(folder, plan)
    stored.finished()
    stored.said()
    assert StoredCampaign(folder, plan).finished_before()
    return folder, plan


def says_what_its_files_say(folder: Path, plan: campaign.Plan) -> bool:
    """Whether what a campaign says was known before; it says what its files do in any case."""
    stored = StoredCampaign(folder, plan)
    known = stored.finished_before()
    if not known:
        stored.finished()
    said, trials = stored.said(), store.trials(folder)
    assert said.summary == summarise(trials)
    failing = next((trial for trial in trials if trial.failing), None)
    assert said.first_failing == failing
    return known


def test_what_a_campaign_says_is_worked_out_anew_when_a_file_comes_changes_or_goes(
    told: tuple[Path, campaign.Plan],
) -> None:
    folder, plan = told
    first, *_, last = store.trials(folder)
    slower = structs.replace(first.client, wall=(first.client.wall or 1.0) + 1000)
    store.write(structs.replace(first, client=slower), folder)
    assert not says_what_its_files_say(folder, plan)
    assert says_what_its_files_say(folder, plan)
    path = folder / last.file_name
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert not says_what_its_files_say(folder, plan)
    path.unlink()
    # One is to be run still: what the others say is no answer of the campaign.
    assert not says_what_its_files_say(folder, plan)
    assert not says_what_its_files_say(folder, plan)
    store.write(last, folder)
    assert not says_what_its_files_say(folder, plan)
    assert says_what_its_files_say(folder, plan)


def test_what_was_said_of_another_plan_is_not_said_again(
    told: tuple[Path, campaign.Plan],
) -> None:
    folder, plan = told
    more = structs.replace(plan, trials=[*plan.trials, structs.replace(plan.trials[0], order=999)])
    assert not StoredCampaign(folder, more).finished_before()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE answer SET data = x'00'",
        "UPDATE answer SET data = 'text'",
        "UPDATE answer SET data = zeroblob(100)",
        "UPDATE answer SET files = 'text'",
        "DELETE FROM answer",
        "DROP TABLE answer",
        "DROP TABLE answer; CREATE TABLE answer (name)",
    ],
)
def test_what_is_kept_may_say_anything(told: tuple[Path, campaign.Plan], change: str) -> None:
    folder, plan = told
    connection = sqlite3.connect(folder / INDEX)
    connection.executescript(change)
    connection.close()
    assert not says_what_its_files_say(folder, plan)
    assert says_what_its_files_say(folder, plan)


def test_what_is_kept_names_no_files_elsewhere(told: tuple[Path, campaign.Plan]) -> None:
    folder, plan = told
    connection = sqlite3.connect(folder / INDEX)
    (data,) = connection.execute("SELECT data FROM answer").fetchone()
    known = msgspec.msgpack.decode(data, type=KeptAnswer)
    moved = structs.replace(known, first_failing=f"../{folder.name}/{known.first_failing}")
    connection.execute("UPDATE answer SET data = ?", (msgspec.msgpack.encode(moved),))
    connection.commit()
    connection.close()
    assert not says_what_its_files_say(folder, plan)


def sought() -> list[tuple[Path, str]]:
    """The folders of published searches for what an index keeps, each with its signal."""
    readers: dict[str, Callable[[Path], Question | Contrast]] = {
        QUESTION: load_question,
        CONTRAST: load_contrast,
    }
    asked = [
        (folder, readers[kind](folder).signal)
        for folder in published.folders()
        if (kind := published.kind(folder)) in readers
    ]
    return [(folder, signal) for folder, signal in asked if sightable(signals.parse(signal))]


@pytest.mark.parametrize(("folder", "asked"), sought())
def test_a_published_search_reads_the_same_from_an_index(
    folder: Path, asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(folder, tmp_path)
    trials, signal = store.trials(tmp_path), signals.parse(asked)
    monkeypatch.setattr(extracts, "LEAST", 1)
    for _ in range(2):
        sightings = list(sighted(tmp_path, signal))
        assert [one.said.value for one in sightings] == [read(signal, trial) for trial in trials]
        assert [one.place.order for one in sightings] == [trial.place.order for trial in trials]
        ran = [(one.client.environment, one.server.environment) for one in sightings]
        assert ran == [(one.client.environment, one.server.environment) for one in trials]
    assert (tmp_path / INDEX).exists()


def test_an_index_is_never_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PUBLISHED", tmp_path / "published")
    monkeypatch.setattr(extracts, "LEAST", 1)
    folder = planned(tmp_path / "campaign", *recorded.trials())
    StoredCampaign(folder, campaign.load_plan(folder)).finished()
    assert (folder / INDEX).exists()
    new = publishing.publish(folder).folder
    assert all(path.name[0].isdigit() for path in new.iterdir())
    StoredCampaign(new, campaign.load_plan(folder)).finished()
    assert not (new / INDEX).exists()
