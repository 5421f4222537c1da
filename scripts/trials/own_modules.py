"""What a script and its own modules say of themselves, read as text: nothing of them is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SERVER_URL = "SERVER_URL"
"""The variable, and the constant, that tells a script where its server listens."""


SEND_REQUEST = "send_request"
"""The function whose calls are a script's requests."""

APP = "app"
"""The name of what is served of a server script."""


def names_server(script: Path, folder: Path) -> bool:
    """Whether a script, or a module of its own, names where its server listens.

    In whichever case, as settings libraries read `server_url`. What it imports by a name made up
    at run time, or starts as a process, is not looked at.

    Args:
        script: its path.
        folder: where its own modules lie.
    """
    return any(SERVER_URL in text.upper() for text in texts(script, folder))


def sends_requests(script: Path) -> bool:
    """Whether a script defines the function that is recorded request by request.

    Only at its top level, where the client's probe finds it.
    """
    return SEND_REQUEST in _defined(script)


def defines_app(script: Path) -> bool:
    """Whether a script's top level gives something the name by which an ASGI app is served."""
    return APP in _defined(script)


STARTERS = ("uvicorn", "hypercorn", "granian")
"""Packages by which a script may serve its app itself."""


def own_start(script: Path) -> ast.Call | None:
    """The call by which a script serves its app itself; None where it has none."""
    tree = ast.parse(script.read_bytes())
    taken = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in STARTERS
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in taken or name.partition(".")[0] in STARTERS:
                return node
    return None


def _defined(script: Path) -> set[str]:
    """The names that a script's top level defines."""
    names: set[str] = set()
    for statement in ast.parse(script.read_bytes()).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(statement.name)
        elif isinstance(statement, ast.Assign):
            names |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names.add(statement.target.id)
    return names


def texts(script: Path, folder: Path) -> Iterator[str]:
    """The text of a script, then of each module that it and they import from a folder."""
    return (text for _, text in sources(script, folder))


def sources(script: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    """The same with the path of each."""
    around = [parent for parent in script.parents if folder in parent.parents]
    waiting = [script, *(parent / "__init__.py" for parent in around)]
    seen = {*waiting}
    while waiting:
        path = waiting.pop()
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
            tree = ast.parse(text)
        except (OSError, SyntaxError, ValueError):
            continue
        yield path, text
        new = {*_imported(tree, path, folder)} - seen
        seen |= new
        waiting += sorted(new)


def _imported(tree: ast.Module, path: Path, folder: Path) -> Iterator[Path]:
    """The files in a folder that a module's imports lead to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(folder, alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            place = path.parents[node.level - 1] if 0 < node.level <= len(path.parents) else folder
            parts = node.module.split(".") if node.module else []
            for alias in node.names:
                yield from _files(place, [*parts, alias.name])


def _files(folder: Path, parts: list[str]) -> Iterator[Path]:
    """The files of a module and of the packages around it, as far as they are in a folder."""
    for count in range(len(parts) + 1):
        place = folder.joinpath(*parts[:count])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if count and path.is_file():
                yield path
