"""A client script of one's own, and what is left of it at each place of a lattice.

Each statement, named argument and number of the script is a parameter. A statement is there, only
what it holds is there (of a loop, a condition, a context), or it is gone with all that it holds; an
argument is there or not; a number goes down a ladder. Nothing is ever added.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from scripts.reduction.lattice import Coordinates, Lattice
from scripts.reduction.shape import COUNTS, SECONDS, ladder_to

HOLDING = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try)
"""Statements that may be left out without what they hold."""

AXIS = "axis"
"""Attribute of a node that is a parameter: which."""

Ladder = tuple[float, ...]


class OwnClient:
    """Every smaller form of a client script.

    Args:
        source: its text.

    Raises:
        SyntaxError: it is not Python.

    Attributes:
        top: the place of the whole script.
        statements: how many it has.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._tree = ast.parse(source)
        self._ladders: list[Ladder] = []
        self._parents: list[int | None] = []
        self.statements = 0
        self._number_statements()
        for node, parent in list(_inside(self._tree, None)):
            ladder = _ladder(node)
            if ladder:
                self._add(node, ladder, parent)
        self.top = tuple(len(ladder) - 1 for ladder in self._ladders)
        self._axes = [getattr(node, AXIS, None) for node in ast.walk(self._tree)]

    def _number_statements(self) -> None:
        """Make each statement a parameter: those that hold others first, the last one first."""
        level: list[tuple[ast.AST, int | None]] = [(self._tree, None)]
        while level:
            statements = [
                (statement, axis) for node, axis in level for statement in _statements(node)
            ]
            level = []
            for statement, parent in reversed(statements):
                ladder = (0.0, 1.0, 2.0) if isinstance(statement, HOLDING) else (0.0, 1.0)
                level.insert(0, (statement, self._add(statement, ladder, parent)))
        self.statements = len(self._ladders)

    def _add(self, node: ast.AST, ladder: Ladder, parent: int | None) -> int:
        """Make a node a parameter: which."""
        setattr(node, AXIS, len(self._ladders))
        self._ladders.append(ladder)
        self._parents.append(parent)
        return len(self._ladders) - 1

    def lattice(self) -> Lattice:
        """Where its smaller forms lie."""
        return Lattice(self.top, (False,) * len(self.top), parents=tuple(self._parents))

    def left(self, point: Coordinates) -> int:
        """How many of its statements are left in a form."""
        lattice = self.lattice()
        axes = range(self.statements)
        return sum(bool(point[axis]) and not lattice.idle(point, axis) for axis in axes)

    def words(self, point: Coordinates) -> str:
        """A form in a few words: "7 of 19 statements, 8 lines"."""
        lines = self.text(point).count("\n")
        return f"{self.left(point)} of {self.statements} statements, {lines} lines"

    def text(self, point: Coordinates) -> str:
        """A form's text, without comments; it need not be a whole program."""
        # A copy of the tree would take along what others hang on the nodes that all trees share.
        tree = ast.parse(self._source)
        for node, axis in zip(ast.walk(tree), self._axes, strict=True):
            if axis is not None:
                setattr(node, AXIS, axis)
        _Left(point, self._ladders).visit(tree)
        return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


class _Left(ast.NodeTransformer):
    """Leaves out of a script what is gone at a place.

    Args:
        point: the place.
        ladders: of the parameters.
    """

    def __init__(self, point: Coordinates, ladders: Sequence[Ladder]) -> None:
        self.point = point
        self.ladders = ladders

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt] | None:
        """The node as it is left; None for one that is gone, or what it holds alone."""
        axis = getattr(node, AXIS, None)
        index = None if axis is None else self.point[axis]
        if index == 0 and not isinstance(node, ast.Constant):
            return None
        self.generic_visit(node)
        if axis is not None and index is not None and isinstance(node, ast.Constant):
            value = self.ladders[axis][index]
            node.value = int(value) if isinstance(node.value, int) else float(value)
        _fill(node)
        if isinstance(node, HOLDING) and index == 1:
            return node.body
        return node


def _fill(node: ast.AST) -> None:
    """Put `pass` where a block has nothing left."""
    if isinstance(node, ast.Module):
        return
    if isinstance(getattr(node, "body", None), list) and not node.body:  # type: ignore[attr-defined]
        node.body = [ast.Pass()]  # type: ignore[attr-defined]
    if isinstance(node, ast.Try) and not node.handlers and not node.finalbody:
        node.finalbody = [ast.Pass()]


def _statements(node: ast.AST) -> list[ast.stmt]:
    """The statements that a node holds, but for those that one of them holds, in order."""
    statements: list[ast.stmt] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            statements.append(child)
        else:
            statements += _statements(child)
    return statements


def _inside(node: ast.AST, parent: int | None) -> Iterator[tuple[ast.AST, int | None]]:
    """All that is below a node, each with the statement it stands in."""
    for child in ast.iter_child_nodes(node):
        yield child, parent
        yield from _inside(child, getattr(child, AXIS, parent))


def _ladder(node: ast.AST) -> Ladder:
    """The values of a named argument or a number, the simplest first; none for all else."""
    if isinstance(node, ast.keyword) and node.arg is not None:
        return (0.0, 1.0)
    if isinstance(node, ast.Constant) and type(node.value) is int and node.value > 1:
        return ladder_to(COUNTS, node.value)
    if isinstance(node, ast.Constant) and type(node.value) is float and node.value > 0:
        return ladder_to((0.0, *SECONDS), node.value)
    return ()
