"""The verbs that tell what was measured: arguments in, exit status out. None of them posts."""

from __future__ import annotations

import getpass
import html
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter
from rich import filesize

from scripts.commands.options import Json, counting, remark
from scripts.commands.output import console, print_json
from scripts.domain import libraries, paths
from scripts.domain.blocked import Blocked
from scripts.domain.files import PROJECT, replace
from scripts.domain.libraries import Form, Upstream
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.trial import Trial
from scripts.domain.words import alternatives
from scripts.report import facts, publishing, screen, speedscope, trace_events
from scripts.report.gate.withheld import Gate, Withheld
from scripts.report.issue.bodies import body, general_body, general_posting, posting
from scripts.report.issue.evidence import evidence
from scripts.report.issue.gated import gated
from scripts.report.issue.general import general, publishable
from scripts.report.issue.material import material, own_publication
from scripts.report.issue.redaction import Redactor
from scripts.report.page import render
from scripts.report.page.blocks import Origin
from scripts.report.page.supplement import supplement
from scripts.report.page.tracing import matching, printed_sources, source_lines, stands_in
from scripts.report.story import printed_story, story
from scripts.trials import store

if TYPE_CHECKING:
    from scripts.report.figures import gallery

MOST_SHOWN = 300
"""Characters that are shown of a text that was kept back."""

Reveal = Annotated[tuple[str, ...], Parameter(name="--reveal", negative="")]

PROJECTS = sorted(libraries.upstreams(), key=lambda name: not libraries.upstreams()[name].reported)
"""The libraries whose projects take reports, those that know of the bug first."""


def issue(
    *,
    from_: Annotated[Path | None, Parameter(name="--from")] = None,
    for_: Annotated[str, Parameter(name="--for", help=f"{alternatives(PROJECTS)}.")] = "",
    as_: Annotated[Form | None, Parameter(name="--as")] = None,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    reveal: Reveal = (),
) -> int:
    """Write what to tell a project, ready to paste, from trials; post nothing.

    Example: python -m scripts issue --from results/20261123-152409-6744

    Parameters
    ----------
    from_
        Folder of a bisection, history, difference, reduction, survey or campaign of your own, or
        one trial; the published trials by default. Without --for the report fits any project.
    as_
        discussion, comment (on the issue that tells of it) or issue; what the project takes by
        default.
    output
        File to write; results/issue-PROJECT.md by default, or results/issue-CAMPAIGN.md.
    reveal
        The key of a text that was kept back and is to get out, once you have read it; repeatable.
    """
    gate = Gate(reveal)
    hide = Redactor(
        users=[_user()],
        hosts=[socket.gethostname()],
        places=paths.machine_places(),
        scrubbed=gate.scrubbed,
    )
    if from_ is not None and not for_:
        return _general_issue(from_, as_, output, hide, gate)
    upstream = _upstream(for_, from_ is not None)
    form = _form(upstream, as_)
    with console(stderr=True).status("reading the trials"):
        publication = (
            facts.publication() if from_ is None else own_publication(from_.resolve(), gate)
        )
        material = evidence(for_, publication)
    failures = material.failing.client.failures if material.failing else []
    exception = failures[0].chain[0].type if failures else ""
    text = body(form, material, hide)
    path = _written(text, output, for_ if from_ is None else from_)
    _told(path, text, posting(upstream, form, paths.shown(path), exception), hide)
    _say_withheld(gate.hidden)
    return 0


def _upstream(name: str, own: bool) -> Upstream:
    """The project that is named.

    Args:
        name: of its library.
        own: whether what is told is the user's own, which has a general form too.

    Raises:
        UsageProblem: there is none of that name.
    """
    projects = libraries.upstreams()
    if name in projects:
        return projects[name]
    whom = f"--for {', --for '.join(projects)}"
    if own:
        raise UsageProblem(
            f"{name!r} has no form of its own: leave --for out for the general one, or take {whom}."
        )
    raise UsageProblem(f"name whom it is for: {whom}; or what it is from: --from FOLDER.")


def _general_issue(
    source: Path, form: Form | None, output: Path | None, hide: Redactor, gate: Gate
) -> int:
    """Write a report for any project.

    Raises:
        UsageProblem: a form was asked for, which only a known project has; or there is nothing to
            tell.
    """
    if form is not None:
        raise UsageProblem(f"--as {form} goes with --for, which names a project that is known.")
    with console(stderr=True).status("reading the trials"):
        told = publishable(general(gated(material(source.resolve()), gate, hide)), hide)
    text = general_body(told)
    path = _written(text, output, source)
    _told(path, text, general_posting(told.title, paths.shown(path)), hide)
    _say_withheld(gate.hidden)
    for program in (told.script, told.server):
        if program is not None and program.later:
            remark(f"{program.name} was written again after it ran: check that it is the one.")
    return 0


