"""A case as a script: server and client in one file, or as two."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Literal

import msgspec
from jinja2 import Environment

from scripts.analysis.catalogue import UNKNOWN
from scripts.analysis.rates import at_least
from scripts.domain.libraries import LIBRARIES, Interface
from scripts.domain.templates import templates
from scripts.reduction.cost import MEASURING, CostLimit
from scripts.reduction.replacement import replacement_words
from scripts.reduction.result import Smallest
from scripts.reduction.shape import Shape

TEMPLATES = Path(__file__).resolve().parent / "templates"

Role = Literal["both", "client", "server"]


class Header(msgspec.Struct, frozen=True):
    """What a script needs, as its header tells whatever runs it.

    Attributes:
        dependencies: requirements; where there are none, the names alone of what it needs.
        newer: moment after which nothing is taken from the index; empty for any.
        python: the series it was run on.
    """

    dependencies: tuple[str, ...] = ()
    newer: str = ""
    python: str = "3.11"


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What a script is made from.

    Attributes:
        shape: what it does.
        exception: name of the exception that makes it exit with 1; empty where it measures.
        cost: how it judges what a request costs; None where it fails with an exception.
        role: both sides in one, or one of them.
        header: of a script that is both.
        stale: whether it shows a write on a connection that the server closed.
        smallest: what its docstring tells; None for a case on trial.
    """

    shape: Shape
    exception: str
    cost: CostLimit | None = None
    role: Role = "both"
    header: Header = Header()
    stale: bool = False
    smallest: Smallest | None = None


def program(script: Script) -> str:
    """The text of a script, not formatted yet."""
    shape = script.shape
    interface = interface_of(shape)
    names = () if script.role == "server" else interface.needs
    url = "SERVER_URL" if script.role == "client" else "URL"
    parts = {"shape": shape, "url": url, "limited": shape.timeout != shape.no_timeout}
    parts["patience"] = "None" if script.cost else "10"
    environment = _environment()
    template = "minimal.py.jinja" if script.cost is None else "cost.py.jinja"
    return environment.get_template(template).render(
        **parts,
        exception=script.exception,
        cost=script.cost,
        **_measuring(script, interface),
        role=script.role,
        header=script.header,
        stale=script.stale,
        smallest=script.smallest,
        replacement=_replacement(script.smallest),
        unknown=UNKNOWN,
        at_least=at_least,
        dependencies=json.dumps(script.header.dependencies or names),
        names=json.dumps(names),
        module=LIBRARIES[script.shape.library].module,
        body_why=interface.body,
        pool=environment.from_string(interface.pool).render(parts),
        call=environment.from_string(interface.call).render(parts),
    )


def _measuring(script: Script, interface: Interface) -> dict[str, object]:
    """What the template of a script that measures is given beyond that of any other."""
    wall = script.cost is not None and script.cost.measure != "cpu"
    module = LIBRARIES[script.shape.library].module
    return {
        "limit": MEASURING,
        "passes": interface.passes,
        "modules": sorted({module, interface.passes[0] if interface.passes else module}),
        "clock": "perf_counter" if wall else "thread_time",
        "clock_words": "wall time" if wall else "processor time",
    }


@functools.cache
def _environment() -> Environment:
    """Where scripts are rendered: each template is compiled once."""
    environment = templates(TEMPLATES)
    environment.filters["number"] = lambda value: f"{value:g}"
    return environment


def _replacement(smallest: Smallest | None) -> str:
    """What became of a client of one's own that was reduced from; empty where there was none."""
    replaced = smallest.about.replaced if smallest else None
    return replacement_words(replaced, smallest.shape) if smallest and replaced else ""


def interface_of(shape: Shape) -> Interface:
    """How a script of a shape uses its library.

    Raises:
        ValueError: it is not known how.
    """
    interface = LIBRARIES[shape.library].interface
    if interface is None:
        raise ValueError(f"no script can be made for {shape.library}")
    return interface
