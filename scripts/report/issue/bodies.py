"""A report as each upstream project wants it: from stored trials, safe to publish and to paste."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar, cast

import msgspec
from msgspec import structs

from scripts.analysis.compare import SurveyLine
from scripts.analysis.summary import Row, Summary
from scripts.domain.libraries import LIBRARIES, Form, Upstream
from scripts.domain.trial import DOCUMENT_DATE, Connection, Requests, Trial
from scripts.domain.words import chain_words, plain, raised
from scripts.reduction.result import Smallest, claim
from scripts.report import matrix, overview, surveys
from scripts.report.cells import cells, load_words
from scripts.report.overview import Changed
from scripts.report.page.render import Answer
from scripts.report.page.render import text as escaped
from scripts.report.story import Story

LARGEST = 65_536
"""Characters that a GitHub body holds."""


@dataclass(frozen=True)
class Evidence:
    """What a report is made of.

    Attributes:
        trials: of its axes, at least one.
        summary: of those.
        answers: what the searches found.
        smallest: its smallest case and the script; None for none.
        failing: the trial whose failure is told; None where none failed.
        story: of that failure.
        changed: the releases of its packages that changed something.
        variants: kinds of client, of its releases; callers: what a busy caller adds to them.
        whole: name and text of the scripts of the failing trial, for a case that is not reduced.
    """

    trials: Sequence[Trial]
    summary: Summary
    answers: Sequence[Answer]
    smallest: tuple[Smallest, str] | None
    failing: Trial | None
    story: Story | None
    changed: Sequence[Changed] = ()
    variants: Sequence[SurveyLine] = ()
    callers: Sequence[SurveyLine] = ()
    whole: Sequence[tuple[str, str]] = ()

    @property
    def told(self) -> Trial:
        """The trial whose environment is told: the failing one, else any."""
        return self.failing or self.trials[0]

    @property
    def packages(self) -> dict[str, str]:
        """What that trial's client ran with: name -> version."""
        return self.told.client.environment.packages if self.told.client.environment else {}

    @property
    def python(self) -> str:
        """Its interpreter's version."""
        return self.told.client.environment.python if self.told.client.environment else "unknown"


@dataclass(frozen=True)
class Section:
    """A part of a report: its heading, its text, and how much is lost without it (0: nothing may
    take it away).
    """

    heading: str
    text: str
    spare: int = 0


def text(value: object) -> str:
    """A text that shows as it is, and that pings no one and links nothing: GitHub looks for @name
    and #123 in what was rendered, so a character of no width keeps the sign from what follows.
    """
    return (
        escaped(plain(str(value))).replace("&#64;", "&#64;&#8203;").replace("&#35;", "&#35;&#8203;")
    )


def code(value: str) -> str:
    """A text as a span of code, whatever is in it: nothing there formats, links or pings."""
    shown = " ".join(plain(value).split()).replace("|", "\\|") or " "
    longest = _longest(shown)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}" if longest or shown[0] == " " else f"`{shown}`"


