"""The verb that writes a report for upstream: arguments in, exit status out. It never posts."""

from __future__ import annotations

import getpass
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec import structs
from packaging.version import Version

from scripts.analysis.causes import STALE, UNKNOWN, causes
from scripts.analysis.summary import summarise
from scripts.domain import libraries
from scripts.domain.entries import Topic
from scripts.domain.files import PROJECT, replace
from scripts.domain.libraries import Form, Upstream
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.trial import Target, Trial
from scripts.reduction.result import Smallest
from scripts.report import facts, screen
from scripts.report.issue.bodies import Evidence, body, posting
from scripts.report.issue.redaction import Redactor
from scripts.report.story import story
from scripts.trials import store
from scripts.trials.run import home

TOPICS: tuple[Topic, Topic] = ("variants", "callers")
"""Surveys that tell a project which of its clients are struck."""


def issue(
    *,
    for_: Annotated[str, Parameter(name="--for")] = "",
    as_: Annotated[Form | None, Parameter(name="--as")] = None,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
) -> int:
    """Write what to tell a project, ready to paste, from the published trials; post nothing.

    Example: python -m scripts issue --for httpx --as comment

    Parameters
    ----------
    for_
        httpx, httpx2, httpcore or aiohttp.
    as_
        discussion, comment (on the issue that tells of it) or issue; what the project takes by
        default.
    output
        File to write; results/issue-PROJECT.md by default.
    """
    projects = libraries.upstreams()
    if for_ not in projects:
        raise UsageProblem(f"name whom it is for: --for {', --for '.join(projects)}.")
    to = projects[for_]
    forms = {each: each for each in to.forms}
    if as_ and as_ not in forms:
        takes = " or ".join(to.forms)
        raise UsageProblem(f"{to.repository} takes no {as_!r} of this: --as {takes}.")
    form: Form = forms[as_] if as_ else to.forms[0]
    hide = Redactor(users=[_user()], hosts=[socket.gethostname()], places=_places())
    with screen.console(stderr=True).status("reading the published trials"):
        made = evidence(for_)
    text = body(form, made, hide)
    path = (output or store.results() / f"issue-{for_}.md").resolve()
    try:
        replace(path, text.encode())
    except OSError as error:
        raise MeasurementProblem(f"{path} cannot be written: {error.strerror}.") from error
    out = screen.console()
    out.print(f"Written: {store.shown(path)} ({len(text)} characters). Read it, then post it with:")
    failures = made.failing.client.failures if made.failing else []
    kind = failures[0].chain[0].type if failures else ""
    call = posting(to, form, store.shown(path), kind)
    out.print(f"  {call}", soft_wrap=True, markup=False)
    replaced = ", ".join(hide.told()) or "nothing"
    out.print(f"Replaced by placeholders, for you to check: {replaced}", soft_wrap=True)
    return 0


def evidence(library: str) -> Evidence:
    """What the published trials hold for the project of a library.

    Raises:
        UsageProblem: nothing of it is published.
    """
    to = libraries.upstreams()[library]
    known = facts.known()
    found = [each for each in known.trials if each.target.axis == library]
    if not found:
        raise UsageProblem(f"no trial of {library} is published: nox -s report.")
    busy = known.measured.get("callers", ())
    candidates = [*found, *(each for each in busy if each.target.axis == library)]
    failing = max(
        (each for each in candidates if each.failing and each.server.connections and causes(each)),
        key=_telling,
        default=None,
    )
    answers = []
    for each in facts.answered(known.searches):
        package, signal, *_ = each.lines[0].split(", ")
        if package in to.searches and signal in ("ReadError", "slow"):
            answers.append(each)
    variants, callers = (
        [line for line in known.surveys.get(topic, ()) if line.entry.target.axis in to.clients]
        for topic in TOPICS
    )
    reduced = smallest(to, known.reductions)
    # Only what is shown goes on from here, so that only its secrets are told as replaced.
    bare = [
        shown_alone(each, shown)
        for each, shown in ((found[0], 0), *([(failing, 1)] if failing else []))
    ]
    return Evidence(
        bare[:1],
        summarise(found),
        answers,
        reduced,
        bare[1] if failing else None,
        story(failing, None) if failing else None,
        [each for each in facts.changed(known.searches) if each.package in to.searches],
        variants,
        callers,
        scripts(failing.target) if failing and reduced is None else (),
    )


def shown_alone(trial: Trial, shown: int) -> Trial:
    """A trial with so many of its failures, and none of its last words."""
    failures = trial.client.failures[:shown]
    client = structs.replace(trial.client, failures=failures, script_failure=None, stderr="")
    return structs.replace(trial, client=client, server=structs.replace(trial.server, stderr=""))


def _telling(trial: Trial) -> tuple[bool, Version, int]:
    """How much the failures of a trial tell: of known cause, on the newest release, many."""
    known = any(cause.name != UNKNOWN for cause in causes(trial))
    versions = [each.partition("==")[2] for each in trial.target.pins]
    newest = Version(versions[0]) if versions else Version("0")
    return known, newest, trial.client.failed_requests


def scripts(target: Target) -> list[tuple[str, str]]:
    """Name and text of a target's scripts, the server's first; only what stands in repro/."""
    paths = [(PROJECT / each).resolve() for each in (target.server, target.script) if each]
    ours = [each for each in paths if each.is_relative_to(PROJECT / "repro") and each.is_file()]
    return [(each.name, each.read_text()) for each in ours]


def smallest(to: Upstream, reductions: Sequence[Smallest]) -> tuple[Smallest, str] | None:
    """The published smallest case of a project's stale connections, and its script: that of the
    newest release.
    """
    newest_first = sorted(reductions, key=_release, reverse=True)
    for library in to.cases:
        for each in newest_first:
            path = PROJECT / each.about.script
            ours = each.shape.library == library and each.about.cause == STALE
            if ours and path.is_file():
                return each, path.read_text()
    return None


def _release(found: Smallest) -> Version:
    """The release that a smallest case runs on."""
    return Version(found.about.ran[0].rpartition(" ")[2])


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _places() -> dict[str, str]:
    return {str(PROJECT): "<project>", tempfile.gettempdir(): "<temporary>", **home()}
