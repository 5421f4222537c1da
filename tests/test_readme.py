"""What the pages tell people to run is there, and so is what they link to."""

import re
import shlex

import pytest

from scripts.__main__ import app, handed_on
from scripts.domain.files import PROJECT

pytestmark = [pytest.mark.pure, pytest.mark.published]

DOCS = tuple(sorted(f"docs/{page.name}" for page in (PROJECT / "docs").glob("*.md")))
ISSUES = tuple(sorted(f"results/{page.name}" for page in (PROJECT / "results").glob("issue-*.md")))
PAGES = ("README.md", "REPORT.md", *DOCS, *ISSUES)
SESSION = re.compile(r"nox -s ([a-z\"][^`\n]*)")
TEXT = {page: (PROJECT / page).read_text() for page in PAGES}


def calls() -> list[str]:
    """Every call of a verb in the pages, once, as its arguments."""
    called = set()
    for text in TEXT.values():
        for words in SESSION.findall(text):
            session, _, arguments = words.partition(" -- ")
            arguments = re.split(r" {3,}| &&", arguments)[0]
            verb = session.strip().strip('"').partition("(")[0].split()[0]
            called.add(f"{verb} {arguments}".strip())
    return sorted(called - {"tests", "schemas"})


def test_the_pages_name_every_verb() -> None:
    named = {call.split()[0] for call in calls()} | {"check", "bench"}
    assert {verb for verb in app if not verb.startswith("-")} - named == set()


@pytest.mark.parametrize("call", calls())
def test_every_call_in_the_pages_is_understood(call: str) -> None:
    words = [word for word in shlex.split(call) if word not in ("--help", "...")]
    if words[0] in ("bench", "NAME") or call.endswith("…"):
        return
    app.parse_args(handed_on(words), exit_on_error=False, print_error=False)


@pytest.mark.parametrize("page", ["README.md", "REPORT.md", *DOCS, "CONTRIBUTING.md"])
def test_every_link_in_the_pages_leads_somewhere(page: str) -> None:
    for to in re.findall(r"\]\(([^)]+)\)", (PROJECT / page).read_text()):
        path, _, place = to.partition("#")
        if "://" in to:
            continue
        there = (PROJECT / page).parent / path
        assert there.exists(), to
        if place:
            headings = re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE)
            anchors = {
                re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings
            }
            assert place in anchors


def test_every_file_that_contributors_are_sent_to_is_there() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text()
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_.]+\.(?:py|jinja))`", text)
    assert len(named) > 20
    for name in named:
        assert any((PROJECT / place / name).is_file() for place in (".", "scripts")), name
