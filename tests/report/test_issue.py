"""Reports for upstream: complete, safe as Markdown, and never too long."""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from msgspec import structs

from scripts.__main__ import run_app
from scripts.analysis.compare import SurveyLine
from scripts.analysis.rates import rate
from scripts.analysis.summary import summarise
from scripts.domain.surveys import Remedy, remedies, remedy_of
from scripts.domain.targets import parse
from scripts.domain.trial import LOADS, Environment, Failure, Link
from scripts.report import publishing
from scripts.report.issue import bodies
from scripts.report.issue.bodies import LARGEST_BODY, body
from scripts.report.issue.content import content
from scripts.report.issue.evidence import Evidence
from scripts.report.issue.redaction import Redactor
from scripts.report.issue.tables import ChangeRow, instead_words
from scripts.report.markdown import code, fenced
from scripts.report.releases import ChangedRelease
from scripts.report.story import story
from tests import recorded
from tests.builders import changed, made, planned

pytestmark = pytest.mark.pure

NONE = Remedy("")

GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])

NASTY = (
    "```\n</details>\n# heading\n",
    "`` ` ``` ~~~ ````````",
    "</details><script>alert(1)</script>",
    "@torvalds and @encode/team, #123, GH-9, encode/httpx#3348",
    "| a | b |\n|---|---|",
    "![x](http://example.org/x.png) [y](javascript:z) <img src=x>",
    "\x1b[31mred\x07\x00\u202e",
    "- [ ] task\n\n---\n\n1. one",
    "&lt;b&gt; &#64;name",
)


def nasty(message: str) -> Evidence:
    """Evidence whose every foreign text is hostile."""
    failure = Failure(
        (Link("httpx", "ReadError", message, None, "raised", None),), f"Traceback\n{message}\n", 2
    )
    trial = made(
        failed=2,
        failures=[failure],
        detail=message,
        environment=Environment("3.11.7", {"httpx": "0.27.2"}, {}, None),
    )
    return Evidence([trial], summarise([trial]), [], None, trial, story(trial, None))


def shape(rendered: str) -> list[tuple[str, str]]:
    """The structure of a rendered page: its tags, and texts of headings."""
    return re.findall(
        r"<(/?(?:h[1-6]|details|summary|table|script|img|a|li|pre))\b([^>]*)", rendered
    )


@pytest.mark.parametrize("message", NASTY)
@pytest.mark.parametrize("form", ["discussion", "issue"])
def test_nothing_in_an_exception_changes_the_structure(message: str, form: str) -> None:
    harmless = body(form, nasty("nothing"), str)  # type: ignore[arg-type]
    hostile = body(form, nasty(message), str)  # type: ignore[arg-type]
    assert shape(GITHUB.render(hostile)) == shape(GITHUB.render(harmless))
    outside = re.sub(r"(?s)<(pre|code)>.*?</\1>", "", GITHUB.render(hostile))
    assert not re.search(r"[@#](?=\w)", re.sub(r"&#\d+;", "", outside))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e]", hostile)


@pytest.mark.parametrize("value", NASTY)
def test_code_is_code_whatever_is_in_it(value: str) -> None:
    inline = GITHUB.renderInline(code(value))
    assert inline.startswith("<code>")
    assert inline.count("<code>") == 1
    assert inline.endswith("</code>")
    block = GITHUB.render(fenced(value))
    assert block.count("<pre>") == block.count("</pre>") == 1
    assert re.sub(r"(?s)<pre>.*</pre>", "", block).strip() == ""


def test_a_change_under_another_load_than_the_told_failure_says_so() -> None:
    told = nasty("")
    change = ChangedRelease(
        package="anyio",
        release="4.16.0",
        day="2026-11-01",
        signal="ReadError",
        load="compressed",
        under=structs.replace(told.shown.load, requests=500, keepalive_expiry=0.5),
        words="",
        old=rate([(20, 33)]),
        new=rate([(1, 18)]),
        confidence=0.997,
    )
    here = structs.replace(change, under=told.shown.load, opposed=True, took=0.0017)
    other = structs.replace(change, opposed=True)
    evidence = structs.replace(told, changed=[change, other, here])
    assert content(evidence).changes == [
        ChangeRow(
            "anyio 4.16.0 (2026-11-01)",
            "ReadError (but requests=500, keepalive_expiry=0.5)",
            "20 of 33",
            "1 of 18",
            "99.7%",
        ),
        ChangeRow(
            "anyio 4.16.0 (2026-11-01)",
            "ReadError at 1.7 ms of CPU time a request",
            "20 of 33",
            "1 of 18",
            "99.7%",
        ),
    ]


