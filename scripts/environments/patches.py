"""Unified diffs of what an environment holds: applied as they stand, or refused; never fuzzily.

A diff is somebody else's text: it changes files of installed packages inside the environment and
nothing else.
"""

from __future__ import annotations

from importlib import metadata
from itertools import zip_longest
from pathlib import Path, PurePosixPath

from unidiff.constants import DEV_NULL, LINE_TYPE_NO_NEWLINE
from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk, PatchedFile, PatchSet

from scripts.domain import paths
from scripts.domain.changes import changed_by, text_hash
from scripts.domain.files import replace
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import ChangeFile
from scripts.environments.texts import quoted, text_of
from scripts.environments.uv import Unavailable

KIND = "a diff, or a Python file"
"""What a change is."""


def change_file(path: Path) -> ChangeFile:
    """A file that changes what a target runs, as a target keeps it.

    Raises:
        UsageProblem: it cannot be read.
    """
    return changed_by(path, text_of(path, KIND))


def text_as_kept(change: ChangeFile) -> str:
    """The text of such a file, which is still what it was.

    Raises:
        UsageProblem: it is gone, or is another by now.
    """
    path = paths.located(change.path)
    text = text_of(path, KIND)
    if text_hash(text) != change.sha256:
        raise UsageProblem(f"{paths.shown(path)} is not what it was: ask anew, or put it back.")
    return text


def apply(folder: Path, change: ChangeFile) -> None:
    """Apply a diff to what an environment holds.

    Raises:
        Unavailable: it does not apply as it stands; then nothing is changed.
    """
    try:
        patch(folder, text_as_kept(change))
    except UsageProblem as problem:
        raise Unavailable(str(problem).rstrip(".")) from problem


def patch(folder: Path, text: str) -> dict[str, str]:
    """Apply the text of a diff to what an environment holds.

    Args:
        folder: the environment's.
        text: the diff; of each file it names the path that it is imported from, such as
            "a/httpcore/_async/http11.py".

    Returns:
        The packages whose files it changed, with their versions.

    Raises:
        UsageProblem: it does not apply as it stands; then nothing is changed.
    """
    (site,) = folder.glob("lib/python*/site-packages")
    owners = _owners(site)
    changed: dict[Path, str] = {}
    packages: dict[str, str] = {}
    for file in _files(text):
        name = _name(file)
        there = file.source_file != DEV_NULL
        owner = owners.get(name if there else str(PurePosixPath(name).parent))
        if owner is None:
            raise UsageProblem(
                f"the diff changes {quoted(name)}, which no package of the client's environment "
                "has: name the files as they are installed, such as a/httpcore/_async/http11.py."
            )
        packages |= [owner]
        changed[site / name] = _applied(file, _text(site / name, there))
    for path, changed_text in changed.items():
        # uv links a file to its cache: it is replaced, never written into.
        replace(path, changed_text.encode())
    return packages


def _text(path: Path, there: bool) -> str:
    """The text of an installed file, line ends as they are; empty for one that is to be added.

    Raises:
        UsageProblem: it is there though it is to be added, or it is no text.
    """
    if not there:
        if path.exists():
            raise UsageProblem(f"the diff adds {quoted(path.name)}, which is there already.")
        return ""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{quoted(path.name)}, which the diff changes, is not UTF-8.") from error


def _owners(site: Path) -> dict[str, tuple[str, str]]:
    """Which package, with its version, has a file or a folder: name within site-packages."""
    owners: dict[str, tuple[str, str]] = {}
    for distribution in metadata.distributions(path=[str(site)]):
        package = (distribution.metadata["Name"], distribution.version)
        for file in distribution.files or ():
            if file.suffix == ".py" and ".." not in file.parts:
                owners[str(file)] = owners[str(file.parent)] = package
    return owners


def _files(text: str) -> list[PatchedFile]:
    """What a diff changes, file by file.

    Raises:
        UsageProblem: it is no diff, or one of what cannot be changed here.
    """
    try:
        files = list(PatchSet(text))
    except UnidiffParseError as error:
        raise UsageProblem(f"the diff cannot be read: {quoted(str(error))}.") from error
    if not any(file.added or file.removed for file in files):
        raise UsageProblem("the diff changes nothing: write it with `git diff` or `diff -u`.")
    # What it cannot read, the library passes over in silence.
    headings = sum(line.startswith("@@") for line in text.split("\n"))
    if headings != sum(len(file) for file in files):
        raise UsageProblem("the diff cannot be read: one of its lines with @@ is no heading.")
    for file in files:
        path = PurePosixPath(file.path)
        if path.suffix != ".py" or ".." in path.parts:
            raise UsageProblem(f"the diff changes {quoted(file.path)}, which is no Python file.")
        if file.is_rename or file.target_file == DEV_NULL or file.is_binary_file:
            raise UsageProblem(
                f"the diff renames or removes {quoted(file.path)}, or it is no text: it may only "
                "change Python files and add some."
            )
    names = [_name(file) for file in files]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise UsageProblem(f"the diff changes {quoted(twice[0])} more than once: join its parts.")
    return files


def _name(file: PatchedFile) -> str:
    """Where a file of a diff is installed, within site-packages."""
    return str(PurePosixPath(file.path))


def _applied(file: PatchedFile, text: str) -> str:
    """A file's text with its part of a diff.

    Raises:
        UsageProblem: a line of it stands elsewhere, or nowhere.
    """
    old = _lines(text)
    new: list[str] = []
    done = 0
    for hunk in file:
        # A hunk without lines of the old file names the line that it comes after.
        start = hunk.source_start - (1 if hunk.source_length else 0)
        source, target = _sides(hunk)
        there = start <= len(old) and old[start : start + len(source)] == source
        if start < done or not there:
            raise UsageProblem(_misfit(file, hunk, old))
        new += [*old[done:start], *target]
        done = start + len(source)
    return "".join([*new, *old[done:]])


def _lines(text: str) -> list[str]:
    """The lines of a text, each with its end: that is a line feed, and nothing else."""
    *most, last = text.split("\n")
    return [f"{line}\n" for line in most] + ([last] if last else [])


def _sides(hunk: Hunk) -> tuple[list[str], list[str]]:
    """The lines of a hunk as they were, and as they are to be."""
    source: list[str] = []
    target: list[str] = []
    for line, following in zip_longest(hunk, list(hunk)[1:]):
        if line.line_type == LINE_TYPE_NO_NEWLINE:
            continue
        last = following is not None and following.line_type == LINE_TYPE_NO_NEWLINE
        value = line.value.removesuffix("\n") if last else line.value
        source += [] if line.is_added else [value]
        target += [] if line.is_removed else [value]
    return source, target


def _misfit(file: PatchedFile, hunk: Hunk, old: list[str]) -> str:
    """What to say of a hunk that is not where it says."""
    source, _ = _sides(hunk)
    at = next(
        (at for at in range(len(old)) if source and old[at : at + len(source)] == source), None
    )
    where = "which are not in it" if at is None else f"which stand from line {at + 1} on"
    return (
        f"the diff does not apply to {quoted(_name(file))}: it expects {len(source)} lines from "
        f"line {hunk.source_start} on, {where}: make it against the release that is tried."
    )
