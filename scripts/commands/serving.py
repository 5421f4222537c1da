"""The verbs that start a scheduler and a worker: arguments in, exit status out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from scripts.commands.options import counting
from scripts.commands.output import console
from scripts.domain import paths
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.words import plain
from scripts.trials.certificate import Papers
from scripts.trials.host import HOST_LABEL
from scripts.workers import certificates as files
from scripts.workers import fitness
from scripts.workers.address import PORT
from scripts.workers.address import scheduler as named
from scripts.workers.engine import require_dask

DASHBOARD = 8787
"""Port of Dask's dashboard, as Dask has it."""


def scheduler(
    address: str = "",
    /,
    *,
    certificates: Path | None = None,
    dashboard: Annotated[int, counting(0, 65535)] = DASHBOARD,
) -> int:
    """Start a scheduler, whose workers run trials for whoever asks with --workers; Ctrl-C ends it.

    Example: python -m scripts scheduler tls://10.0.0.5:8786 --certificates certificates

    Parameters
    ----------
    address
        Where it listens: tcp://127.0.0.1:8786, for this machine alone, or tls://HOST:8786 with
        --certificates. By default port 8786 of loopback; with --certificates, of every interface.
    certificates
        Folder of what all ends know each other by; it is made where there is none. Every host gets
        a copy, and nobody else: who has it can run what they like on the workers.
    dashboard
        Port of Dask's dashboard, which listens on loopback alone; 0 for none.
    """
    require_dask()
    at = named(address or (f"tls://0.0.0.0:{PORT}" if certificates else f"tcp://127.0.0.1:{PORT}"))
    own = _credentials(certificates, at.encrypted, make=True)
    # A third of a second of imports, for these two verbs alone.
    from scripts.workers.serving import serve_scheduler

    def tell(listening: str) -> None:
        _say(f"A scheduler listens at {listening}; Ctrl-C ends it.")
        if dashboard:
            _say(f"Dask's dashboard: http://127.0.0.1:{dashboard}/status")
        option = f" --certificates {paths.shown(certificates)}" if certificates else ""
        _say(f"On each host, in a clone: nox -s worker -- {listening}{option}")
        _say(f"Trials on them: nox -s repro -- --workers {listening}{option}")

    serve_scheduler(at, own, dashboard, tell)
    return 0


def worker(address: str, /, *, certificates: Path | None = None, host_label: str = "") -> int:
    """Start a worker, which runs one trial at a time for who asks its scheduler; Ctrl-C ends it.

    Example: python -m scripts worker tls://10.0.0.5:8786 --certificates certificates

    Parameters
    ----------
    address
        Of its scheduler.
    certificates
        Folder of what all ends know each other by, a copy of the scheduler's.
    host_label
        What tells this host from others where its name and system do not, as of containers of one
        image that are called alike.
    """
    require_dask()
    at = named(address)
    if host_label:
        os.environ[HOST_LABEL] = host_label
    if not fitness.here().uv:
        raise MeasurementProblem("uv is not installed: run `pip install -r requirements.txt`.")
    own = _credentials(certificates, at.encrypted, make=False)
    from scripts.workers.serving import serve_worker

    said = f"A worker of {at.address} waits for trials; Ctrl-C ends it."
    serve_worker(at, own, lambda: _say(said))
    return 0


def _credentials(folder: Path | None, encrypted: bool, make: bool) -> Papers | None:
    """The credentials in a folder.

    Args:
        folder: as the call names it; None where it names none.
        encrypted: whether the address wants them.
        make: whether they are made where there are none.

    Raises:
        UsageProblem: they are not there, or nobody wants them.
        MeasurementProblem: they cannot be written.
    """
    if folder is None:
        return None
    if not encrypted:
        raise UsageProblem("--certificates goes with a tls:// address.")
    place = paths.expanded(folder).resolve()
    if make and not place.exists():
        own = files.make(place)
        _say(f"Certificates were made in {paths.shown(place)}: copy the folder to each host.")
        return own
    return files.credentials(place)


def _say(words: str) -> None:
    console(stderr=True).print(plain(words), markup=False, soft_wrap=True)
