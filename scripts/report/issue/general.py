"""What a report about any package says, as typed facts for its template."""

from __future__ import annotations

import re
import shlex
import statistics
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import structs
from packaging.utils import canonicalize_name

from scripts.analysis import catalogue, readings
from scripts.analysis.causes import causes
from scripts.analysis.rates import rate
from scripts.analysis.readings import Silent
from scripts.analysis.signals import Signal
from scripts.analysis.surroundings import Measured, Unsaid, compared, surroundings
from scripts.domain.libraries import LAYER
from scripts.domain.paths import portable
from scripts.domain.targets import MOST_PINS
from scripts.domain.trial import AS_WRITTEN, REPRO_SERVER, Failure, Host, Target, Trial
from scripts.report import calls, reductions
from scripts.report.causes import sentence
from scripts.report.cells import load_words
from scripts.report.issue import wording
from scripts.report.issue.detector import without_secrets
from scripts.report.issue.material import Material, ReportedRun, Source
from scripts.report.issue.redaction import Redactor, redacted
from scripts.report.issue.wording import TriedVersion
from scripts.report.unsaid import Footnotes
from scripts.search.contrast import PYTHON
from scripts.search.contrast_finding import ContrastFinding

OPEN_LINES = 30
"""Lines of a script that a reader sees without a click."""

MOST_LINES = 150
"""Lines of a script that is shown at all; a longer one is named."""

OPEN_ROWS = 4
"""Rows of the table of versions that a reader sees without a click."""

LAST_LINES = 20
"""Lines that are shown of what a program printed."""

