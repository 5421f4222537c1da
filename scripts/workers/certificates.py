"""What the ends of connections between hosts know each other by: the certificate of an authority,
and one that all of them show. Who has both can run what they like on the workers.
"""

from __future__ import annotations

from pathlib import Path

from scripts.domain.paths import shown
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.trials import certificate
from scripts.trials.certificate import Papers


def credentials(folder: Path) -> Papers:
    """The credentials in a folder.

    Raises:
        UsageProblem: one is not there.
    """
    there = certificate.files(folder)
    missing = [path for path in there.paths if not path.is_file()]
    if missing:
        raise UsageProblem(
            f"there is no {shown(missing[0])}: `nox -s scheduler -- --certificates FOLDER` makes "
            "what is needed, which every host gets a copy of."
        )
    return there


def make(folder: Path) -> Papers:
    """Make credentials of a new authority, whose key is not kept: no others will go with them.

    Raises:
        MeasurementProblem: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = certificate.make(folder)
        for path in made.paths:
            path.chmod(0o600)
    except OSError as error:
        raise MeasurementProblem(f"{shown(folder)} cannot be written: {error.strerror}.") from error
    return made
