"""What a program printed, as it gets out: the frames of installed code, and known messages.

A frame of a library, of Python or of this project's programs stays with its source line; one of a
user's own program as its file's name and line. An exception's line stays with what is known of its
message. All else is held back, line after line as one.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath, PureWindowsPath

from scripts.domain.files import PROJECT
from scripts.domain.trial import Link
from scripts.report.gate import messages, packages
from scripts.report.gate.withheld import LONGEST, PLACEHOLDER, Gate, legible

MARGIN = re.compile(r"(?: *[|+](?: |$))?")
"""What stands before each line of a group's traceback."""

RULE = re.compile(r" *(?:\+-)?\+-[-+]*(?: (?:\d{1,5}|\.\.\.) -+)?")
"""What parts the exceptions of a group."""

FRAME = re.compile(r'( *)File "([^"]{0,1000})", line (\d{1,9})(?:(, in | in )(.{1,1000}))?')
"""A frame, as Python prints it, and as it does where it crashed."""

CARETS = re.compile(r"\s*[~^]+\s*")

FIXED = frozenset(
    {
        "Traceback (most recent call last):",
        "Exception Group Traceback (most recent call last):",
        "Stack (most recent call last):",
        "Stack (most recent call first):",
        "Current thread (most recent call first):",
        "The above exception was the direct cause of the following exception:",
        "During handling of the above exception, another exception occurred:",
        "Exception ignored in:",
        "Task was destroyed but it is pending!",
        "Task exception was never retrieved",
        "Future exception was never retrieved",
        "Fatal Python error: Segmentation fault",
        "Fatal Python error: Aborted",
        "Fatal Python error: Bus error",
        "Fatal Python error: Floating point exception",
        "Fatal Python error: Illegal instruction",
        "  <no Python frame>",
        "  ...",
        "",
    }
)
"""Lines that Python prints as they are."""

SHAPED = re.compile(
    r"(?:Current thread|Thread) 0x[0-9a-f]{1,16} \(most recent call first\):"
    r"|  \[Previous line repeated \d{1,9} more times?\]"
)
"""Lines that Python prints with a number in them."""

SAFE_PATH = re.compile(
    r"<(?:environment|server environment|python)>(?:/[A-Za-z0-9_.+-]{1,80}){1,20}"
    r"|<frozen [a-z_.]{1,60}>"
    r"|/usr/(?:local/)?lib/python3(?:\.\d{1,2})?(?:/[A-Za-z0-9_.+-]{1,80}){1,20}"
    r"|uvloop/[a-z_/]{1,80}\.pyx"
)
"""Where code lies that may be installed for anybody."""

FORMER = frozenset(
    f"repro/variants/{name}_client.py"
    for name in (
        *("closing", "http2", "httpx_retries_post", "openai_once", "repeating", "uvloop"),
        "waiting",
    )
)
"""Programs of this project that are gone, which published trials name."""

OURS = FORMER | frozenset(
    str(path.relative_to(PROJECT))
    for folder in ("repro", "scripts/trials/probes")
    for path in (PROJECT / folder).glob("**/*.py")
)
"""This project's programs, as tracebacks name them within it."""

PACKAGE = re.compile(r"/(?:site|dist)-packages/([A-Za-z0-9_]+)")
"""The module of a package in a path."""

FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+ -]{0,79}|<[a-z]{1,20}>|")
"""What a file may be called for its name to get out."""

RAISED = re.compile(r"((?:[A-Za-z_]\w{0,99}\.){0,20}[A-Z]\w{0,99})(?:: |$)")
"""The beginning of a line that names an exception."""

TYPES = frozenset(
    name
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
)

ENDINGS = ("Error", "Exception", "Warning", "Timeout")
"""What the names of exceptions end with."""

WORD = re.compile(r"[A-Za-z_]\w*")


def gated(text: str, links: Sequence[Link], gate: Gate, kind: str = "output") -> str:
    """What was printed, as it gets out.

    Args:
        text: what was printed: a traceback, stacks, or all that went to a stream.
        links: exceptions that are known to have been raised.
        gate: takes what is kept back.
        kind: what that is called.
    """
    if not text:
        return text
    lines = _lines(text)
    return _Passage(links, gate, kind, visible(text, gate.named)).through(lines)


def _lines(text: str) -> list[str]:
    """The lines of a text, without what no reader sees; of a long one, what is enough to cut."""
    return [line[: LONGEST + 1] for line in legible(text).split("\n")]


@lru_cache(maxsize=256)
def visible(text: str, named: frozenset[str] = frozenset()) -> frozenset[str]:
    """The words of a traceback that get out in any case: of source lines, paths and functions of
    installed code.

    Args:
        text: the traceback.
        named: packages that whoever measured has named.
    """
    words: set[str] = set()
    lines = _lines(text)
    for line, source in _frames(lines, named):
        words.update(WORD.findall(line), *(WORD.findall(code) for code in source))
    return frozenset(words)


def _frames(lines: list[str], named: frozenset[str]) -> Iterator[tuple[str, list[str]]]:
    """Each frame of installed code with its source lines, without what stands before them."""
    for number, line in enumerate(lines):
        bare = _bare(line)[1]
        if safe_frame(bare, named):
            yield bare, lines[number + 1 : number + 1 + _source_length(lines, number)]


