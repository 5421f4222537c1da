"""A report as each upstream project wants it: from stored trials, safe to publish and to paste."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable
from pathlib import Path

from jinja2 import Template
from msgspec import structs

from scripts.domain.libraries import Form, Upstream
from scripts.domain.templates import templates
from scripts.report import markdown
from scripts.report.issue.content import content
from scripts.report.issue.evidence import Evidence
from scripts.report.issue.general import General
from scripts.report.issue.redaction import redacted

TEMPLATES = Path(__file__).resolve().parent / "templates"

LARGEST_BODY = 65_536
"""Characters that a GitHub body holds."""

MOST_SPARED = 3
"""How much is lost without a section, at most, of those that may be left out at all."""

FORMS: dict[Form, str] = {
    "discussion": "discussion.md.jinja",
    "comment": "discussion.md.jinja",
    "issue": "issue.md.jinja",
}
"""The template of each form."""

GENERAL = "general.md.jinja"
"""The template of a report about any package."""


def body(form: Form, evidence: Evidence, hide: Callable[[str], str]) -> str:
    """The report's text.

    Args:
        form: in which form.
        evidence: what it is made of.
        hide: replaces what must not be published.
    """
    # Before anything is escaped: a secret must be seen as it was written.
    # The scripts are the project's own, as anyone can read them.
    safe = structs.replace(
        redacted(structs.replace(evidence, scripts=()), hide), scripts=evidence.scripts
    )
    template, facts = _template(FORMS[form]), structs.asdict(content(safe))
    return fitted(lambda spared: template.render(**facts, spared=spared).strip("\n") + "\n")


def general_body(content: General) -> str:
    """The text of a report about any package; its first line is its title.

    Args:
        content: what it says, without what must not be published.
    """
    template, facts = _template(GENERAL), structs.asdict(content)
    facts |= {
        "dated": any(row.day for row in content.rows),
        "amounts": any(row.amount for row in content.rows),
        "many": content.many,
    }
    return fitted(lambda spared: template.render(**facts, spared=spared).strip("\n") + "\n")


@functools.cache
def _template(name: str) -> Template:
    """A template, compiled once."""
    environment = templates(TEMPLATES)
    environment.filters |= {
        "text": markdown.unlinked,
        "code": markdown.code,
        "fenced": markdown.fenced,
        "folded": markdown.folded,
        "percent": lambda share: f"{share:.0%}",
    }
    return environment.get_template(name)


def fitted(written: Callable[[int], str]) -> str:
    """A body of at most `LARGEST_BODY` characters; what is left out or cut is said there.

    Args:
        written: the body without what may be spared: given how much may be lost, it leaves out
            each section whose loss is no greater; 0 leaves out nothing.
    """
    for spared in range(MOST_SPARED + 1):
        text = written(spared)
        if len(text) <= LARGEST_BODY:
            return text
    note = "\n\nCut here: a body holds 65,536 characters.\n"
    return text[: LARGEST_BODY - len(note)].rsplit("\n", 1)[0] + note


def posting(upstream: Upstream, form: Form, file: str, exception: str) -> str:
    """What would post a report; nothing here does.

    Args:
        upstream, form: where, and as what.
        file: of the report.
        exception: type of the one it is about; empty for none.
    """
    repository = upstream.repository
    if form == "comment" and upstream.reported is not None:
        return f"gh issue comment {upstream.reported} --repo {repository} --body-file {file}"
    if form == "issue":
        title = shlex.quote(f"{exception or 'No failure'} under concurrent requests")
        return f"gh issue create --repo {repository} --title {title} --body-file {file}"
    return f"https://github.com/{repository}/discussions/new/choose   (paste {file})"


def general_posting(title: str, file: str) -> str:
    """What would post a report about any package, to a repository that the user knows.

    Args:
        title, file: of the report, whose first line is its title, too.
    """
    words = f"gh issue create --repo OWNER/PROJECT --title {shlex.quote(title)}"
    return f"tail -n +3 {shlex.quote(file)} | {words} --body-file -"
