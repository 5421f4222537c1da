"""The table of targets: which releases of which package, and what each is for.

To add a release or an axis, add it here; nothing else knows them. Standard library only, so
that `nox -l` can show the axes wherever nox itself is installed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """One line of releases under one client script.

    Attributes:
        name: what `nox -s "repro(NAME)"` calls it.
        package: the package whose release varies.
        script: the client script, relative to the project.
        purpose: one line on what the axis is for.
        old: pins of a release from before the change in behaviour.
        document: pins of the document's release; empty where there was none yet.
        since: the first release whose interface the client script can use.
        skipped: telling releases that plain `nox -s repro` leaves to the axis' own run,
            because another axis measures the same code.
    """

    name: str
    package: str
    script: str
    purpose: str
    old: tuple[str, ...]
    document: tuple[str, ...]
    since: str
    skipped: tuple[tuple[str, ...], ...] = ()


AXES = {
    axis.name: axis
    for axis in (
        Axis(
            "httpx",
            "httpx",
            "repro/httpx_client.py",
            "the document's client across releases of httpx, which drag httpcore along",
            old=("httpx==0.24.1", "httpcore==0.17.3"),
            document=("httpx==0.27.2", "httpcore==1.0.6"),
            since="0.18.0",
        ),
        Axis(
            "httpcore",
            "httpcore",
            "repro/httpcore_client.py",
            "the same load on httpcore's connection pool alone, without httpx",
            old=("httpcore==0.17.3",),
            document=("httpcore==1.0.6",),
            since="0.14.0",
            skipped=(("httpcore==1.0.6",),),
        ),
        Axis(
            "aiohttp",
            "aiohttp",
            "repro/aiohttp_client.py",
            "the control: the document's other client, which it recommends",
            old=("aiohttp==3.9.5",),
            document=("aiohttp==3.10.10",),
            since="3.8.0",
        ),
        Axis(
            "httpx2",
            "httpx2",
            "repro/httpx2_client.py",
            "httpx's successor, from its first release to its newest",
            old=("httpx2==2.0.0",),
            document=(),
            since="2.0.0",
        ),
        Axis(
            "httpx-aiohttp",
            "httpx-aiohttp",
            "repro/httpx_aiohttp_client.py",
            "httpx's interface over aiohttp's connections: the swap people make",
            old=(),
            document=(),
            since="0.1.6",
        ),
    )
}
"""The axes of the matrix, by name."""