PORT = 8000
"""Where a server listens in the commands that start one."""


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A program that ran.

    Attributes:
        name: of its file.
        text: what is in it; empty for one that is too long to show, or gone.
        lines: how many; 0 for one that is gone.
        later: whether the file was written after the trial began.
        altered: whether something in it was replaced, so that it does not run as it is shown.
    """

    name: str
    text: str
    lines: int
    later: bool
    altered: bool = False

    @property
    def open(self) -> bool:
        """Whether it is short enough to be seen without a click."""
        return self.lines <= OPEN_LINES


class General(msgspec.Struct, frozen=True, kw_only=True):
    """All that the template of a report about any package is given.

    Attributes:
        title: in one sentence.
        program: what ran, by name.
        does, shown, after: what happens: a phrase, what is shown as code, the rest of the sentence.
        often: how often, by version, in a sentence.
        chain: every exception with how it followed, the one raised first; of one alone, none.
        since: since when, sentence by sentence.
        cause: why, in a sentence; empty where that is not known.
        subject: the package that is told of, with its version.
        varying: whether it is releases of one package that were tried.
        reduced: whether the script was made smaller from another program, of which the exceptions,
            the traceback and the rows are.
        rows: what was tried; notes: what else differs between them, note by note.
        script, server: the programs; None where they are no files.
        commands: what shows it again, line by line, without this project's tool.
        exact: whether the commands install all that was installed.
        load: under which load, in a sentence; constants: those that were set, by name.
        called: the call of this project's tool.
        limits: why the smallest case is no smaller, sentence by sentence.
        host, day, python: where and when it was measured.
        packages: all that was installed; served: the same of the server, where it has its own.
        traceback, stack, stderr: of the shown failure; empty where there is none.
        crashed: whether the stack is where it crashed.
    """

    title: str
    program: str
    does: str
    shown: str
    after: str
    often: str
    chain: list[str]
    since: list[str]
    cause: str
    subject: str
    varying: bool
    reduced: bool
    rows: list[TriedVersion]
    notes: list[str]
    script: Program | None
    server: Program | None
    commands: list[str]
    exact: bool
    load: str
    constants: dict[str, str]
    called: str
    limits: list[str]
    host: Host
    day: str
    python: str
    packages: dict[str, str]
    served: dict[str, str]
    traceback: str
    stack: str
    crashed: bool
    stderr: str

    @property
    def many(self) -> bool:
        """Whether there are too many rows to be seen without a click."""
        return len(self.rows) > OPEN_ROWS


def general(material: Material) -> General:
    """What a report says of material."""
    trial, target = material.shown.trial, material.shown.trial.target
    failure = _failure(material)
    rows, notes = _table(material)
    environment = trial.client.environment
    packages = environment.packages if environment else {}
    subject = _subject(material, failure, packages)
    phrase = wording.phrase(material.signal, material.shown, failure, material.smallest is not None)
    installed = _requirements(material, target)
    clean = _cleaner(material)
    smallest = material.smallest
    program = _program_name(material)
    return General(
        title=wording.title(material, subject, phrase, rows),
        program=program,
        does=phrase.does,
        shown=clean(phrase.shown),
        after=phrase.after,
        often=wording.often(material, subject, rows),
        chain=wording.chain(failure) if failure is not None else [],
        since=wording.since(material, rows),
        cause=_cause(material),
        subject=subject,
        varying=bool(material.package) and smallest is None,
        reduced=smallest is not None,
        rows=rows,
        notes=notes,
        script=_program(material.script, material.shown.trial.target.module),
        server=_program(material.server) if smallest is None else None,
        commands=_commands(material, installed),
        exact=set(map(_project, installed)) >= set(packages),
        load=load_words(trial.load) if _loaded(trial) and smallest is None else "",
        constants=_constants(trial, material.script) if smallest is None else {},
        called=_called(material),
        limits=[reductions.limit_reason(limit) for limit in smallest.limits] if smallest else [],
        host=trial.host,
        day=trial.started[:10],
        python=environment.python if environment else "unknown",
        packages=dict(sorted(packages.items())),
        served=_served(trial) if smallest is None else {},
        traceback=clean(failure.traceback) if failure is not None else "",
        stack=clean(trial.client.stack or ""),
        crashed=trial.outcome == "crashed",
        stderr="" if failure is not None else _last(clean(trial.client.stderr)),
    )


def publishable(content: General, hide: Redactor) -> General:
    """The same without what must not be published; a program that no longer runs so says it."""
    safe = redacted(content, hide)
    return structs.replace(
        safe,
        script=_marked(safe.script, content.script, hide),
        server=_marked(safe.server, content.server, hide),
    )


def safe_program(source: Source | None, hide: Redactor) -> Program | None:
    """A program as it is published."""
    program = _program(source)
    return _marked(redacted(program, hide), program, hide)


def _marked(safe: Program | None, program: Program | None, hide: Redactor) -> Program | None:
    if safe is None or program is None:
        return safe
    text = without_secrets(safe.text, safe.name, lambda: hide.note("secret in a program"))
    return structs.replace(safe, text=text, altered=text != program.text)


def _failure(material: Material) -> Failure | None:
    """The failure that the shown trial is told by; None where it is told by something else."""
    signal, client = material.signal, material.shown.trial.client
    kinds = client.raised
    if signal.kind == "exception":
        kinds = [kind for kind in kinds if readings.matches(kind, signal.chain)]
    elif signal.kind not in ("cause", "exit"):
        return None
    return next((kind for kind in kinds if kind.chain), None)


def _cause(material: Material) -> str:
    """Why it failed, in a sentence, where what both ends of a connection noted tells it."""
    signal, trial, smallest = material.signal, material.shown.trial, material.smallest
    if smallest is not None:
        known = smallest.about.cause != catalogue.UNKNOWN
        return f"{smallest.about.cause.capitalize()}." if known else ""
    if signal.kind not in ("exception", "cause", "exit"):
        return ""
    client = trial.client
    for cause in causes(trial):
        plainly = cause.name in (catalogue.UNKNOWN, catalogue.KILLED)
        other = signal.kind == "cause" and cause.name != signal.cause
        if plainly or other:
            continue
        if signal.kind == "exception" and cause.request is not None and client.requests:
            index = client.requests.failure[cause.request]
            if index is None or not readings.matches(client.failures[index], signal.chain):
                continue
        likely = "" if cause.sure == "certain" else ", likely"
        return f"{cause.name.capitalize()}{likely}. {sentence(cause)}"
    return ""


def _table(material: Material) -> tuple[list[TriedVersion], list[str]]:
    """What the runs of each version showed, in order, and the notes under it."""
    differing = _unsaid(material)
    notes = Footnotes(differing.values())
    rows = [
        _row(
            material.signal,
            name,
            runs,
            notes.marked(_with_layer(material, name, runs), differing.get(name)),
        )
        for name, runs in _by_name(material).items()
    ]
    return rows, notes.lines


def _with_layer(material: Material, name: str, runs: Sequence[ReportedRun]) -> str:
    """What a version of a client of the matrix is called, with the anyio it ran with."""
    layer = surroundings([run.trial for run in runs]).layer
    said = LAYER in (material.package, *map(_project, runs[0].trial.target.pins))
    return f"{name} ({LAYER} {layer})" if layer and runs[0].trial.target.axis and not said else name


def _by_name(material: Material) -> dict[str, list[ReportedRun]]:
    """The runs of each version, in order."""
    runs: dict[str, list[ReportedRun]] = {}
    for run in material.runs:
        runs.setdefault(run.name, []).append(run)
    return runs


def _unsaid(material: Material) -> dict[str, Unsaid | None]:
    """How each target differs from the one it is compared with, beyond what the two are called; of
    releases of one package, and of mixtures, "since when" says it.
    """
    if material.package or isinstance(material.answer, ContrastFinding):
        return {}
    measured = {
        name: Measured(
            runs[0].trial.target,
            runs[0].trial.load,
            surroundings([run.trial for run in runs]),
        )
        for name, runs in _by_name(material).items()
    }
    return dict(zip(measured, compared(list(measured.values())), strict=True))


def _row(signal: Signal, name: str, runs: Sequence[ReportedRun], shown: str) -> TriedVersion:
    verdicts = [run.reading.bad for run in runs if run.reading.bad is not None]
    values = [run.reading.value for run in runs if run.reading.value is not None]
    instead: Counter[str] = Counter()
    for run in runs:
        basis = run.reading.basis
        silent = isinstance(basis, Silent) and not run.reading.other
        instead.update([wording.silence(run.reading, run.trial)] if silent else run.reading.other)
    return TriedVersion(
        name=name,
        day=runs[0].day or "",
        rate=rate([(sum(verdicts), len(verdicts))]) if verdicts else None,
        amount=wording.amount(signal, statistics.median(values)) if values else "",
        instead=dict(instead),
        shown=shown,
    )


def _subject(material: Material, failure: Failure | None, packages: dict[str, str]) -> str:
    """The package that is told of, with its version: "packaging 22.0", "packaging at 1a2b3c"."""
    shown, target = material.shown, material.shown.trial.target
    if material.smallest is not None:
        return material.smallest.about.ran[0]
    if isinstance(material.answer, ContrastFinding) and material.answer.single == PYTHON:
        return f"Python {client_python(shown.trial)}"
    if material.package and target.source:
        return f"{material.package} at {shown.name}"
    if material.package:
        return f"{material.package} {shown.name}"
    if changed := _changed(material):
        return changed
    pinned = [_project(pin) for pin in target.pins if _project(pin) in packages]
    pinned = pinned if len(pinned) <= MOST_PINS else []  # of a whole environment none is told of
    modules = {link.module.split(".")[0] for link in failure.chain} if failure else set()
    raising = [name for name in pinned if name.replace("-", "_") in modules]
    named = [target.axis] if target.axis in packages else raising[:1] or pinned
    told = ", ".join(f"{name} {packages[name]}" for name in named)
    return told or f"Python {client_python(shown.trial)}"


def client_python(trial: Trial) -> str:
    """Full version of the Python that a trial's client ran on."""
    environment = trial.client.environment
    return environment.python if environment else trial.host.python


