"""What an environment is asked to hold, and what the document's held."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scripts.domain.files import PROJECT
from scripts.domain.pins import project
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Target

BASELINE = PROJECT / "requirements.txt"

SERVER_PACKAGES = ("fastapi", "uvicorn")


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
        header = tomllib.loads("\n".join(line[2:] for line in lines))
        found = [str(each) for each in header.get("dependencies", [])]
        for each in found:
            Requirement(each)
    except (tomllib.TOMLDecodeError, InvalidRequirement) as error:
        raise UsageProblem(
            f"the script header of {script.name} cannot be read: {error}."
        ) from error
    return found


def client_requirements(target: Target) -> list[str]:
    """What the client's environment is asked to hold: the target's pins, and the script's own.

    The scripts of this project say in their headers what the document used; only the names are
    taken, because what is not pinned is held by date. A foreign script's own pins stand.
    """
    script = PROJECT / target.script
    ours = script.is_relative_to(PROJECT / "repro")
    pinned = {project(each) for each in target.pins}
    pinned.add(canonicalize_name(target.source.partition("@")[0]))
    wanted = list(target.pins)
    for text in script_requirements(script):
        requirement = Requirement(text)
        if canonicalize_name(requirement.name) in pinned:
            continue
        extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
        wanted.append(requirement.name + extras if ours else text)
    return wanted


def server_requirements(target: Target) -> list[str]:
    """What the server's environment is asked to hold: the constant packages, but for the pins of
    the target and of a foreign server script.
    """
    script = PROJECT / target.server
    own = [] if script.is_relative_to(PROJECT / "repro") else script_requirements(script)
    wanted: dict[str, str] = {}
    for text in (*target.server_pins, *own, *SERVER_PACKAGES):
        wanted.setdefault(project(text), text)
    return list(wanted.values())


def baseline() -> dict[str, str]:
    """The document's environment: name -> version, as requirements.txt pins it."""
    pins: dict[str, str] = {}
    for line in BASELINE.read_text().splitlines():
        found = re.match(r"^([A-Za-z0-9._-]+)==([^ ;]+)", line)
        if found:
            pins.setdefault(canonicalize_name(found[1]), found[2])
    return pins


def versions(lock: Iterable[str]) -> dict[str, str]:
    """The packages of a lock with their versions."""
    parts = (line.partition("==") for line in lock)
    return {str(canonicalize_name(name)): version for name, _, version in parts if version}


def moves(packages: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Packages of the document's environment at another version: name -> (document's, this one)."""
    document = baseline()
    return {
        name: (document[name], version)
        for name, version in packages.items()
        if name in document and document[name] != version
    }


def lines(lock: str) -> list[str]:
    """The packages of a lock, one a line, in order."""
    return sorted(line for line in lock.splitlines() if line and not line.startswith("#"))
