# /// script
# dependencies = ["nox"]
# ///
"""Every task of the project: `nox -l` lists them, `nox -s NAME` runs one.

The sessions use the environment that nox itself runs in, which `pip install -r
requirements.txt` made complete; the environments under test are built by the tooling.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nox
import nox.command

sys.path.insert(0, str(Path(__file__).resolve().parent))

from scripts.domain.libraries import PYTHON, axes

nox.needs_version = ">=2026.7.11"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["repro"]

DOCUMENT_DAY_ENDS = "2024-10-21T00:00:00Z"

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
"""Processors that this process may use; of a system that does not tell, all there are."""


def tool(session: nox.Session, verb: str, *arguments: str) -> None:
    """Run a verb of the tooling; it gets time to end its trials when interrupted.

    Raises:
        SystemExit: it failed, with its own status; where several sessions are asked for, or a
            file with their results, the session fails as any does, and nox goes on.
    """
    try:
        session.run(
            sys.executable,
            *("-m", "scripts", verb, *arguments, *session.posargs),
            env={"STARTED_BY": str(os.getpid())},
            stderr=sys.stderr,  # nox would have it on standard output, beside what --json prints
            interrupt_timeout=15,
            terminate_timeout=15,
        )
    except nox.command.CommandFailed as failed:
        status, runner = failed.return_code, session._runner
        # nox ends with 1 whatever failed; only what is no Exception goes past it, and ends it at
        # once: nothing of its own may be left to do.
        if status is None or len(runner.manifest) > 1 or runner.global_config.report is not None:
            raise
        # Of a verb that a signal killed, what a shell makes of it.
        raise SystemExit(status if status >= 0 else 128 - status) from failed


@nox.session
def repro(session: nox.Session) -> None:
    """The document's reproduction across versions; -- --help shows the choices."""
    tool(session, "repro")


def axis_session(name: str, purpose: str) -> None:
    """Make the session that runs one axis of the matrix."""

    def run(session: nox.Session) -> None:
        tool(session, "repro", "--axis", name)

    run.__doc__ = purpose
    nox.session(name=f"repro({name})")(run)


for _axis in axes().values():
    axis_session(_axis.package, _axis.purpose)
axis_session(PYTHON, "The document's pins and their newest releases on every Python that is here.")


@nox.session
def survey(session: nox.Session) -> None:
    """What helps, and who is affected: -- remedies, -- variants, -- callers, -- network,
    -- servers, -- balanced, -- sdk."""
    tool(session, "survey")


@nox.session
def trial(session: nox.Session) -> None:
    """One trial, of your own script if you like; -- --help shows the choices."""
    tool(session, "trial")


@nox.session
def tests(session: nox.Session) -> None:
    """Linting, types, then the tests: real servers, real releases; -- -m long runs the longest."""
    # Tests start the tooling hundreds of times: it is compiled once, whatever is set for others.
    env = {"PYTHONDONTWRITEBYTECODE": None}
    pytest = (sys.executable, "-m", "pytest")
    if session.posargs:
        session.run(*pytest, *session.posargs, env=env)
        return
    lint(session)
    # One more than there are cores: tests spend part of their time on waiting.
    workers = str(CORES + 1)
    beside = ("--numprocesses", workers, "--dist", "worksteal", "--inline-snapshot", "disable")
    session.run(*pytest, "-m", "not clock and not long", *beside, env=env)
    session.run(*pytest, "-m", "clock and not long", env=env)


@nox.session
def explain(session: nox.Session) -> None:
    """Why a request failed, from both ends of its connection: -- TRIAL [--request N]."""
    tool(session, "explain")


@nox.session
def bisect(session: nox.Session) -> None:
    """Since which release, or since which day? -- --package httpcore --bad 1.0.9 --signal slow."""
    tool(session, "bisect")


@nox.session
def history(session: nox.Session) -> None:
    """Every change along the releases of a package: -- --package httpx2 --signal ReadError."""
    tool(session, "history")


@nox.session
def difference(session: nox.Session) -> None:
    """Which of the packages that differ between two environments make one fail."""
    tool(session, "difference")


