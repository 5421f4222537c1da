"""Files that change what a target runs, as a target keeps them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import structs

from scripts.domain import paths
from scripts.domain.trial import ChangeFile, Target


def changed_by(path: Path, text: str) -> ChangeFile:
    """A file by its path and its text."""
    return ChangeFile(paths.from_project(path.resolve()), text_hash(text))


def text_hash(text: str) -> str:
    """What tells one text from another."""
    return hashlib.sha256(text.encode()).hexdigest()


def with_prelude(target: Target, prelude: ChangeFile) -> Target:
    """A target whose client runs a file before its script, which its name says."""
    return structs.replace(target, name=_named(target, prelude), prelude=prelude)


def with_patch(target: Target, patch: ChangeFile) -> Target:
    """A target whose client's environment is changed by a diff, which its name says."""
    return structs.replace(target, name=_named(target, patch), patch=patch)


def _named(target: Target, change: ChangeFile) -> str:
    return f"{target.name}, with {Path(change.path).name}"