def fenced(value: str, language: str = "") -> str:
    """A text as a block of code, which nothing in it can end."""
    shown = plain(value).rstrip("\n")
    fence = "`" * max(3, _longest(shown) + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def _longest(shown: str) -> int:
    """How many back-quotes stand in a row at most."""
    return max((len(each) for each in re.findall(r"`+", shown)), default=0)


def folded(summary: str, inner: str) -> str:
    """A block that is opened by a click."""
    return f"<details><summary>{summary}</summary>\n\n{inner}\n\n</details>"


def body(form: Form, evidence: Evidence, hide: Callable[[str], str]) -> str:
    """The report's text.

    Args:
        form: in which form.
        evidence: what it is made of.
        hide: replaces what must not be published.
    """
    # Before anything is escaped: a secret must be seen as it was written.
    # The scripts are the project's own, as anyone can read them.
    evidence = replace(hidden(evidence, hide), whole=evidence.whole)
    if form == "issue":
        parts = _aiohttp_form(evidence)
    else:
        parts = [
            Section("", sentence(evidence)),
            Section("The simplest case", _script(evidence)),
            Section("Expected and actual behaviour", _behaviour(evidence)),
            Section("Versions", _versions(evidence)),
            Section("Cause", _cause(evidence), 3),
            Section("HTTP versions, clients, event loops", _questions(evidence)),
            Section("Environment", _environment(evidence)),
            Section("Installed packages", _freeze(evidence), 1),
            Section("Traceback", _traceback(evidence), 2),
        ]
    return fitted(parts)


Kind = TypeVar("Kind")


def hidden(value: Kind, hide: Callable[[str], str]) -> Kind:
    """A value with every text in it made safe to publish."""
    found: Any = value
    if isinstance(value, str):
        found = hide(value)
    elif isinstance(value, dict):
        found = {hidden(key, hide): hidden(each, hide) for key, each in value.items()}
    elif isinstance(value, list | tuple):
        found = type(value)([hidden(each, hide) for each in value])
    elif isinstance(value, msgspec.Struct) and not isinstance(value, Requests | Connection):
        changed = {name: hidden(each, hide) for name, each in structs.asdict(value).items()}
        found = structs.replace(value, **changed)
    elif isinstance(value, Answer | Evidence):
        changed = {each.name: hidden(getattr(value, each.name), hide) for each in fields(value)}
        found = replace(value, **changed)
    return cast(Kind, found)


def fitted(parts: Sequence[Section]) -> str:
    """The parts as one text of at most `LARGEST` characters; what is cut is said."""
    kept = list(parts)
    for value in sorted({each.spare for each in parts if each.spare}):
        if len(_joined(kept)) <= LARGEST:
            break
        kept = [
            Section(each.heading, "Left out: a body holds 65,536 characters.")
            if each.spare == value
            else each
            for each in kept
        ]
    whole = _joined(kept)
    if len(whole) > LARGEST:
        note = "\n\nCut here: a body holds 65,536 characters.\n"
        whole = whole[: LARGEST - len(note)].rsplit("\n", 1)[0] + note
    return whole


def _joined(parts: Sequence[Section]) -> str:
    shown = [f"### {each.heading}\n\n{each.text}" if each.heading else each.text for each in parts]
    return "\n\n".join(shown) + "\n"


def sentence(evidence: Evidence) -> str:
    """What fails, on which versions, how often, since when."""
    failing = [each for each in evidence.summary.rows if each.trials and each.failing]
    tried = [each for each in evidence.summary.rows if each.trials]
    blocked = [
        line
        for line in evidence.callers
        if line.verdict == "more" and line.row and line.row.failing
    ]
    if not failing and not blocked:
        names = ", ".join(dict.fromkeys(text(each.target.name) for each in tried))
        count = sum(each.trials for each in tried)
        return f"No request failed in {count} trials: {names}."
    said = _blocked_words(evidence, blocked[-1]) if blocked else []
    if failing:
        # The newest says most.
        *others, last = failing
        words = f"Under concurrent POST requests {_lost(last, overview.paired(last.target.name))}"
        also = dict.fromkeys(each.target.name for each in others if each.target != last.target)
        listed = text(overview.listed(map(overview.paired, also))) if also else ""
        said.append(f"{words}; others that fail: {listed}" if also else words)
    since = overview.since([each for each in evidence.changed if each.signal == "ReadError"])
    if since:
        said.append(f"With {text(since.rstrip('.'))}")
    elif failing:
        said.append("Which release began it is not known: none was found that changes it")
    return ". ".join(said) + "."


def _blocked_words(evidence: Evidence, line: SurveyLine) -> list[str]:
    """What a caller that blocks the event loop loses, what one that does not, and what the newest
    release's client in threads loses without one.
    """
    if line.row is None:
        return []
    words = f"Where the caller {text(line.entry.title)}, {_lost(line.row, line.entry.group)}"
    calm = next(
        each.row for each in evidence.callers
        if each.entry.group == line.entry.group and not each.verdict
    )  # fmt: skip
    said = [words + (f"; where it does not, {calm.failed} of {calm.requests}" if calm else "")]
    newest = evidence.variants[-1].entry.group if evidence.variants else ""
    for each in evidence.variants:
        threads = each.entry.group == newest and each.entry.title.startswith("Client, threads")
        if threads and each.row is not None and each.row.failing:
            name = f"{newest} as {each.entry.title}"
            said.append(f"Without such a caller {_lost(each.row, name)}")
    return said


def _lost(row: Row, name: str) -> str:
    """What a row lost, in words, by the exceptions that were raised."""
    low, high = row.failing_interval or (0.0, 1.0)
    kinds: Counter[str] = Counter()
    for failure in row.failures:
        kinds[matrix.raised_words(failure)] += failure.requests
    raised_ = ", ".join(f"{count} x {code(kind)}" for kind, count in kinds.most_common())
    return (
        f"{text(name)} loses {row.failed} of {row.requests} ({raised_}), in {row.failing} of "
        f"{row.trials} trials ({low:.0%} to {high:.0%})"
    )


def _script(evidence: Evidence) -> str:
    if evidence.smallest is None:
        said = ["Not reduced to one file. The whole case: `nox -s repro` of the project runs it."]
        if evidence.whole:
            names = " and, beside it, ".join(f"`uv run {name}`" for name, _ in evidence.whole)
            said = [f"Save these, then {names}:"]
        for name, text_of in evidence.whole:
            said.append(f"`{name}`:\n\n{fenced(text_of, 'python')}")
        return "\n\n".join(said)
    found, script = evidence.smallest
    name = found.about.script.rsplit("/", 1)[-1]
    bad, good = found.about.ran
    checked = f"Verified on {found.about.day}: {text(bad)} {claim(found.confirmed_bad, good=False)}"
    checked += " of runs (95 % confidence)"
    if found.confirmed_good is not None:
        checked += f"; {text(good)} {claim(found.confirmed_good, good=True)} of runs"
        whole = found.original_good
        if whole is not None and whole.bad:
            checked += (
                f" (under the whole load it fails too, in {whole.bad} of {whole.trials} trials)"
            )
    middle = found.seconds[0]
    bisects = ""
    if found.confirmed_good is not None:
        bisects = (
            f"; in an environment with a clone installed, `git bisect run python {name}` takes it"
        )
    blocks = ""
    if found.shape.work:
        blocks = " It blocks the event loop on purpose, so that the race is sure to be lost."
    return (
        f"Save as `{name}`, then `uv run {name}`; it takes {middle:g} s, and its exit status is 1 "
        f"where the bug shows{bisects}. {checked}.{blocks}\n\n" + fenced(script, "python")
    )


def _behaviour(evidence: Evidence) -> str:
    expected = (
        "Expected: a connection that the server has closed is not written on where a look at its "
        "socket would have told; the request goes out on another. (A close that crosses the "
        "request on its way cannot be seen by anyone.)"
    )
    if evidence.story is None:
        return f"{expected}\n\nActual: no request failed."
    noise = {name for record in LIBRARIES.values() for name in record.noise}
    links = [each for each in evidence.story.chain.split(" < ") if each not in noise]
    return f"{expected}\n\nActual: {', caused by '.join(map(code, links))}."


def _versions(evidence: Evidence) -> str:
    rows = evidence.summary.rows
    lines = [
        "| target | load | failed requests | failing trials (95 %) | CPU per request |",
        "|---|---|--:|--:|--:|",
    ]
    for row in rows:
        name, _, failed, failing, _, _, cpu, _ = (text(each) for each in cells(row))
        lines.append(f"| {name} | {text(row.load.name)} | {failed} | {failing} | {cpu} |")
    for line in evidence.callers:
        if line.verdict and line.row is not None:
            _, failed, failing, _, _, cpu, _ = (text(each) for each in surveys.cells(line))
            name = text(f"{line.entry.group}, a caller that {line.entry.title}")
            lines.append(f"| {name} | {text(line.row.load.name)} | {failed} | {failing} | {cpu} |")
    packages = evidence.packages
    shown = ", ".join(f"{name} {packages[name]}" for name in LIBRARIES if name in packages)
    lines += [
        "",
        "A trial is one fresh server and one fresh client on loopback. Packages that a target does "
        f"not name are those of {DOCUMENT_DATE}, unless a pin forces another"
        + (f" (in the failing trial below: {text(shown)})." if shown else "."),
        "",
    ]
    loads = {row.load.name: row.load for row in rows}
    lines += [f"- `{name}`: {text(load_words(load))}" for name, load in loads.items()]
    if evidence.answers:
        lines += [
            "",
            'In these searches "slow" is processor time per request beside that of aiohttp in the '
            'same round (the control); a trial is "bad" where it shows the signal.',
        ]
    for answer in evidence.answers:
        head, *rest = answer.lines
        kept = [each for each in rest if not each.lstrip().startswith(("measure ", "changelog"))]
        lines += ["", f"**{text(head)}**", "", *(f"- {text(each)}" for each in kept)]
    return "\n".join(lines)


def _cause(evidence: Evidence) -> str:
    told = evidence.story
    if told is None:
        return "No request failed."
    said = [f"{text(told.cause.name)} ({told.cause.sure}): {text(told.cause.sentence)}", ""]
    said.append(f"One failing connection from both ends (trial {told.trial}):")
    rows = [*evidence.summary.rows, *(line.row for line in evidence.callers if line.row)]
    row = next((each for each in rows if each.target.name == told.target), None)
    if row is not None and row.window is not None:
        low, middle, high = row.window
        said[0] += (
            f" Of {row.failed} such requests: from the server's close to the client's write it "
            f"took {low:.1f} to {high:.1f} ms (median {middle:.1f}; below zero, they crossed); "
            f"{row.chosen} had been given the connection before the close; {row.stood} fell within "
            "a time of over 100 ms in which the event loop stood still: it looked at no socket, "
            "while callbacks may have run."
        )
    lines = [f"{1000 * each.at:>10.1f} ms  {each.side:<6}  {each.what}" for each in told.moments]
    return "\n".join([*said, "", fenced("\n".join(lines))])


def _questions(evidence: Evidence) -> str:
    """The three questions that the projects ask."""
    lines = [
        "| release | client | failed requests | failing trials (95 %) | failures and causes |",
        "|---|---|--:|--:|---|",
    ]
    for line in evidence.variants:
        title, failed, failing, _, _, _, why = surveys.cells(line)
        cells = (line.entry.group, title, failed, failing, why)
        lines.append(f"| {' | '.join(text(each) for each in cells)} |")
    if not evidence.variants:
        return (
            "HTTP/1.1 or HTTP/2, `Client` or `AsyncClient`, asyncio or trio: not measured; "
            "`nox -s survey -- variants` would."
        )
    lines += [
        "",
        "The `compressed` load on each. uvicorn speaks no HTTP/2: that is measured on hypercorn. "
        "Over HTTP/2 all requests share one connection, which is never idle under this load. Of "
        "clients that do not run on asyncio only the server's end of a connection is noted.",
    ]
    return "\n".join(lines)


def _environment(evidence: Evidence) -> str:
    host = evidence.told.host
    return (
        f"- OS: {text(host.platform)}\n- Python: {text(evidence.python)}\n"
        f"- CPU: {text(host.cpu)}, {host.cores} cores\n"
        f"- measured on {evidence.told.started[:10]}"
    )


def _freeze(evidence: Evidence) -> str:
    lines = "\n".join(f"{name}=={version}" for name, version in sorted(evidence.packages.items()))
    return folded("pip freeze", fenced(lines))


def _traceback(evidence: Evidence) -> str:
    one = evidence.failing
    if one is None or not one.client.failures:
        return "No request failed."
    failure = one.client.failures[0]
    links = "\n".join(
        f"{chain_words([each])} ({each.via}){': ' + each.message if each.message else ''}"
        for each in failure.chain
    )
    return (
        folded(f"{text(raised(failure))} as Python prints it", fenced(failure.traceback))
        + "\n\n"
        + folded("the whole chain, with what <code>from None</code> hides", fenced(links))
    )


def _aiohttp_form(evidence: Evidence) -> list[Section]:
    """The fields of aiohttp's bug report, by name."""
    packages = evidence.packages

    def version(name: str) -> str:
        return code(packages[name]) if name in packages else "not installed"

    return [
        Section("Describe the bug", sentence(evidence)),
        Section("To Reproduce", _script(evidence)),
        Section("Expected behavior", _behaviour(evidence)),
        Section("Logs/tracebacks", _traceback(evidence), 2),
        Section("Python Version", code(evidence.python)),
        Section("aiohttp Version", version("aiohttp")),
        Section("multidict Version", version("multidict")),
        Section("propcache Version", version("propcache")),
        Section("yarl Version", version("yarl")),
        Section("OS", text(evidence.told.host.platform)),
        Section("Related component", "Client"),
        Section("Additional context", f"{_versions(evidence)}\n\n{_cause(evidence)}", 1),
        Section("Code of Conduct", "- [ ] I agree to follow the aio-libs Code of Conduct"),
    ]


def posting(to: Upstream, form: Form, file: str, kind: str) -> str:
    """What would post a report; nothing here does.

    Args:
        to, form: where, and as what.
        file: of the report.
        kind: type of the exception it is about; empty for none.
    """
    if form == "comment" and to.known is not None:
        return f"gh issue comment {to.known} --repo {to.repository} --body-file {file}"
    if form == "issue":
        title = shlex.quote(f"{kind or 'No failure'} under concurrent requests")
        return f"gh issue create --repo {to.repository} --title {title} --body-file {file}"
    return f"https://github.com/{to.repository}/discussions/new/choose   (paste {file})"
