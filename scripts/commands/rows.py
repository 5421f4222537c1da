"""Which rows the matrix has: targets with their loads, and what has no place on this Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scripts.analysis import summary
from scripts.commands.options import TargetOptions
from scripts.domain import libraries, targets
from scripts.domain.libraries import CONTROL
from scripts.domain.pins import project
from scripts.domain.trial import LOADS, Load, Target
from scripts.environments import index, pythons

Entry = tuple[Target, Load]


class Newest:
    """The newest releases that an interpreter can run, each looked up once.

    Args:
        python: full version of the interpreter.

    Attributes:
        releases: those that were looked up, by package.
    """

    def __init__(self, python: str) -> None:
        self.python = python
        self.releases: dict[str, str] = {}

    def __call__(self, package: str) -> str:
        """The newest release of a package.

        Raises:
            Problem: it cannot be looked up.
        """
        if package not in self.releases:
            self.releases[package] = index.newest(package, self.python)
        return self.releases[package]

    def pins(self) -> set[str]:
        """The newest releases that were looked up, as pins."""
        return {f"{package}=={release}" for package, release in self.releases.items()}


@dataclass(frozen=True)
class Rows:
    """What the matrix holds.

    Attributes:
        entries: targets with their loads.
        left_out: what is not among them, in sentences.
    """

    entries: list[Entry]
    left_out: list[str]


def chosen(choice: TargetOptions, load: Load | None, newest: Newest) -> Rows:
    """The rows that a call of `repro` means.

    Args:
        choice: of targets.
        load: of all targets; None for each target's own in the default matrix.
        newest: finds the newest release of a package.

    Raises:
        Problem: a target cannot be understood, or releases cannot be looked up.
    """
    common = load or LOADS["compressed"]
    if choice.target:
        written = targets.distinct([targets.parse(text) for text in choice.target])
        return Rows(summary.entries(written, common), [])
    by_name = libraries.axes()
    axes = [by_name[name] for name in choice.axis] or list(by_name.values())
    if choice.full:
        every = [
            target
            for axis in axes
            for target in summary.every(
                axis, index.releases_since(axis.package, axis.since, newest.python)
            )
        ]
        return Rows(summary.entries(every, common), [])
    telling = [
        target
        for axis in axes
        for target in targets.telling(axis, newest, with_skipped=bool(choice.axis))
    ]
    if choice.axis or load:
        return on_python(summary.entries(telling, common), newest)
    return on_python(summary.default_entries(telling), newest)


def on_python(entries: Iterable[Entry], newest: Newest) -> Rows:
    """Of telling rows, those that have a place on a Python.

    On a Python after the document's that is the newest releases: older ones have no wheels for it,
    or cannot be imported. On one of the document's, it is all that needs no compiler.

    Args:
        entries: the rows.
        newest: knows the Python, and what the index has for it.

    Raises:
        Problem: the index cannot be asked.
    """
    python = newest.python
    if pythons.after_document(python):
        return Rows(
            [entry for entry in entries if set(entry[0].pins) <= newest.pins()],
            [
                f"On Python {python} the matrix holds the newest releases alone: the document's "
                f"have wheels for {pythons.DOCUMENT_SERIES[0]} to {pythons.DOCUMENT_SERIES[-1]}."
            ],
        )
    kept: list[Entry] = []
    left_out: dict[str, None] = {}
    for target, load in entries:
        lacking = [pin for pin in target.pins if not index.has_wheel(pin, python)]
        left_out |= dict.fromkeys(lacking)
        kept += [] if lacking else [(target, load)]
    sentences = [
        f"{pin.replace('==', ' ')} has no wheel for Python {python} and is left out; "
        f"--targets '{pin}' has it compiled."
        for pin in left_out
    ]
    return Rows(kept, sentences)


def on_each_python(load: Load) -> list[Entry]:
    """One set of targets on every Python that is here, each beside a control on the same one.

    The newest releases of the document's pins run on all. The document's own, and its control, run
    on the Pythons that they have wheels for; after those the control is its newest release.

    Raises:
        Problem: the newest releases cannot be looked up.
    """
    entries = []
    for version in pythons.installed():
        newest = Newest(version)
        document, control = targets.document(), targets.control()
        latest = {project(pin): newest(project(pin)) for pin in document.pins}
        chosen = [document, targets.repinned(document, latest), control]
        if pythons.after_document(version):
            chosen = [chosen[1], targets.repinned(control, {CONTROL: newest(CONTROL)})]
        entries += [(targets.on_python(target, version), load) for target in chosen]
    return entries