@nox.session
def prove(session: nox.Session) -> None:
    """Does a change mend it, at what cost? -- --package httpcore --at 1.0.9 --change mine.diff."""
    tool(session, "prove")


@nox.session(name="map")
def settings_map(session: nox.Session) -> None:
    """Under which settings does it fail? -- --x keep-alive=0.02..10 --y concurrency=10..400."""
    tool(session, "map")


@nox.session
def reduce(session: nox.Session) -> None:
    """The smallest script that still fails: -- --bad 'httpcore==1.0.6' [--good ...]."""
    tool(session, "reduce")


@nox.session
def issue(session: nox.Session) -> None:
    """What to tell a project, ready to paste; posts nothing: -- --for httpx [--as comment]."""
    tool(session, "issue")


@nox.session
def report(session: nox.Session) -> None:
    """REPORT.md from the published trials; -- --check fails where it is stale."""
    tool(session, "report")


@nox.session
def doctor(session: nox.Session) -> None:
    """What this machine can and cannot measure, and the command that mends it."""
    tool(session, "doctor")


@nox.session
def scheduler(session: nox.Session) -> None:
    """For trials on several hosts: -- [ADDRESS] [--certificates FOLDER]."""
    tool(session, "scheduler")


@nox.session
def worker(session: nox.Session) -> None:
    """One on each host, which runs trials for the scheduler at: -- ADDRESS."""
    tool(session, "worker")


@nox.session
def bench(session: nox.Session) -> None:
    """What the tooling itself costs, beside the bare way."""
    tool(session, "bench")


@nox.session
def faults(session: nox.Session) -> None:
    """Every fault against every kind of client, ten times each: is each cause right? Takes long."""
    session.run(sys.executable, "-m", "tests.faults", *session.posargs)


@nox.session
def foreign(session: nox.Session) -> None:
    """Bugs of foreign packages: does the tool tell the truth? -- --case NAME. Takes long."""
    session.run(sys.executable, "-m", "tests.foreign", *session.posargs)


@nox.session
def torture(session: nox.Session) -> None:
    """Kills, full disks, wrong calls, secrets: does anything break? Takes a quarter of an hour."""
    session.run(sys.executable, "-m", "tests.torture", *session.posargs)


@nox.session(venv_backend="venv", reuse_venv=True)
def mutants(session: nox.Session) -> None:
    """Do the pure tests notice a change of the code? -- 'scripts.search.segments*'. Takes long."""
    groups = nox.project.load_toml("pyproject.toml")
    session.install("--quiet", "--requirement", "requirements.txt")
    session.install("--quiet", *nox.project.dependency_groups(groups, "mutants"))
    session.run("python", "-m", "tests.mutants", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, types, which room imports which, and plain pages, changing nothing."""
    session.run(sys.executable, "-m", "ruff", "check")
    session.run(sys.executable, "-m", "ruff", "format", "--check")
    session.run(sys.executable, "-m", "mypy")
    session.run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo")
    session.run(sys.executable, "-m", "scripts.prose")


@nox.session
def schemas(session: nox.Session) -> None:
    """The schema of what each verb prints with --json, anew, into schemas/."""
    session.run(sys.executable, "-m", "scripts.schemas")


@nox.session
def requirements(session: nox.Session) -> None:
    """Resolve both files of requirements anew: the document's packages as of its day, the tooling,
    then what trials on several hosts take."""
    with tempfile.TemporaryDirectory() as scratch:
        document = str(Path(scratch, "document.txt"))
        common = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version=3.11"]
        common += ["--no-header", "--no-annotate", "--only-binary=:all:"]
        then = ("--group=document", f"--exclude-newer={DOCUMENT_DAY_ENDS}")
        session.run(*common, *then, "-o", document)
        both = ("--group=document", "--group=tooling", "-c", document)
        session.run(*common, *both, "-o", "requirements.txt")
        beside = ("--group=workers", "-c", "requirements.txt")
        session.run(*common, *beside, "-o", "requirements-workers.txt")