def _changed(material: Material) -> str:
    """What makes an environment fail that another one does not, where that is packages it has."""
    if not isinstance(material.answer, ContrastFinding) or len(material.answer.causes) != 1:
        return ""
    [cause] = material.answer.causes
    return ", ".join(
        f"{name} {versions.bad}"
        for name, versions in cause.changes.items()
        if versions.bad is not None and name != PYTHON
    )


def _project(pin: str) -> str:
    return str(canonicalize_name(re.split(r"[\[=<>!~ @;]", pin, maxsplit=1)[0]))


def _program_name(material: Material) -> str:
    """What ran, as the report calls it."""
    target = material.shown.trial.target
    if material.script is not None:
        return material.script.path.name
    return f"python -m {target.module}"


def _program(source: Source | None, module: str = "") -> Program | None:
    """A program as it is shown; one that runs as a module lies where Python finds it."""
    if source is None:
        return None
    name = source.path.name
    if module.count("."):
        name = "/".join([*module.split(".")[:-1], name])
    lines = len(source.text.splitlines()) if source.text else 0
    text = source.text if source.text and lines <= MOST_LINES else ""
    return Program(name=name, text=text, lines=lines, later=source.later)


def _requirements(material: Material, target: Target) -> list[str]:
    """What has to be installed, the package that is told of first."""
    if material.smallest is not None:
        return _declared(material.script)
    pins = [*target.pins, *target.equalised]
    return sorted(pins, key=lambda pin: _project(pin) != material.package)


