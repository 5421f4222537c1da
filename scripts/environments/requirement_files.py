"""Requirements files, and what `pip freeze` writes, read as pip reads them.

Nothing of a file is followed but the files it includes: it must not send anybody to another index.
"""

from __future__ import annotations

import contextlib
import getopt
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import parse_sdist_filename, parse_wheel_filename

from scripts.domain.problems import UsageProblem
from scripts.environments.inventory import Inventory, applies
from scripts.environments.texts import path_words, quoted, text_of

LONGEST_LINE = 4096
"""Characters of a line without its hashes, more than which is no requirement."""

MOST_FILES = 50
"""Files that are read for one; more are a mistake."""

SHORT_OPTIONS = "r:c:e:i:f:"

LONG_OPTIONS = (
    *("requirement=", "constraint=", "editable=", "hash="),
    *("index-url=", "pypi-url=", "extra-index-url=", "find-links=", "no-index", "trusted-host="),
    *("pre", "no-binary=", "only-binary=", "prefer-binary", "require-hashes", "use-feature="),
    *("config-settings=", "config-setting=", "global-option=", "install-option="),
)
"""What pip takes in such a file."""

LONG_NAMES = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "--pypi-url": "--index-url",
    "-f": "--find-links",
}

ARCHIVES = (".whl", ".zip", ".tar.gz", ".tar.bz2", ".tar.xz", ".tgz")

COMMENT = re.compile(r"(?:^|\s)#")

HASH = re.compile(r"\s--hash=\S*")

FIRST_OPTION = re.compile(r"(?:^|\s)-")


def read(path: Path, text: str, environment: Mapping[str, str]) -> Inventory:
    """What a requirements file lists, with the files it includes.

    Args:
        path: of the file.
        text: its text.
        environment: what markers are evaluated for.

    Raises:
        UsageProblem: a line is no requirement, or a file that it includes cannot be read.
    """
    reading = _Reading(environment)
    reading.file(path, text)
    return reading.inventory


class _Reading:
    """A walk through a file and those it includes."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.inventory = Inventory()
        self._environment = environment
        self._files = 0

    def file(
        self, path: Path, text: str, within: tuple[Path, ...] = (), constraining: bool = False
    ) -> None:
        """Gather what a file lists.

        Args:
            path: of the file.
            text: its text.
            within: the files it is included by, from the first on.
            constraining: whether it only constrains what others ask for.
        """
        self._files += 1
        if self._files > MOST_FILES:
            raise UsageProblem(f"{path_words(within[0])} includes more than {MOST_FILES} files.")
        for number, line in logical_lines(text):
            try:
                requirement, options = parted(line)
                if requirement:
                    self._requirement(requirement, constraining)
                for name, value in options:
                    self._option(name, value, (*within, path), constraining)
            except (ValueError, LookupError, RecursionError, getopt.GetoptError) as error:
                raise UsageProblem(
                    f"{path_words(path)} is neither a pip freeze nor a lock file of uv: line "
                    f"{number} ({_without_value(line)!r}) is no requirement."
                ) from error

    def _requirement(self, text: str, constraining: bool) -> None:
        requirement = parsed(text)
        if not applies(requirement, self._environment):
            return
        if requirement.url is None:
            kind = self.inventory.constraints if constraining else self.inventory.requirements
            kind.append(requirement)
        else:
            self._left_out(requirement.name or named(requirement.url), constraining)

    def _left_out(self, name: str, constraining: bool) -> None:
        if constraining:
            self.inventory.ignored.append("--constraint")
        else:
            self.inventory.left_out.append(name)

    def _option(self, name: str, value: str, within: tuple[Path, ...], constraining: bool) -> None:
        if name == "--editable":
            self._left_out(named(value), constraining)
        elif name in ("--requirement", "--constraint"):
            self._include(value, within, constraining or name == "--constraint")
        elif name != "--hash":
            self.inventory.ignored.append(name)

    def _include(self, name: str, within: tuple[Path, ...], constraining: bool) -> None:
        including = within[-1]
        if "://" in name:
            raise UsageProblem(
                f"{path_words(including)} includes {quoted(name)}, which is not fetched: "
                "download it and include the file."
            )
        path = including.parent / name
        text = text_of(path)
        if path.resolve() in [other.resolve() for other in within]:
            raise UsageProblem(f"{path_words(path)} includes itself.")
        self.file(path, text, within, constraining)


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a file with the numbers they begin at: those that go on joined, without their
    comments; empty ones are left out.
    """
    parts: list[str] = []
    for number, line in enumerate((*text.splitlines(), ""), 1):
        comment = line.lstrip().startswith("#")
        parts.append(f" {line}" if comment else line.rstrip("\\"))
        if line.endswith("\\") and not comment:
            continue
        body = COMMENT.split("".join(parts), maxsplit=1)[0].strip()
        if body:
            yield number - len(parts) + 1, body
        parts = []


def parted(line: str) -> tuple[str, list[tuple[str, str]]]:
    """A line's requirement, empty where it has none, and its options with their values.

    Raises:
        ValueError, GetoptError: it is no line of a requirements file.
    """
    line = HASH.sub("", line)
    if len(line) > LONGEST_LINE:
        raise ValueError("too long")
    option = FIRST_OPTION.search(line)
    if option is None:
        return line, []
    lexer = shlex.shlex(line[option.start() :], posix=True)
    # Paths of Windows stand there as they are.
    lexer.escape = lexer.commenters = ""
    lexer.whitespace_split = True
    pairs, rest = getopt.getopt(list(lexer), SHORT_OPTIONS, LONG_OPTIONS)
    options = [(LONG_NAMES.get(name, name), value) for name, value in pairs]
    requirement = line[: option.start()].strip()
    own_line = (
        requirement and {"--requirement", "--constraint", "--editable"} & dict(options).keys()
    )
    if rest or own_line or not pairs:
        raise ValueError("no options, or more than one thing on a line")
    return requirement, options


def parsed(text: str) -> Requirement:
    """A requirement; one of a bare path or address has no name.

    Raises:
        ValueError, RecursionError: it is none.
    """
    with contextlib.suppress(InvalidRequirement):
        requirement = Requirement(text)
        if not requirement.name.lower().endswith(ARCHIVES):
            return requirement
    place = text.split(maxsplit=1)[0]
    if not (place.startswith(".") or re.search(r"[/\\]", place) or place.endswith(ARCHIVES)):
        raise ValueError("neither a requirement nor a place")
    requirement = Requirement(f"unnamed @ {text}")
    requirement.name = ""
    return requirement


def named(place: str) -> str:
    """The name of what lies at a path or an address, where that tells it; else the place.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(place)
    for egg in parse_qs(parts.fragment).get("egg", ()):
        return quoted(egg.partition("[")[0])
    file = PurePosixPath(unquote(parts.path)).name
    with contextlib.suppress(ValueError):
        return parse_wheel_filename(file)[0]
    with contextlib.suppress(ValueError):
        return parse_sdist_filename(file)[0]
    if parts.scheme == "file":
        return quoted(unquote(parts.path))
    return quoted(parts._replace(query="", fragment="").geturl() if parts.netloc else place)


def _without_value(line: str) -> str:
    """A line as it is quoted: of an option, whose value may be secret, the name alone."""
    return quoted(re.split(r"[\s=]", line, maxsplit=1)[0] if line.startswith("-") else line)
