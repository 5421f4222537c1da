"""The certificate of a trial whose client and server speak TLS: made for it, gone with it.

trustme makes it: the library by which httpx, aiohttp, anyio and uvicorn test their own TLS. What
it makes has all that the strict checks of newer Pythons ask for, and its keys are quick ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HOSTS = ("localhost", "127.0.0.1", "::1")
"""The names by which a server on loopback is called."""

TRUSTING = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Variables that tell a client whom to trust: Python's ssl module and httpx, requests."""


@dataclass(frozen=True)
class Papers:
    """The files of a certificate, each in PEM.

    Attributes:
        authority: who is to be trusted.
        certificate: of the server, with who signed it.
        key: of the server.
    """

    authority: Path
    certificate: Path
    key: Path

    @property
    def paths(self) -> tuple[Path, Path, Path]:
        """All of them."""
        return self.authority, self.certificate, self.key

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables by which a client trusts it."""
        return dict.fromkeys(TRUSTING, str(self.authority))


def files(scratch: Path) -> Papers:
    """Where a trial's certificate lies in its scratch folder."""
    return Papers(scratch / "authority.pem", scratch / "certificate.pem", scratch / "key.pem")


def make(scratch: Path) -> Papers:
    """Make a certificate for loopback alone, in a trial's scratch folder or another empty one."""
    import trustme  # a tenth of a second of what only TLS needs

    papers = files(scratch)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(papers.authority)
    issued = authority.issue_cert(*HOSTS)
    issued.private_key_pem.write_to_path(papers.key)
    for blob in issued.cert_chain_pems:
        blob.write_to_path(papers.certificate, append=True)
    return papers
