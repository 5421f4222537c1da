"""A case as a script: server and client in one file, or as two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from scripts.domain.libraries import LIBRARIES, Interface
from scripts.domain.templates import templates
from scripts.reduction.shape import Shape

TEMPLATES = Path(__file__).resolve().parent / "templates"

Role = Literal["whole", "client", "server"]


def program(
    shape: Shape,
    exception: str,
    role: Role = "whole",
    title: str = "A case on trial.",
    told: Sequence[str] = (),
    dependencies: Sequence[str] = (),
    newer: str = "",
    stale: bool = False,
    python: str = "3.11",
) -> str:
    """The text of a script.

    Args:
        shape: what it does.
        exception: name of the exception that makes it exit with 1.
        role: both sides in one, or one of them.
        title, told: its docstring's first line and the others.
        dependencies: requirements for its header; by default the names alone.
        newer: moment after which nothing is taken from the index; empty for any.
        stale: whether it shows a write on a connection that the server closed.
        python: the series it was run on.
    """
    interface = interface_of(shape)
    names = () if role == "server" else interface.needs
    url = "SERVER_URL" if role == "client" else "URL"
    parts = {"shape": shape, "url": url, "limited": shape.timeout != shape.no_timeout}
    environment = templates(TEMPLATES)
    environment.filters["number"] = lambda value: f"{value:g}"
    return environment.get_template("minimal.py.jinja").render(
        **parts,
        exception=exception,
        role=role,
        title=title,
        told=told,
        dependencies=json.dumps(dependencies or names),
        names=json.dumps(names),
        module=LIBRARIES[shape.library].module,
        newer=newer,
        stale=stale,
        body_why=interface.body,
        python=python,
        pool=environment.from_string(interface.pool).render(parts),
        call=environment.from_string(interface.call).render(parts),
    )


def interface_of(shape: Shape) -> Interface:
    """How a script of a shape uses its library.

    Raises:
        ValueError: it is not known how.
    """
    interface = LIBRARIES[shape.library].interface
    if interface is None:
        raise ValueError(f"no script can be made for {shape.library}")
    return interface