def _source_length(lines: Sequence[str], frame: int) -> int:
    """How many lines after a frame are its source: one, and what is marked under it. Whatever else
    is printed there, as values are, is none.
    """
    margin, bare = _bare(lines[frame])
    printed = FRAME.fullmatch(bare)
    if printed is None or printed[4] == " in ":  # where it crashed, Python prints no source
        return 0
    length = 0
    for line in lines[frame + 1 :]:
        beside, code = _bare(line)
        source = code.startswith(f"{printed[1]}  ") and code.strip() and not FRAME.fullmatch(code)
        if beside != margin or not source or (length and not CARETS.fullmatch(code)):
            break
        length += 1
    return length


def _bare(line: str) -> tuple[str, str]:
    """What stands before a line of a group's traceback, and the line."""
    margin = MARGIN.match(line)
    end = margin.end() if margin else 0
    return line[:end], line[end:]


def safe_frame(line: str, named: frozenset[str] = frozenset()) -> bool:
    """Whether a line is a frame of code that anybody can read.

    Args:
        line: without what stands before it.
        named: packages that whoever measured has named.
    """
    frame = FRAME.fullmatch(line)
    return bool(frame and safe_path(frame[2], named))


def safe_path(path: str, named: frozenset[str] = frozenset()) -> bool:
    """Whether code at a path is a well-known package's, Python's or this project's."""
    if path.removeprefix("<project>/") in OURS:
        return True
    package = PACKAGE.search(path)
    known = package is None or packages.told(packages.owner(package[1]), named)
    return bool(known and SAFE_PATH.fullmatch(path) and ".." not in path)


def file_name(path: str) -> str:
    """The name of a file, on whichever system its path was written; a placeholder for one that may
    hold more than a name.
    """
    name = PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name
    return name if FILE.fullmatch(name) else "<file>"


class _Passage:
    """One text on its way through the gate, line by line."""

    def __init__(
        self, links: Sequence[Link], gate: Gate, kind: str, visible: Collection[str]
    ) -> None:
        self.links = links
        self.by_line: dict[str, Link] = {}
        for link in sorted(links, key=lambda link: -len(link.message)):
            for line in _printed_as(link):
                self.by_line.setdefault(line, link)
        self.gate = gate
        self.kind = kind
        self.visible = visible
        self.out: list[str] = []
        self.held: list[str] = []

    def through(self, lines: Sequence[str]) -> str:
        """What gets out of the lines."""
        number = 0
        while number < len(lines):
            number += self._pass(lines, number)
        self._release()
        return "\n".join(self.out)

    def _pass(self, lines: Sequence[str], number: int) -> int:
        """Let one line through or hold it back; how many lines that took."""
        line = lines[number]
        margin, bare = _bare(line)
        if frame := FRAME.fullmatch(bare):
            length = _source_length(lines, number)
            safe = safe_frame(bare, self.gate.named)
            self._let(line if safe else margin + _named(frame))
            for source in lines[number + 1 : number + 1 + length] if safe else ():
                self._let(source[:LONGEST])
            return 1 + length
        fixed = bare in FIXED or SHAPED.fullmatch(bare) or PLACEHOLDER.fullmatch(bare.strip())
        if fixed or RULE.fullmatch(line) or CARETS.fullmatch(bare):
            self._let(line)
            return 1
        return self._exception(lines, number) or self._known(line) or self._hold(line)

    def _exception(self, lines: Sequence[str], number: int) -> int:
        """Let an exception's type and message through; how many lines those take, 0 for none."""
        margin, bare = _bare(lines[number])
        raised = RAISED.match(bare)
        if raised is None:
            return 0
        link = self.by_line.get(bare[: LONGEST + 1])
        if link is not None and self._follows(link, lines, number):
            length = len(legible(link.message).split("\n"))
            said = messages.gated(link, self.links, self.gate, self.visible).message
        elif raised[1] in TYPES or raised[1].endswith(ENDINGS) or link is not None:
            length = 1
            said = messages.text(bare[raised.end() :], self.gate, self.visible)
        else:
            return 0
        head = f"{raised[1]}: {said}" if said else bare[: raised.end()]
        for part in head.split("\n"):
            self._let(margin + part)
        return length

    def _follows(self, link: Link, lines: Sequence[str], number: int) -> bool:
        """Whether a link's whole message stands from a line on, but for what was cut."""
        wanted = legible(link.message).split("\n")
        for place, part in enumerate(wanted):
            if number + place >= len(lines):
                return False
            said = _bare(lines[number + place])[1]
            if not (
                said.endswith(part[:LONGEST]) if place == 0 else said[:LONGEST] == part[:LONGEST]
            ):
                return False
        return True

    def _known(self, line: str) -> int:
        """Let a line through that is a known message by itself; 1, or 0 for another."""
        pieces = messages.pieces_of(line)
        if pieces is None or not any(known and len(text) > 3 for known, text in pieces):
            return 0
        self._let(messages.text(line, self.gate, self.visible))
        return 1

    def _hold(self, line: str) -> int:
        self.held.append(line)
        return 1

    def _let(self, line: str) -> None:
        self._release()
        self.out.append(line)

    def _release(self) -> None:
        """Put one placeholder for the lines that were held back since the last that got out."""
        if self.held:
            self.out.append(self.gate.withhold(self.kind, "\n".join(self.held)))
            self.held = []


def _named(frame: re.Match[str]) -> str:
    """A frame of a user's own program: its file's name and its line."""
    name = file_name(frame[2])
    return f'{frame[1]}File "{name}", line {frame[3]}'


def _printed_as(link: Link) -> list[str]:
    """The first line of what Python prints of a link, as its type may be named there."""
    first = legible(link.message).split("\n")[0]
    names = (link.type, f"{link.module}.{link.type}", link.type.rpartition(".")[2])
    said = f": {first}" if link.message else ""
    return [f"{name}{said}"[: LONGEST + 1] for name in names]