def _written(text: str, output: Path | None, about: str | Path) -> Path:
    """Write a report; its file. One of one's own trials takes no published one's place.

    Args:
        text: the report's.
        output: the file that was named; None for one named after what the report is about.
        about: a project's name, or where the trials lie.

    Raises:
        MeasurementProblem: it cannot be written.
    """
    place = Path(about).resolve()
    name = place.stem if isinstance(about, Path) and place.is_file() else place.name
    path = (output or store.results() / f"issue-{name}.md").resolve()
    try:
        if output is None:
            path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, text.encode())
    except OSError as error:
        raise MeasurementProblem(f"{path} cannot be written: {error.strerror}.") from error
    return path


def _told(path: Path, text: str, call: str, hide: Redactor) -> None:
    """Say what was written, what would post it, and what was replaced in it."""
    out = console()
    out.print(f"Written: {paths.shown(path)} ({len(text)} characters). Read it, then post it with:")
    out.print(f"  {call}", soft_wrap=True, markup=False)
    replaced = ", ".join(hide.counts()) or "nothing"
    out.print(f"Replaced by placeholders, for you to check: {replaced}", soft_wrap=True)


def _form(upstream: Upstream, asked: str | None) -> Form:
    """The form that was asked for, or the one that a project usually takes.

    Raises:
        UsageProblem: it takes no such form.
    """
    forms = {form: form for form in upstream.forms}
    if asked and asked not in forms:
        takes = " or ".join(upstream.forms)
        raise UsageProblem(f"{upstream.repository} takes no {asked!r} of this: --as {takes}.")
    return forms[asked] if asked else upstream.forms[0]


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def explain(
    trial: Path,
    /,
    *,
    request: Annotated[int, counting(0)] | None = None,
    trace: Path | None = None,
    stacks: Path | None = None,
    json: Json = False,
) -> int:
    """Tell why a request failed: its connection's timeline from both ends, and the cause.

    Example: python -m scripts explain results/20261123-152409-6744/0001-httpx-0.27.2.json

    Parameters
    ----------
    trial
        File of the trial, or its name as reports cite it (campaign/0001).
    request
        Number of the failed request; the first by default.
    trace
        Write the whole trial to this file in the Trace Event format (open it with Perfetto or
        chrome://tracing).
    stacks
        Write what blocked the client's event loop to this file, for https://www.speedscope.app.
    json
        Print the story as JSON on standard output.
    """
    read = store.read(store.find(trial))
    if trace is not None:
        _exported("trace", trace, trace_events.trace(read))
    if stacks is not None:
        _exported("stacks", stacks, speedscope.speedscope(_blocked(read), read.name))
    if not read.failing and (trace is not None or stacks is not None):
        return 0
    failure = story(read, request)
    if json:
        print_json(printed_story(failure, read))
    else:
        console().print(screen.one_failure(failure))
    return 0


def _blocked(trial: Trial) -> Blocked:
    """What a trial's event loop did while it was blocked.

    Raises:
        UsageProblem: nobody looked, or nothing blocked it.
    """
    blocked = trial.client.lag.blocked if trial.client.lag else None
    if blocked is None:
        raise UsageProblem("this trial has no stacks of its event loop: measure it again.")
    if not blocked.seconds:
        raise UsageProblem("the event loop of this trial was never blocked for over 100 ms.")
    return blocked


def _exported(what: str, path: Path, content: msgspec.Struct) -> None:
    """Write a file for another program, and say so.

    Raises:
        UsageProblem: it cannot be written.
    """
    try:
        replace(path.resolve(), msgspec.json.encode(content))
    except OSError as error:
        raise UsageProblem(f"{path} cannot be written: {error.strerror}.") from error
    console(stderr=True).print(f"{what} written to {path}", soft_wrap=True)


def report(
    *,
    publish: Path | None = None,
    replace_: Annotated[bool, Parameter(name="--replace", negative="")] = False,
    reveal: Reveal = (),
    check: bool = False,
    why: str = "",
    json: Json = False,
) -> int:
    """Write REPORT.md, and README.md's table, from the published trials.

    Example: python -m scripts report --publish results/20261123-152409-6744

    Parameters
    ----------
    publish
        Campaign whose trials replace the published ones, or survey, bisection, history, difference,
        reduction, proof, or trial that was captured or counted, to add. All but campaigns are
        refused where more than one trial ran at a time; a campaign of several at a time is
        published for the comparison with one alone.
    replace_
        With --publish, let it take the place of what is published and asked the same.
    reveal
        With --publish, the key of a text that was kept back and is to get out, once you have read
        it; repeatable.
    check
        Write nothing; exit with status 1 where either is not what the trials give.
    why
        Write nothing; tell which trials are behind a number, or behind words, as they stand in
        REPORT.md: "361 of 5000".
    json
        With --why, print that as JSON on standard output.
    """
    if json and not why:
        raise UsageProblem("--json goes with --why.")
    if (replace_ or reveal) and publish is None:
        raise UsageProblem(f"--{'replace' if replace_ else 'reveal'} goes with --publish.")
    if why:
        if check or publish is not None:
            raise UsageProblem("--why writes nothing: leave --publish and --check out.")
        return _explained(why, json)
    if publish is not None:
        _say_published(publishing.publish(publish.resolve(), replace_, reveal))
    with console(stderr=True).status("reading the published trials, drawing the pictures"):
        publication = _publication()
        if check:
            require_current(publication)
        else:
            _write(publication)
    return 0


