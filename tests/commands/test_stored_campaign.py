"""What a campaign's stored trials say is the same with an index of them and without one."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.analysis import signals
from scripts.analysis.readings import read
from scripts.analysis.summary import summarise
from scripts.commands.stored_campaign import StoredCampaign
from scripts.report import published, publishing
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
    for _ in range(2):
        stored = StoredCampaign(tmp_path, plan)
        assert stored.finished() == [campaign.past(trial) for trial in trials]
        said = stored.said()
        assert said.summary == summary
        assert report_of(said.others, "again") == page
        failing = next(trial for trial in trials if trial.failing)
        assert said.first_failing is not None
        assert said.first_failing.name == failing.name
    assert (tmp_path / INDEX).exists()


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
