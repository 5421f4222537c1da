"""What the two ends of a connection between hosts know each other by."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from scripts.domain.paths import shown
from scripts.domain.problems import MeasurementProblem, UsageProblem

AUTHORITY, CERTIFICATE, KEY = "authority.pem", "certificate.pem", "key.pem"
"""Files of a folder of credentials."""


@dataclass(frozen=True)
class Credentials:
    """Files by which a scheduler, its workers and who sends them trials know each other.

    Whoever has them can run what they like on the workers.

    Attributes:
        authority: the certificate of who vouches for all.
        certificate, key: what each of them shows.
    """

    authority: Path
    certificate: Path
    key: Path

    @property
    def files(self) -> tuple[Path, Path, Path]:
        """All of them."""
        return self.authority, self.certificate, self.key


def credentials(folder: Path) -> Credentials:
    """The credentials in a folder.

    Raises:
        UsageProblem: one is not there.
    """
    there = Credentials(folder / AUTHORITY, folder / CERTIFICATE, folder / KEY)
    missing = [path for path in there.files if not path.is_file()]
    if missing:
        raise UsageProblem(
            f"there is no {shown(missing[0])}: `nox -s scheduler -- --certificates FOLDER` makes "
            "what is needed, which every host gets a copy of."
        )
    return there


def make(folder: Path) -> Credentials:
    """Make credentials of a new authority, which is not kept: no others will go with them.

    Raises:
        MeasurementProblem: the folder cannot be written.
    """
    import trustme  # a tenth of a second of imports, for this alone

    authority = trustme.CA(organization_name="readerror-repro")
    issued = authority.issue_cert("readerror-repro")
    made = Credentials(folder / AUTHORITY, folder / CERTIFICATE, folder / KEY)
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    contents = (authority.cert_pem.bytes(), chain, issued.private_key_pem.bytes())
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path, content in zip(made.files, contents, strict=True):
            with os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(content)
    except OSError as error:
        raise MeasurementProblem(f"{shown(folder)} cannot be written: {error.strerror}.") from error
    return made