def _write(publication: facts.Publication) -> None:
    """Write the pages and the pictures that are not what the published trials give."""
    pictures, pages = _made(publication)
    files = {picture.path: picture.svg() for picture in pictures} | pages
    for path in _stale(files):
        replace(path, files[path].encode())


def _publication() -> facts.Publication:
    """What is published, which is something.

    Raises:
        UsageProblem: nothing is.
    """
    publication = facts.publication()
    if not publication.trials:
        raise UsageProblem("no trials are published: name a campaign with --publish.")
    return publication


def _explained(wanted: str, json: bool) -> int:
    """Tell what is behind a number of REPORT.md.

    Raises:
        UsageProblem: it does not stand there, or nothing is published.
    """
    page, found = PROJECT / "REPORT.md", list[Origin]()
    # The page says whether it stands there sooner than all that is published.
    if not page.exists() or stands_in(html.unescape(page.read_text()), wanted):
        with console(stderr=True).status("reading the published trials"):
            publication = _publication()
            ran, beside = render.reported(publication.trials), supplement(publication, {})
            found = matching(render.page_sources(ran, _again(publication), beside), wanted)
    if not found:
        raise UsageProblem(f"no sentence and no row of REPORT.md has {wanted!r}.")
    if json:
        print_json(printed_sources(wanted, found))
        return 0
    out = console()
    for source in found:
        out.print("\n".join(source_lines(source)), markup=False, soft_wrap=True)
    return 0


def _again(publication: facts.Publication) -> str:
    """The call that measures the matrix again."""
    return f"nox -s repro -- --lanes {publication.trials[0].place.lanes}"


def _made(publication: facts.Publication) -> tuple[list[gallery.Picture], dict[Path, str]]:
    """The pictures and the pages that the published trials give."""
    from scripts.report.figures import gallery  # half a second of matplotlib, for this verb alone

    pictures = gallery.pictures(publication)
    return pictures, _pages(publication, gallery.paths(pictures))


def require_current(publication: facts.Publication) -> None:
    """Make sure that the pages and the pictures are what the published trials give.

    Raises:
        MeasurementProblem: one of them is another.
    """
    pictures, pages = _made(publication)
    stale = [picture.path for picture in pictures if not picture.current] + _stale(pages)
    if stale:
        names = " and ".join(path.name for path in stale)
        raise MeasurementProblem(f"{names} differs from what the published trials give.")


def _say_withheld(withheld: Sequence[Withheld]) -> None:
    """List on standard error what the gate kept back, for its owner to read."""
    if not withheld:
        return
    remark(
        "Kept back, as not known to be safe. Once you have read a text, --reveal KEY lets it out."
    )
    for held in withheld:
        words = ascii(held.text)
        more = f" and {len(words) - MOST_SHOWN} more" if len(words) > MOST_SHOWN else ""
        remark(f"  {held.key}  {held.count} x {held.kind}: {words[:MOST_SHOWN]}{more}")


def _say_published(new: publishing.Published) -> None:
    """Say on standard error what came, what went, and for what alone a campaign is published that
    ran several at a time.
    """
    size = filesize.decimal(new.size)
    remark(f"Published: {paths.shown(new.folder)}, {new.files} files, {size}.")
    for old in new.replaced:
        remark(f"Replaced: {paths.shown(old)}.")
    _say_withheld(new.withheld)
    if new.lanes > 1:
        remark(
            f"Its trials ran {new.lanes} at a time: they are published for the comparison of one "
            "and several at a time. Published numbers are those of the trials that ran the fewest "
            "at a time: nox -s repro -- --lanes 1"
        )


def _pages(
    publication: facts.Publication, pictures: Mapping[str, Mapping[str, str]]
) -> dict[Path, str]:
    """REPORT.md and README.md as they should be."""
    beside, readme = supplement(publication, pictures), PROJECT / "README.md"
    return {
        PROJECT / "REPORT.md": render.report(publication.trials, _again(publication), beside),
        readme: render.readme(readme.read_text(), beside),
    }


def _stale(files: Mapping[Path, str]) -> list[Path]:
    """The files that are not there, or hold something else."""
    return [path for path, text in files.items() if not path.exists() or path.read_text() != text]
