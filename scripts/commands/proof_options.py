"""What a call to prove means: a change, and what runs without it and with it."""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

from cyclopts import Parameter
from packaging.utils import canonicalize_name

from scripts.commands.conditions import check_conditions
from scripts.commands.options import ScriptOptions, counting, python_version, remark
from scripts.commands.search_options import Confidence
from scripts.domain import targets
from scripts.domain.changes import with_patch, with_prelude
from scripts.domain.circumstances import USUAL, named, placed
from scripts.domain.pins import SERVER_PREFIX, project
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import AS_WRITTEN, Target
from scripts.domain.words import listed
from scripts.environments import index
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.environments.patches import change_file
from scripts.environments.texts import quoted
from scripts.environments.uv import Unavailable
from scripts.proof.claim import Setting
from scripts.trials import host

CHANGING = (".diff", ".patch", ".py")
"""How the name of a file ends that is a change."""

Change = Callable[[Target], Target]
"""Makes of a target the same with the change."""


@Parameter(name="*")
@dataclass(frozen=True)
class ChangeOptions:
    """The change."""

    package: str = ""
    """Which package is changed, such as httpcore."""
    at: str = ""
    """Its release that is changed; the newest by default."""
    change: str = ""
    """A unified diff of the release as it is installed (FILE.diff or FILE.patch), a Python file
    that runs in the client before the script (FILE.py), or other versions, joined by commas
    ('anyio==4.16.0')."""
    against: Path | None = None
    """A unified diff of the release, or a Python file, that the unchanged side has: the change is
    compared with that one instead of with the release as it is."""
    source: Path | None = None
    """With --from and --to, a local git clone of the package. It is only read."""
    from_: Annotated[str, Parameter(name="--from")] = ""
    """Ref of the clone without the change."""
    to: str = ""
    """Ref with it."""


@Parameter(name="*")
@dataclass(frozen=True)
class ClaimOptions:
    """What it is to mend, and how sure that must be."""

    signal: tuple[str, ...] = ("ReadError",)
    """What it is to mend, as for bisect; repeatable. 'slow' is beside what runs without it."""
    load: tuple[str, ...] = ()
    """Circumstance that it is tried under; repeatable: document, compressed, smoke, blocking (a
    caller that blocks the event loop), brief (a keep-alive far shorter than an answer takes),
    threads, http2, cancelled (requests that are), tls, 10ms (each way); several at once as
    blocking+tls. All but smoke by default, as far as there is such a client."""
    again_with: tuple[str, ...] = ()
    """Try it under each circumstance once more with another version beside it, such as
    'anyio==4.15.0', or several of them, joined by commas; repeatable."""
    confidence: Confidence = 0.99
    """Of each verdict, 0.5 to 1."""
    budget: datetime.timedelta = datetime.timedelta(minutes=30)
    """Run no more trials after this time; 30m by default. Upstream's own tests come on top."""
    max_pairs: Annotated[int, counting(1, 10_000)] = 200
    """Pairs of trials under one circumstance at most."""


class AskedChange(NamedTuple):
    """What a call asks about.

    Attributes:
        title: what people call the change.
        clone: folder of the clone it comes from; empty for none.
        changed: packages whose versions it changes, beside the one it is about.
        base: what runs.
        without: makes of that the side without the change.
        change: makes of that the side with it.
    """

    title: str
    clone: str
    changed: tuple[str, ...]
    base: Target
    without: Change
    change: Change


def asked_change(
    changed: ChangeOptions, claimed: ClaimOptions, own: ScriptOptions, python: str
) -> tuple[AskedChange, list[Setting]]:
    """What a call asks for: the change, and the circumstances it is tried under.

    Args:
        changed: the change.
        claimed: under what it is tried.
        own: what runs.
        python: as a target has it.

    Raises:
        UsageProblem: something does not exist, or does not go together.
        MeasurementProblem: there is no such Python here, or the index cannot be reached.
    """
    if not changed.package:
        raise UsageProblem("name the package that is changed: --package httpcore.")
    environments = Environments()
    version = python_version(python, environments)
    asked = _change(changed, own, python, version)
    settings = _settings(claimed.load, _surroundings(claimed.again_with, asked, changed), asked)
    for setting in settings:
        host.require_open_files(setting.load.concurrency or 0)
    if not asked.clone:
        _require_difference(settings[0], environments)
    return asked, settings


def _base(own: ScriptOptions, package: str, version: str, python: str) -> Target:
    """What runs, with a version of the package.

    The client is the user's own, else the one of the axis that the package or the other pins belong
    to, else the document's.

    Raises:
        UsageProblem: a pin or a path is wrong, or the package is pinned as well.
    """
    client, _ = targets.split(own.with_)
    if package in map(project, client):
        raise UsageProblem(f"{package} is what is changed: name its release by --at.")
    pins = (f"{package}=={version}", *own.with_)
    if own.script is None and not own.module and targets.axis_of(targets.split(pins)[0]) is None:
        pins += targets.named()["document"]
    return dataclasses.replace(own, with_=pins).target(python)[0]


