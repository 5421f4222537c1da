"""What a reduced case takes the place of, where a client script of one's own was given.

A generated script holds nothing of such a client: it lets time pass in its own way. So it is told
which client it replaces, and by which calls that one lets time pass.
"""

from __future__ import annotations

import ast

import msgspec

from scripts.domain import libraries, paths
from scripts.reduction.shape import Shape

SLEEPS = ("sleep", "sleep_ms", "sleep_until", "sleep_forever")
"""Names, without their modules, of calls that let time pass."""


class Sleep(msgspec.Struct, frozen=True):
    """A call that lets time pass.

    Attributes:
        function: as the script writes it.
        line: its line in the script.
    """

    function: str
    line: int


class Replaced(msgspec.Struct, frozen=True):
    """A client script of one's own that was reduced from, and is no part of the result.

    Attributes:
        script: its file's name.
        sleeps: the calls by which it lets time pass, in order; None where it cannot be read.
            Other work takes time too, and is not told from the rest of the script.
    """

    script: str
    sleeps: tuple[Sleep, ...] | None

    @property
    def words(self) -> str:
        """By which calls the client lets time pass, in a few words; empty where that is unknown."""
        if self.sleeps is None:
            return ""
        lines: dict[str, list[str]] = {}
        for sleep in self.sleeps:
            lines.setdefault(sleep.function, []).append(str(sleep.line))
        calls = [
            f"{function} (line{'s' if len(places) > 1 else ''} {', '.join(places)})"
            for function, places in lines.items()
        ]
        return f"{self.script} calls {', '.join(calls) or 'nothing named sleep'}"


def replacement_words(replaced: Replaced, shape: Shape) -> str:
    """What became of a client of one's own, and what takes its place."""
    own = f" {replaced.words}." if replaced.words else ""
    return (
        f"This is not {replaced.script} made smaller: a generated client fails in its place, by "
        f"{shape.trigger}.{own}"
    )


def replaced(script: str, axis: str) -> Replaced | None:
    """What a generated script takes the place of; None for the client of an axis.

    Args:
        script: path of the client that was reduced from, as its target has it.
        axis: whose releases it is reduced on.
    """
    if script == libraries.axes()[axis].script:
        return None
    path = paths.located(script)
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return Replaced(path.name, None)
    return Replaced(path.name, tuple(sleeps(tree)))


def sleeps(tree: ast.Module) -> list[Sleep]:
    """The calls in a script that let time pass, in order of their lines."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [(ast.unparse(call.func), call.lineno) for call in calls]
    sleeping = [
        Sleep(function, line) for function, line in names if function.rpartition(".")[2] in SLEEPS
    ]
    return sorted(sleeping, key=lambda sleep: sleep.line)
