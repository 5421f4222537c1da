"""What an environment is asked to hold, and what the document's held."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scripts.domain import paths
from scripts.domain.files import PROJECT
from scripts.domain.pins import project
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import REPRO_SERVER, Target

BASELINE = PROJECT / "requirements.txt"
"""The document's environment, as pip reads it."""

DOCUMENT_PYTHON = {"python_version": "3.11", "python_full_version": "3.11.3"}
"""What markers are evaluated for."""

SERVER_PACKAGES = ("fastapi", "uvicorn")
"""What every server's environment holds."""


class _ScriptHeader(msgspec.Struct):
    """What is read of a script's header."""

    dependencies: list[str] = []


def script_requirements(script: Path) -> list[str]:
    """The dependencies a script declares in its header (PEP 723), as written there.

    Raises:
        UsageProblem: the header cannot be read.
    """
    text = script.read_text(encoding="utf-8", errors="replace")
    block = re.search(r"(?m)^# /// script$\s(?P<content>(^#(| .*)$\s)+)^# ///$", text)
    if block is None:
        return []
    lines = block["content"].splitlines()
    try:
        header = msgspec.toml.decode("\n".join(line[2:] for line in lines), type=_ScriptHeader)
        for dependency in header.dependencies:
            Requirement(dependency)
    except (msgspec.DecodeError, InvalidRequirement) as error:
        raise UsageProblem(
            f"the script header of {script.name} cannot be read: {error}."
        ) from error
    return header.dependencies


def client_requirements(target: Target) -> list[str]:
    """What the client's environment is asked to hold: the target's pins, what is held equal, and
    the script's own.

    The scripts of this project say in their headers what the document used; only the names are
    taken, because what is not pinned is held by date. A foreign script's own pins stand.
    """
    script = paths.located(target.script)
    requirements = [*target.pins, *target.equalised]
    pinned = {project(pin) for pin in target.pins}
    pinned.add(canonicalize_name(target.source.partition("@")[0]))
    own = _own_requirements(script) if target.script else []
    return [*requirements, *(text for text in own if project(text) not in pinned)]


def server_requirements(target: Target) -> list[str]:
    """What the server's environment is asked to hold: the constant packages and the script's own,
    but for the pins of the target.
    """
    own = [] if target.server == REPRO_SERVER else _own_requirements(paths.located(target.server))
    requirements: dict[str, str] = {}
    for text in (*target.server_pins, *own, *SERVER_PACKAGES):
        requirements.setdefault(project(text), text)
    return list(requirements.values())


def _own_requirements(script: Path) -> list[str]:
    """A script's own requirements: of one of this project the names, else as it has them."""
    texts = script_requirements(script)
    if not script.is_relative_to(PROJECT / "repro"):
        return texts
    requirements = map(Requirement, texts)
    return [
        requirement.name
        + (f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else "")
        for requirement in requirements
    ]


@functools.cache
def baseline() -> dict[str, str]:
    """The document's environment: name -> version, as requirements.txt pins it."""
    pins: dict[str, str] = {}
    for line in BASELINE.read_text().splitlines():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(DOCUMENT_PYTHON):
            (specifier,) = requirement.specifier
            pins[canonicalize_name(requirement.name)] = specifier.version
    return pins