def _change(
    changed: ChangeOptions, own: ScriptOptions, python: str, full_version: str
) -> AskedChange:
    """The change that is meant.

    Args:
        changed: as the call has it.
        own: what runs.
        python: as a target has it.
        full_version: of that Python.

    Raises:
        UsageProblem: it is not told, or more than once.
    """
    package = canonicalize_name(changed.package)
    if changed.source is not None:
        return _commits(changed, _base(own, package, "0", python))
    if changed.from_ or changed.to:
        raise UsageProblem("--from and --to go with --source, the clone of the package.")
    if not changed.change:
        raise UsageProblem(
            "name the change: --change FILE.diff, FILE.py or 'anyio==4.16.0', or --source, --from "
            "and --to."
        )
    at = changed.at or index.newest(package, full_version)
    base = _base(own, package, at, python)
    without = _unchanged if changed.against is None else _with_file(changed.against)
    path = Path(changed.change)
    versions = {} if path.suffix in CHANGING else _versions(changed.change)
    if path.suffix in CHANGING:
        title, change = f"{path.name} for {package} {at}", _with_file(path)
    else:
        title = f"{_titled(versions)} beside {package} {at}"
        change = functools.partial(targets.repinned, packages=versions)
    if changed.against is not None:
        title += f", against {changed.against.name}"
    return AskedChange(title, "", _packages(versions), base, without, change)


def _unchanged(target: Target) -> Target:
    return target


def _with_file(path: Path) -> Change:
    """The change that a file makes.

    Raises:
        UsageProblem: there is no such file, or it is neither a diff nor Python.
    """
    if path.suffix not in CHANGING:
        raise UsageProblem(f"{quoted(str(path))} is neither a diff nor Python, by its name.")
    file = change_file(path)
    changing = with_prelude if path.suffix == ".py" else with_patch
    return lambda target: changing(target, file)


def _commits(changed: ChangeOptions, base: Target) -> AskedChange:
    """A change that is another ref of a clone.

    Raises:
        UsageProblem: a ref is missing, or both are one commit.
    """
    if changed.change or changed.at or changed.against:
        raise UsageProblem(
            "--source goes with --from and --to, not with --change, --against or --at."
        )
    if not changed.from_ or not changed.to or changed.source is None:
        raise UsageProblem("--source needs both refs: --from main --to some-branch.")
    clone = Clone(changed.source)
    first, last = clone.sha(changed.from_), clone.sha(changed.to)
    if first == last:
        raise UsageProblem(f"{changed.from_} and {changed.to} are the same commit.")
    if clone.dirty:
        remark(f"What is in no commit of {changed.source} is not tried.")
    package = canonicalize_name(changed.package)
    title = f"{package} from {changed.from_} to {changed.to}"
    return AskedChange(
        title,
        str(clone.folder.resolve()),
        (),
        targets.at_commit(base, package, first),
        _unchanged,
        lambda target: targets.at_commit(target, package, last),
    )


def _surroundings(
    again: Sequence[str], asked: AskedChange, changed: ChangeOptions
) -> list[tuple[str, Target]]:
    """What runs without the change, as it is and with other versions beside it, each with what is
    to be added to the words of a circumstance.

    Raises:
        UsageProblem: a version is none, is of the package that is changed, or is there already.
    """
    around = [("", asked.base)]
    for text in again:
        versions = _versions(text)
        both = {canonicalize_name(changed.package), *asked.changed} & set(_packages(versions))
        if both:
            raise UsageProblem(f"{listed(sorted(both))} is what is changed, not what is beside it.")
        base = targets.repinned(asked.base, versions)
        if any(_pins(base) == _pins(other) for _, other in around):
            raise UsageProblem(f"--again-with {quoted(text)!r} is the same once more.")
        around.append((f", {_titled(versions)}", base))
    return around


def _pins(target: Target) -> tuple[set[str], set[str]]:
    """What a target pins at the client and at the server, in whichever order."""
    return set(target.pins), set(target.server_pins)


def _versions(text: str) -> dict[str, str]:
    """Versions that are joined by commas, by name; of the server's packages with their prefix.

    Raises:
        UsageProblem: one is no version.
    """
    client, server = targets.split(part.strip() for part in text.split(",") if part.strip())
    pins = [*client, *(f"{SERVER_PREFIX}{pin}" for pin in server)]
    return {name: version for name, _, version in (pin.partition("==") for pin in pins)}


def _packages(versions: Mapping[str, str]) -> tuple[str, ...]:
    """The packages of versions, as indexes compare names; the server's with their prefix."""
    return tuple(name if name.startswith(SERVER_PREFIX) else project(name) for name in versions)


def _titled(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _settings(
    loads: Sequence[str], around: Sequence[tuple[str, Target]], asked: AskedChange
) -> list[Setting]:
    """The circumstances that are meant, each with what runs in it.

    Raises:
        UsageProblem: there is no such circumstance, or no such client.
    """
    usual = USUAL if asked.base.axis else (AS_WRITTEN.name,)
    meant = [named(text) for text in loads or usual]
    names = [name for name, _ in meant]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise UsageProblem(f"--load {twice[0]} is named more than once.")
    settings = []
    for name, circumstance in meant:
        for beside, base in around:
            run = placed(circumstance, base)
            if run is None:
                if loads:
                    raise UsageProblem(f"{asked.base.name} has no client for {name!r}.")
                continue
            target, load = run
            check_conditions(target, load)
            before, after = asked.without(target), asked.change(target)
            words = circumstance.words + beside
            settings.append(Setting(name, words, before, after, load, circumstance.once))
    return settings


def _require_difference(setting: Setting, environments: Environments) -> None:
    """Make sure that the change can be made, and makes a difference, before anything runs.

    Raises:
        UsageProblem: it cannot, or makes none.
    """
    try:
        before, after = (environments.client(side) for side in (setting.before, setting.after))
    except Unavailable as error:
        raise UsageProblem(f"{error}.") from error
    if before.folder == after.folder and setting.before.prelude == setting.after.prelude:
        raise UsageProblem("the change changes nothing: both sides have the same environment.")