def _declared(source: Source | None) -> list[str]:
    """The dependencies that a script declares (inline script metadata, PEP 723)."""
    block = re.search(r"(?ms)^# /// script\n(.*?)^# ///$", (source and source.text) or "")
    if block is None:
        return []
    try:
        declared = tomllib.loads(re.sub(r"(?m)^# ?", "", block[1]))
    except tomllib.TOMLDecodeError:
        return []
    return [str(name) for name in declared.get("dependencies", [])]


def _commands(material: Material, requirements: Sequence[str]) -> list[str]:
    """What shows it again with pip and Python alone, line by line."""
    target = material.shown.trial.target
    lines = []
    if target.source:
        lines.append(f"git checkout {target.source.partition('@')[2]}   # of {material.package}")
        requirements = [".", *requirements]
    if requirements:
        lines.append(f"python -m pip install {shlex.join(requirements)}")
    if material.smallest is not None:
        return [*lines, f"python {shlex.quote(_program_name(material))}"]
    served = [*_serving(target, material.server)]
    told = bool(served) and "SERVER_URL" not in material.shown.trial.replaced
    return [*lines, *served, _running(target, _program_name(material), told)]


def _serving(target: Target, server: Source | None) -> list[str]:
    """What starts the server, beside which the program runs."""
    if target.server_command:
        return [f"{target.server_command.replace('{port}', str(PORT))} &"]
    if server is None:
        return []
    name = server.path.name
    if target.server != REPRO_SERVER and re.search(
        r"(?m)^(?:app\s*[:=]|(?:async )?def app\b|class app\b)", server.text or ""
    ):
        return [f"uvicorn {shlex.quote(server.path.stem)}:app --port {PORT} &"]
    return [f"PORT={PORT} python {shlex.quote(name)} &"]


def _running(target: Target, name: str, told: bool) -> str:
    """What runs the program; one that has no constant for it is told where its server is."""
    variables = [shlex.quote(variable) for variable in target.env]
    if target.url or told:
        variables.append(f"SERVER_URL={shlex.quote(target.url or f'http://localhost:{PORT}')}")
    program = ["-m", target.module] if target.module else [name]
    words = [*variables, "python", *map(shlex.quote, (*program, *target.arguments))]
    if target.stdin:
        read = shlex.quote(Path(target.stdin).name)
        words.append(f"< {read}   # {read} is not shown here")
    return " ".join(words)


def _loaded(trial: Trial) -> bool:
    """Whether the whole load was set: on the script, and on a server that is known to take it."""
    own = trial.load.name == AS_WRITTEN.name or not trial.target.server.startswith("repro/")
    return trial.client.requests is not None and not own


def _constants(trial: Trial, script: Source | None) -> dict[str, str]:
    """The constants of the script that were set for the run and differ from what it says."""
    text = (script and script.text) or ""
    values = {
        name: re.sub(r"(?<=//localhost:)\d+", str(PORT), str(value))
        for name, value in trial.replaced.items()
        if name.isupper()
    }
    return {
        name: value
        for name, value in values.items()
        if not re.search(rf"(?m)^{name} = [\"']?{re.escape(value)}[\"']?$", text)
    }


def _called(material: Material) -> str:
    """The call of this project's tool that measures it again."""
    if material.command:
        return f"python -m scripts {shlex.join(portable(material.command))}"
    trial = material.shown.trial
    target = trial.target
    files = {
        name: value if value.startswith("repro/") else Path(value).name
        for name in ("script", "server", "cwd", "stdin")
        if (value := getattr(target, name))
    }
    return calls.target_call(structs.replace(target, **files), trial.load)


def _cleaner(material: Material) -> Callable[[str], str]:
    """Makes what Python printed say what it would without this project's tool around it."""
    target = material.shown.trial.target
    files = [Path(name) for name in (target.script, target.server) if name]

    def clean(text: str) -> str:
        for path in files:
            for place in (path, "<project>" / path):
                text = text.replace(f'"{place}"', f'"{path.name}"')
        return wording.without_tool(text)

    return clean


def _served(trial: Trial) -> dict[str, str]:
    """All that was installed for the server; nothing where none was started."""
    environment = trial.server.environment
    if environment is None or not trial.target.served:
        return {}
    return dict(sorted(environment.packages.items()))


def _last(text: str) -> str:
    """The last lines of what was printed."""
    return "\n".join(text.rstrip("\n").splitlines()[-LAST_LINES:])
