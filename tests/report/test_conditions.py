"""What every table says of the conditions: the anyio of each row, and how many ran at a time."""

# ruff: noqa: E501

from __future__ import annotations

import pytest
from inline_snapshot import snapshot
from msgspec import structs

from scripts.analysis.compare import answered
from scripts.analysis.lane_effect import lane_effects
from scripts.analysis.summary import summarise
from scripts.commands.measure import say_lanes
from scripts.commands.output import console
from scripts.domain.surveys import Entry, Survey
from scripts.domain.targets import control
from scripts.domain.trial import LOADS, Load
from scripts.report import screen, surveys
from scripts.report.cells import cells, load_words, separation
from scripts.report.conditions import at_a_time, layer_words
from scripts.report.findings import history_row
from scripts.report.page.render import report
from scripts.report.page.supplement import Supplement
from scripts.search.release_line import LinePoint, ReleaseLine
from tests.builders import environment, made

pytestmark = pytest.mark.pure

HTTPX = made(environment=environment({"httpx": "0.27.2", "anyio": "4.6.2"}), failed=1)
AIOHTTP = made(control(), environment=environment({"aiohttp": "3.10.10"}), order=2)
BESIDE = [structs.replace(one, place=structs.replace(one.place, lanes=2, order=one.place.order + 9))
          for one in (HTTPX, AIOHTTP)]  # fmt: skip


def test_every_row_names_its_anyio_and_one_without_names_none() -> None:
    httpx, aiohttp = summarise([HTTPX, AIOHTTP]).rows
    assert (cells(httpx).layer, cells(aiohttp).layer) == ("4.6.2", "")
    assert (separation(httpx).layer, separation(aiohttp).layer) == ("4.6.2", "")
    page = report([HTTPX, AIOHTTP], "nox -s repro")
    assert page.count("| httpx 0.27.2, httpcore 1.0.6 | 4.6.2 |") == 1
    assert page.count("| aiohttp 3.10.10 |  |") == 1
    with (shown := console()).capture() as captured:
        shown.print(screen.summary(summarise([HTTPX, AIOHTTP])))
    assert "anyio" in captured.get()
    assert "4.6.2" in captured.get()


def test_a_survey_names_it_too() -> None:
    entry = Entry("", "as it is", HTTPX.target, HTTPX.load)
    lines = answered(Survey(name="x", topic="remedies", entries=[entry]), [HTTPX])
    assert surveys.survey_cells(lines[0], surveys.footnotes(lines))[:2] == ("as it is", "4.6.2")


def test_a_history_names_it_where_it_moves() -> None:
    points = [
        LinePoint(name, None, None, layer=layer) for name, layer in (("1", "4.6"), ("2", "4.9"))
    ]
    line = ReleaseLine("httpx", "ReadError", "compressed", points, [], 0, 0, "undecided", 0.5)
    assert [history_row(line, point)[0] for point in points] == ["1 (anyio 4.6)", "2 (anyio 4.9)"]
    own = structs.replace(line, package="anyio")
    assert [history_row(own, point)[0] for point in points] == ["1", "2"]
    alike = structs.replace(line, points=points[:1])
    assert history_row(alike, points[0])[0] == "1"


def test_how_many_ran_at_a_time_is_told_of_each_table() -> None:
    assert [at_a_time(lanes) for lanes in ([1, 1], [2], [2, 1])] == [
        "one at a time",
        "2 at a time",
        "one or 2 at a time",
    ]
    assert "Trials ran one at a time." in report([HTTPX, AIOHTTP], "nox -s repro")
    assert "Trials ran 2 at a time." in report(BESIDE, "nox -s repro")


def test_the_versions_of_a_search_are_told_in_short() -> None:
    versions = [made(environment=environment({"anyio": f"4.{minor}"})) for minor in range(5)]
    assert layer_words([AIOHTTP]) == ""
    assert layer_words([*versions[:2], AIOHTTP, versions[0]]) == "anyio 4.0 and 4.1"
    assert layer_words(versions) == "anyio of 5 versions"


def test_what_two_at_a_time_change_stands_in_the_page_and_below_a_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    beside = Supplement(lanes=lane_effects([HTTPX, AIOHTTP, *BESIDE]))
    page = report([HTTPX, AIOHTTP], "nox -s repro", beside)
    assert "<summary>One trial at a time, and several</summary>" in page
    assert "| httpx 0.27.2, httpcore 1.0.6 | compressed | 2 | 1 of 1 (3% to 100%)" in page
    assert "Of the published trials those that ran 2" in page
    assert "One trial at a time, and" not in report([HTTPX], "nox -s repro", Supplement())
    say_lanes(summarise([HTTPX]))
    assert capsys.readouterr().err == ""
    say_lanes(summarise(BESIDE))
    assert capsys.readouterr().err == "These ran 2 at a time; --lanes 1 runs one.\n"


def test_what_of_the_documents_times_is_scaled_is_told_with_the_load() -> None:
    compressed = LOADS["compressed"]
    old = Load("compressed", 1000, 300, 30, 30_000, 0.3, 0.5)
    loads = (LOADS["document"], compressed, old, LOADS["smoke"])
    endings = {load.name: load_words(load)[-170:] for load in loads}
    assert endings == snapshot(
        {
            "document": " time; an answer takes 3 s and a request 30 s at most; the server closes a connection that is idle for 5 s, the client one that is idle for 5 s (httpx) or 15 s (aiohttp).",
            "compressed": " 0.5 s (httpx) or 1.5 s (aiohttp). The clocks of both ends run 10 times as fast as the document's; the time limit of a request and the speed of processors are not scaled.",
            "compressed with expiry_factor=1": " that is idle for 0.5 s, the client one that is idle for 5 s (httpx) or 15 s (aiohttp). The server's clock runs 10 times as fast as the document's, the client's does not.",
            "smoke": "an answer takes 0.05 s and a request 5 s at most; the server closes a connection that is idle for 0.5 s, the client one that is idle for 0.5 s (httpx) or 1.5 s (aiohttp).",
        }
    )
    named = compressed.derived(keepalive_expiry=0.25)
    assert load_words(named).endswith("the client one that is idle for 0.25 s.")
