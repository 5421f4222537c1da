"""What is published, read once: the pages, the reports and the documents that it gives."""

from __future__ import annotations

import re

import pytest

from scripts.analysis.catalogue import STALE
from scripts.analysis.causes import causes
from scripts.commands.publish import require_current
from scripts.domain import libraries
from scripts.domain.files import PROJECT
from scripts.domain.targets import is_control
from scripts.domain.trial import LOADS, origin
from scripts.report import facts
from scripts.report.figures import gallery
from scripts.report.findings import printed_finding
from scripts.report.histories import printed_history
from scripts.report.issue.bodies import LARGEST_BODY, body
from scripts.report.issue.evidence import evidence
from scripts.report.issue.redaction import Redactor
from scripts.report.markdown import SCREEN, seen_lines, unfolded
from scripts.report.matrix import matrix
from scripts.report.overview import short_answers
from scripts.report.page import render
from scripts.report.page.supplement import supplement
from scripts.report.page.tracing import matching
from scripts.report.surveys import printed_survey
from scripts.search.finding import Finding
from scripts.search.release_line import ReleaseLine
from tests.documents import document, encoded
from tests.report.figures.pictures import checked

pytestmark = [pytest.mark.pure, pytest.mark.published]


@pytest.fixture(scope="module")
def publication() -> facts.Publication:
    """What is published, worked out once."""
    return facts.publication()


def test_the_pages_and_the_pictures_are_what_the_published_trials_give(
    publication: facts.Publication,
) -> None:
    """The same as `report --check`."""
    require_current(publication)


def test_every_picture_is_small_legible_and_the_same_each_time(
    publication: facts.Publication,
) -> None:
    drawn = gallery.pictures(publication)
    assert {picture.kind.name for picture in drawn} == {kind.name for kind in gallery.PICTURE_KINDS}
    for picture in drawn:
        checked(picture.kind.svg, picture.drawing)


@pytest.mark.parametrize("name", libraries.upstreams())
def test_published_trials_give_a_whole_report(name: str, publication: facts.Publication) -> None:
    text = body(libraries.upstreams()[name].forms[0], evidence(name, publication), Redactor())
    headings = re.findall(r"(?m)^### (.+)$", text)
    if name == "aiohttp":
        fields = (
            "Describe the bug, To Reproduce, Expected behavior, Logs/tracebacks, Python Version"
        )
        fields += ", aiohttp Version, multidict Version, propcache Version, yarl Version, OS"
        fields += ", Related component, Additional context, Code of Conduct"
        assert headings == fields.split(", ")
        assert "`uv run minimal_clientoserror.py`" in text
    else:
        assert headings[0].startswith("Cause, over ")
        assert headings[1:] == ["Since when", "Suggested change"]
        assert "closes the connection (end of stream)" in text
        for kind in ("AsyncClient, trio, HTTP/1.1", "Client, threads", "asyncio, HTTP/2"):
            assert kind in text
        assert "IndexError" not in text.partition("Traceback")[0]
        assert "not measured" not in text
    assert len(text) <= LARGEST_BODY
    assert seen_lines(text) <= 60
    kept = PROJECT / "results" / f"issue-{name}.md"
    assert kept.read_text() == text, f"stale: nox -s issue -- --for {name}"


def test_a_body_names_the_code_that_its_change_changes(publication: facts.Publication) -> None:
    for name, upstream in libraries.upstreams().items():
        suggested = evidence(name, publication).suggested
        assert suggested, name
        if upstream.place:
            assert f"+++ b/{upstream.file}" in suggested[0].text


def test_the_report_is_short_and_each_number_seen_in_it_has_its_trials(
    publication: facts.Publication,
) -> None:
    page = (PROJECT / "REPORT.md").read_text()
    assert seen_lines(page) <= 250
    ran = render.reported(publication.trials)
    sources = render.page_sources(ran, "again", supplement(publication, {}))
    rows = [line for line in unfolded(page).splitlines() if re.match(r"\| .*\d of \d", line)]
    assert len(rows) > 60
    for row in rows:
        for number in re.findall(r"\d[\d,]* of \d[\d,]*", row):
            found = matching(sources, number)
            assert found, number
            assert all(source.trials for source in found), number


def test_the_first_answers_take_three_lines_each(publication: facts.Publication) -> None:
    beside = supplement(publication, {})
    answers = short_answers(publication.summary, beside.surveys, beside.changed, beside.proofs)
    assert [answer.subject for answer in answers] == ["cause", "aiohttp", "since", "mend", "help"]
    for answer in answers:
        assert len(f"{answer.question} {answer.answer}") <= 3.5 * SCREEN, answer.subject


def test_what_the_published_trials_say_is_what_the_schemas_say(
    publication: facts.Publication,
) -> None:
    document("repro", encoded(matrix(publication.summary)))
    for search in publication.searches:
        match search.result:
            case Finding() as found:
                document("bisect", encoded(printed_finding(found)))
            case ReleaseLine() as line:
                document("history", encoded(printed_history(line, search.question.load)))


def test_what_the_published_surveys_say_is_what_their_schema_says(
    publication: facts.Publication,
) -> None:
    for topic, lines in publication.surveys.items():
        first, *others = document("survey", encoded(printed_survey(topic, lines)))["entries"]
        assert (first["verdict"], first["words"]) == (None, "")
        assert all(other["words"] for other in others if other["verdict"])


def test_aiohttp_against_a_healthy_server_has_no_cause_under_the_long_loads(
    publication: facts.Publication,
) -> None:
    # Under the short one it is run, in tests/test_faults.py.
    healthy = [trial for trial in publication.trials if is_control(trial.target)]
    assert {origin(trial.load).name for trial in healthy} == set(LOADS) - {"smoke"}
    assert [causes(trial) for trial in healthy] == [[] for _ in healthy]


def test_every_published_failure_has_a_cause_that_both_ends_show(
    publication: facts.Publication,
) -> None:
    every = [cause for trial in publication.trials for cause in causes(trial)]
    assert every
    assert {cause.name for cause in every} == {STALE}
    assert {cause.sure for cause in every} == {"certain"}
