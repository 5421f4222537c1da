"""Surveys: what they ask, how their trials are judged, and what is published of them."""

import shutil
from pathlib import Path

import pytest
from msgspec import structs

from scripts.analysis.compare import SurveyLine, answered
from scripts.analysis.summary import summarise
from scripts.domain.files import PROJECT
from scripts.domain.problems import UsageProblem
from scripts.domain.surveys import SURVEY_FILE, SURVEYS, Entry, Survey, Topic
from scripts.domain.targets import control, parse
from scripts.domain.trial import Connection, Trial, Turn
from scripts.report import overview, published, publishing
from scripts.report.issue.evidence import own_scripts
from scripts.report.matrix import PrintedFailure
from scripts.report.surveys import footnotes, printed_survey, survey_cells
from scripts.trials import store
from tests.builders import changed, made, planned

pytestmark = pytest.mark.pure


def newest(package: str) -> str:
    return {"httpx": "0.28.1", "httpx2": "2.16.2", "httpx-aiohttp": "0.2.0"}.get(package, "3.14.5")


@pytest.mark.parametrize("topic", SURVEYS)
def test_every_entry_is_asked_once_of_scripts_that_exist(topic: Topic) -> None:
    entries = SURVEYS[topic](newest)
    assert len({(entry.target, entry.load) for entry in entries}) == len(entries)
    assert len({(entry.group, entry.title) for entry in entries}) == len(entries)
    assert len({(entry.target.name, entry.load.name) for entry in entries}) == len(entries)
    for entry in entries:
        assert (PROJECT / entry.target.script).is_file()
        assert (PROJECT / entry.target.server).is_file()


def survey() -> tuple[Survey, list[Trial]]:
    """A survey of a client that fails beside one that does not, and one that was not measured."""
    httpx, aiohttp, other = parse("document"), control(), parse("httpx==0.28.1")
    load = made().load
    entries = [
        Entry("as it is", httpx.name, httpx, load),
        Entry("versions", aiohttp.name, aiohttp, load),
        Entry("versions", other.name, other, load),
    ]
    trials = [made(httpx, order=order, failed=4) for order in range(1, 9)]
    trials += [made(aiohttp, order=order) for order in range(9, 17)]
    return Survey(name="20240101-000000-1", topic="remedies", entries=entries), trials


def test_what_was_not_measured_is_said_to_be_so() -> None:
    lines = answered(*survey())
    assert [line.verdict for line in lines] == [None, "none", "not measured"]
    notes = footnotes(lines)
    assert [survey_cells(line, notes)[4] for line in lines] == ["", "none fails", ""]
    entries = printed_survey("remedies", lines).entries
    assert [entry.verdict for entry in entries] == [None, "none", "not measured"]
    assert [entry.words for entry in entries] == ["", "none fails", "not measured"]
    assert entries[0].row is not None
    chain = "httpx.ReadError < BrokenPipeError [EPIPE]"
    assert entries[0].row.failures == [PrintedFailure(chain, "unknown", "unknown", 32)]
    assert entries[2].row is None
    assert survey_cells(lines[0], notes)[2:4] == ("32 of 80", "8 of 8 (63% to 100%)")
    assert survey_cells(lines[2], notes)[2:4] == ("not measured", "not measured")


def test_the_answers_in_short_come_from_the_trials() -> None:
    asked, trials = survey()
    found = summarise(trials)
    lines: dict[Topic, list[SurveyLine]] = {"remedies": answered(asked, trials)}
    said = {point.question: point.answer for point in overview.short_answers(found, lines, ())}
    assert said["Why does it fail?"].startswith("Unknown, in 32 of 32 failed requests (8 of 16")
    assert "(at most 37%) fails with each of: aiohttp 3.10.10" in said["What helps today?"]
    assert "Since when?" not in said
    assert "httpx 0.28.1" not in said["What helps today?"]


def test_an_old_survey_makes_way_and_only_what_failed_keeps_its_connections(
    tmp_path: Path,
) -> None:
    for name in ("20240101-000000-1", "20240102-000000-1"):
        asked, trials = survey()
        used = [Connection(5, 0.0, turns=[Turn(0, 0.1, 0.1, None)]), Connection(6, 0.0)]
        (one,) = [trial for trial in trials if trial.place.order == 1]
        failing = made(one.target, failed=1, campaign=name, server_connections=used)
        folder = planned(tmp_path / name, changed(failing, client_connections=used))
        renamed = Survey(name=name, topic=asked.topic, entries=asked.entries)
        (folder / SURVEY_FILE).write_bytes(store.encode_purpose(renamed))
        publishing.publish(folder, replacing=True)
    assert [folder.name for folder in (tmp_path / "published").iterdir()] == ["20240102-000000-1"]
    _, (kept,) = published.surveyed()["remedies"]
    assert [connection.port for connection in kept.server.connections or ()] == [5]
    assert published.trials() == []
    shutil.rmtree(tmp_path / "published")
    assert published.surveyed() == {}


def test_an_interpreter_of_its_own_does_not_hide_the_trials() -> None:
    asked, trials = survey()
    elsewhere = [
        structs.replace(entry, target=structs.replace(entry.target, python="/opt/python3.12"))
        for entry in asked.entries
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
    store.write(trials[0], folder)
    hostile = structs.replace(asked, name="../../escaped", entries=entries)
    (folder / SURVEY_FILE).write_bytes(store.encode_purpose(hostile))
    with pytest.raises(UsageProblem, match="its name is none of ours"):
        publishing.publish(folder)
    own = structs.replace(asked, name="20240101-000000-9", entries=entries)
    (folder / SURVEY_FILE).write_bytes(store.encode_purpose(own))
    assert publishing.publish(folder).folder == tmp_path / "published" / "20240101-000000-1"
    assert not list(tmp_path.glob("escaped*"))
    assert b"alice" not in (tmp_path / "published/20240101-000000-1/survey.json").read_bytes()


def test_only_scripts_of_the_projects_own_go_into_a_report(tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text("token")
    target = structs.replace(parse("document"), script=f"../../..{secret}", server="")
    assert own_scripts(target) == []
    names = [script.name for script in own_scripts(parse("document"))]
    assert names == ["server.py", "httpx_client.py"]