def test_what_is_cut_is_said_and_the_script_and_the_sentence_stay() -> None:
    huge = nasty("x" * 70_000)
    text = body("discussion", huge, str)
    assert len(text) <= LARGEST_BODY
    assert text.startswith("# ReadError under concurrent requests\n\n1000 POST requests, 300 at")
    assert "Left out: a body holds 65,536 characters." in text
    assert "### Suggested change" in text
    most = bodies.fitted(lambda _: "### Script\n\n" + "s" * 70_000 + "\n")
    assert most.endswith("Cut here: a body holds 65,536 characters.\n")
    assert len(most) <= LARGEST_BODY


def test_what_was_not_measured_is_said_with_the_command_that_would() -> None:
    text = body("comment", nasty("nothing"), str)
    assert "trio: not measured; `nox -s survey -- variants` would." in text
    assert "Not reduced to one file." in text


def test_secrets_in_trials_do_not_get_into_a_report() -> None:
    secret = "https://bob:s3cr3tpw@pypi.example.org"  # noqa: S105
    packages = {"httpx": "0.27.2", "own": f"1 @ {secret}"}
    hostile = nasty(f"proxy {secret} of bob@example.org at 10.1.2.3 in /home/bob/x")
    environment = Environment("3.11.7", packages, {}, None)
    one = changed(hostile.trials[0], environment=environment, client_stderr=secret)
    secretive = Evidence([one], hostile.summary, [], None, one, hostile.story)
    text = body("comment", secretive, Redactor(users=["bob"]))
    for word in ("s3cr3tpw", "bob", "10.1.2.3"):
        assert word not in text
    assert "httpx==0.27.2" in text


def test_it_writes_a_file_and_posts_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "issue.md"
    publishing.publish(planned(tmp_path / "campaign", *recorded.trials()))
    assert run_app(["issue", "--for", "httpx", "--as", "comment", "-o", str(path)]) == 0
    said = capsys.readouterr().out
    assert "gh issue comment 3348 --repo encode/httpx --body-file" in said
    assert "Replaced by placeholders, for you to check:" in said
    title = "# ReadError: a request is written on a connection that the server has closed"
    assert path.read_text().startswith(f"{title}\n\n1000 POST requests, 300 at a time, ")


def test_the_same_ten_times_slower_is_told_beside_it_and_a_caller_only_where_it_is_known() -> None:
    told = nasty("nothing")
    slow = made(load=LOADS["document"], failed=1)
    both = structs.replace(told, summary=summarise([*told.trials, slow]))
    text = body("comment", both, str)
    assert "keep-alive 0.5 s, no caller blocking: httpx 0.27.2" in text
    assert "With clocks ten times slower (keep-alive 5 s): httpx 0.27.2 with httpcore 1.0.6" in text
    assert "With clocks ten times slower" not in body("comment", told, str)
    own = structs.replace(parse("document"), script="path/to/client.py")
    trial = structs.replace(told.trials[0], target=own)
    mine = Evidence([trial], summarise([trial]), [], None, trial, story(trial, None))
    assert "no caller blocking" not in body("comment", mine, str)


def test_what_is_asked_for_instead_is_told_with_its_price() -> None:
    asked = [entry for entry in remedies(lambda _: "9.9") if (remedy_of(entry) or NONE).instead]
    rows = [summarise([made(failed=failed)]).rows[0] for failed in (1, 0)]
    lines = [SurveyLine(entry, row, "same") for entry, row in zip(asked, rows, strict=True)]
    assert instead_words(lines) == (
        "httpx 0.27.2 fails in 1 of 1 trials with keepalive_expiry of half the server's, 0 of 1 "
        "with tenacity, three attempts (may repeat)"
    )
    assert instead_words([]) == ""
