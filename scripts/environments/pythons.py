"""Interpreters: which are here, which one an environment gets, and which ones serve."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from scripts.domain.paths import expanded
from scripts.environments.uv import DROPPED, Unavailable, uv

DOCUMENT_SERIES = ("3.11", "3.12", "3.13")
"""Pythons that the document's packages have wheels for, its own first: that was 3.11.3. Older
releases of the matrix have them for the first two only, such as aiohttp 3.9.5.
"""

FETCHED = DOCUMENT_SERIES[0]
"""The one that uv is asked to fetch where none of them is here."""

OLDEST_SERIES = "3.8"
"""The oldest that the probes run on."""

DESCRIBING = (
    "import platform as p; print('%s %s' % (p.python_implementation(), p.python_version()))"
)
"""What an interpreter is asked about itself, in words that Python 2 understands too."""


@dataclass(frozen=True)
class Interpreter:
    """A Python: its path, and its full version."""

    path: str
    version: str

    @property
    def series(self) -> str:
        """Such as "3.13"."""
        return series_of(self.version)


def series_of(version: str) -> str:
    """The series of a full version: "3.13" of "3.13.1"."""
    return ".".join(version.split(".")[:2])


def after_document(version: str) -> bool:
    """Whether a Python is newer than those that the document's packages have wheels for."""
    return Version(series_of(version)) > Version(DOCUMENT_SERIES[-1])


def own() -> Interpreter:
    """The Python that the tooling itself runs on."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Interpreter(str(Path(sys.executable).resolve()), version)


def named(python: str) -> Interpreter:
    """The Python of a version, or at a path.

    Raises:
        Unavailable: there is none such here, or it serves no trial; says why in one sentence.
    """
    place = expanded(Path(python))
    if place.is_dir():
        raise Unavailable(f"{python} is a folder: name the interpreter in it, such as bin/python3")
    if place.is_file():
        return described(str(place.resolve()))
    try:
        path = uv("python", "find", "--no-project", python).strip()
    except Unavailable as error:
        raise Unavailable(
            f"there is no Python {python} here: `uv python list` shows those there "
            f"are, `uv python install {python}` may fetch it"
        ) from error
    return described(str(Path(path).resolve()))


def described(path: str) -> Interpreter:
    """An interpreter by what it says of itself.

    Raises:
        Unavailable: it says nothing, is no CPython, or is too old.
    """
    variables = {name: value for name, value in os.environ.items() if name not in DROPPED}
    try:
        answer = subprocess.run(
            [path, "-c", DESCRIBING], capture_output=True, text=True, timeout=20, env=variables,
            check=True,
        )  # fmt: skip
        implementation, version = answer.stdout.split()
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise Unavailable(f"{path} does not answer as a Python does") from error
    return serving(Interpreter(path, version), implementation)


def serving(interpreter: Interpreter, implementation: str) -> Interpreter:
    """An interpreter that trials can run on.

    Raises:
        Unavailable: it is no CPython, or older than the probes run on.
    """
    if implementation != "CPython":
        raise Unavailable(
            f"{interpreter.path} is {implementation}: trials are made for CPython, name one"
        )
    if Version(interpreter.series) < Version(OLDEST_SERIES):
        raise Unavailable(
            f"Python {interpreter.version} is too old for the probes: name one from "
            f"{OLDEST_SERIES} on"
        )
    return interpreter


def installed() -> list[str]:
    """Full versions of the CPythons that are here and can run trials, oldest first; one of each
    series, the newest.
    """
    listed = json.loads(uv("python", "list", "--only-installed", "--output-format=json"))
    newest: dict[str, Version] = {}
    for python in listed:
        version = Version(str(python["version"]))
        if python["implementation"] == "cpython" and python.get("variant", "default") == "default":
            series = series_of(str(version))
            newest[series] = max(version, newest.get(series, version))
    versions = [version for version in newest.values() if version >= Version(OLDEST_SERIES)]
    return [str(version) for version in sorted(versions)]


class Interpreters:
    """The Pythons that are asked for, each found once; safe to use from several threads.

    Attributes:
        lacking: why no Python of the document's is used, and what is measured instead, in
            sentences; empty where one is used.
    """

    def __init__(self) -> None:
        self.lacking = ""
        self._lock = threading.Lock()
        self._interpreters: dict[str, Interpreter] = {}

    def get(self, python: str) -> Interpreter:
        """The Python of a version or at a path; empty for one of the document's, else, where none
        of those is to be had, for the tooling's own.

        Raises:
            Unavailable: there is none such here, or it serves no trial.
        """
        with self._lock:
            if python not in self._interpreters:
                self._interpreters[python] = named(python) if python else self._default()
            return self._interpreters[python]

    def _default(self) -> Interpreter:
        try:
            return of_document()
        except Unavailable as error:
            self.lacking = (
                f"{error}. Until then clients and servers run on Python {own().version}, with the "
                "newest release of what is not pinned; what has no wheel for it is not measured."
            )
            return own()


def of_document() -> Interpreter:
    """A Python that the document's packages have wheels for: the tooling's own where it is one,
    else the first of them that is here, else the one that uv fetches.

    Raises:
        Unavailable: none is here and none is to be had; says what to install.
    """
    if own().series in DOCUMENT_SERIES:
        return own()
    for series in DOCUMENT_SERIES:
        with contextlib.suppress(Unavailable):
            return described(uv("python", "find", "--no-project", f"cpython@{series}").strip())
    with contextlib.suppress(Unavailable):
        uv("python", "install", FETCHED)
        return described(uv("python", "find", "--no-project", f"cpython@{FETCHED}").strip())
    raise Unavailable(
        f"the document's packages have wheels for Python {DOCUMENT_SERIES[0]} to "
        f"{DOCUMENT_SERIES[-1]} only, none of which is here or could be fetched: install one "
        f"(`uv python install {FETCHED}`, or your system's packages)"
    )
