"""A library that is added in the one place there is for it counts everywhere."""

from __future__ import annotations

import ast

import pytest

from scripts.analysis.catalogue import STALE
from scripts.analysis.causes import causes
from scripts.analysis.summary import default_entries, summarise
from scripts.analysis.symptoms import symptom
from scripts.domain import libraries
from scripts.domain.libraries import (
    LIBRARIES,
    Axis,
    ClientLibrary,
    Interface,
    IssueFields,
    KeepAlive,
    Upstream,
)
from scripts.domain.targets import parse, telling
from scripts.domain.trial import (
    LOADS,
    Connection,
    Environment,
    Failure,
    Link,
    Requests,
    Trial,
    Turn,
)
from scripts.reduction.program import Script, program
from scripts.reduction.shape import Shape, shape_space
from scripts.report.findings import finding_lines
from scripts.report.issue.bodies import body, posting
from scripts.report.issue.evidence import Evidence
from scripts.report.page.render import report
from scripts.report.story import story
from scripts.search.bisection import Bisection
from scripts.search.finding import finding
from scripts.search.question import Point, Question
from tests.builders import answered, made

pytestmark = pytest.mark.pure

SIXTH = ClientLibrary(
    "sixth-client",
    stack=("sixth-client", "h11"),
    exceptions={"LineDropped": "gone", "NoSense": "rubbish"},
    cut_short=("hung up",),
    axis=Axis(
        "sixth-client",
        "repro/sixth_client.py",
        "a client that nobody has written",
        row=6,
        precedence=0,
        since="1.0",
        old=("sixth-client==1.0",),
    ),
    keep_alive=KeepAlive("Lines", "idle", 20),
    interface=Interface(
        needs=("sixth-client", "h11"),
        pool="sixth_client.Client(sixth_client.Lines(CONNECTIONS))",
        call="await client.ask({{ url }}{{ ', BODY' if shape.payload_bytes }})",
    ),
    upstream=Upstream(
        "example/sixth-client",
        ("discussion", "issue"),
        searches=("sixth-client",),
        issue=IssueFields(versions=("sixth-client",), conduct="sixth"),
    ),
    changelog="https://sixth.example/changes",
)
LINE_DROPPED = Link("sixth_client.errors", "LineDropped", "", None, "raised", None)
VERSIONS = Environment("3.11.7", {"sixth-client": "2.0", "h11": "0.14.0"}, {}, None)


@pytest.fixture(autouse=True)
def sixth(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library in its one place."""
    monkeypatch.setitem(LIBRARIES, SIXTH.name, SIXTH)


def failing(version: str = "2.0", order: int = 1) -> Trial:
    """A trial of the library whose second request was written on a closed connection."""
    used = Connection(5, 0.0, turns=[Turn(0, 0.1, 0.1, 0.9), Turn(1, 9.0, 9.4, None)], lost=9.9)
    served = Connection(5, 0.0, arrivals=[(0.2, 0.8)], closed=9.2, how="end of stream", timer=9.2)
    return made(
        parse(f"sixth-client=={version}"),
        order=order,
        requests=Requests([0.0, 0.0], [1.0, 10.0], [None, 0]),
        failures=[Failure((LINE_DROPPED,), "Traceback\nLineDropped\n", 1)],
        client_connections=[used],
        server_connections=[served],
        environment=VERSIONS,
        exit_status=1,
    )


def test_it_is_an_axis_of_the_matrix() -> None:
    target = parse("sixth-client==2.0,h11==0.14.0")
    assert (target.axis, target.script) == ("sixth-client", "repro/sixth_client.py")
    releases = telling(libraries.axes()["sixth-client"], lambda _: "2.0", with_skipped=False)
    assert [release.name for release in releases] == ["sixth-client 1.0", "sixth-client 2.0"]
    entries = default_entries(releases)
    assert [entry for entry in entries if entry[0] in releases] == [
        (release, LOADS["compressed"]) for release in releases
    ]
    rows = summarise([failing(), made(parse("control"), order=2), made(failed=1, order=3)]).rows
    assert [row.target.axis for row in rows] == ["httpx", "aiohttp", "sixth-client"]
    assert (rows[-1].failing, rows[-1].failed) == (1, 1)


def test_its_probes_know_it() -> None:
    assert ("sixth_client", KeepAlive("Lines", "idle", 20)) in libraries.keepalive_hooks()
    assert "sixth_client" in libraries.modules()


def test_its_exceptions_are_understood() -> None:
    assert symptom([LINE_DROPPED]) == "gone"
    nonsense = Link("sixth_client", "NoSense", "", None, "raised", None)
    assert symptom([nonsense]) == "rubbish"
    assert symptom([nonsense, Link("x", "Y", "it hung up", None, "cause", 0)]) == "gone"
    [cause] = causes(failing())
    assert (cause.name, cause.sure) == (STALE, "certain")


def test_its_failing_case_can_be_reduced_to_a_script() -> None:
    assert libraries.reducible()["sixth-client"] == ("sixth-client",)
    shapes = shape_space("sixth-client", "", LOADS["compressed"], "error")
    for point in (*shapes.seeds(), shapes.top):
        shape: Shape = shapes.shape(point)
        tree = ast.parse(program(Script(shape=shape, exception="LineDropped")))
        imported = {
            name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for name in node.names
        }
        assert shape.library == "sixth-client"
        assert "sixth_client" in imported


@pytest.mark.parametrize("form", ["discussion", "issue"])
def test_a_report_can_be_written_for_its_project(form: libraries.Form) -> None:
    upstream = libraries.upstreams()["sixth-client"]
    trial = failing()
    text = body(
        form, Evidence([trial], summarise([trial]), [], None, trial, story(trial, None)), str
    )
    assert "sixth-client 2.0" in text
    assert "sixth_client.LineDropped" in text
    assert ("### sixth-client Version" in text) == (form == "issue")
    assert ("the sixth Code of Conduct" in text) == (form == "issue")
    assert "aiohttp Version" not in text
    assert "example/sixth-client" in posting(upstream, form, "issue.md", "LineDropped")


def test_what_a_search_of_it_found_names_its_list_of_changes() -> None:
    question = Question(
        name="20240101-000000-1",
        created="2024-01-01T00:00:00+00:00",
        command=("bisect", "--package", "sixth-client"),
        package="sixth-client",
        points=[
            Point(f"1.{minor}", parse(f"sixth-client==1.{minor}"), f"2024-01-{minor + 1:02d}")
            for minor in range(4)
        ],
        fix=False,
        signal="LineDropped",
        load=LOADS["compressed"],
        control=None,
        confidence=0.99,
        budget=None,
        most=200,
    )
    good = question.points[0].target

    def trial(target: object, order: int) -> Trial:
        if target == good:
            return made(good, order=order, environment=VERSIONS)
        return failing(next(p.name for p in question.points if p.target == target), order)

    words = finding_lines(finding(answered(Bisection(question), trial)))
    assert "  first bad: 1.1 of 2024-01-02" in words[2]
    assert "  changelog: https://sixth.example/changes" in words


def test_the_page_tells_of_it() -> None:
    written = report([failing(), made(parse("control"), order=2)], "nox -s repro")
    assert "sixth-client 2.0" in written
    assert "1 x sixth_client.LineDropped" in written
    assert "stale connection" in written
