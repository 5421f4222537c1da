"""The certificate of a trial holds for loopback, also for those who look closely."""

import ssl
from pathlib import Path

import pytest

from scripts.trials import certificate

pytestmark = pytest.mark.pure


def shaken(client: ssl.SSLObject, server: ssl.SSLObject, ways: tuple[ssl.MemoryBIO, ...]) -> None:
    """A handshake in memory."""
    to_client, from_client, to_server, from_server = ways
    open_ends = [client, server]
    for _ in range(10):
        for end in list(open_ends):
            try:
                end.do_handshake()
                open_ends.remove(end)
            except ssl.SSLWantReadError:
                pass
            to_server.write(from_client.read())
            to_client.write(from_server.read())
    assert not open_ends


def hands(scratch: Path, host: str, trusting: bool) -> None:
    papers = certificate.files(scratch)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(papers.certificate, papers.key)
    asking = ssl.create_default_context()
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    if trusting:
        asking.load_verify_locations(papers.variables["SSL_CERT_FILE"])
    ways = tuple(ssl.MemoryBIO() for _ in range(4))
    client = asking.wrap_bio(ways[0], ways[1], server_hostname=host)
    server = serving.wrap_bio(ways[2], ways[3], server_side=True)
    shaken(client, server, ways)


@pytest.mark.parametrize("host", certificate.HOSTS)
def test_it_holds_for_each_name_of_loopback(tmp_path: Path, host: str) -> None:
    assert certificate.make(tmp_path) == certificate.files(tmp_path)
    hands(tmp_path, host, trusting=True)
    with pytest.raises(ssl.SSLCertVerificationError):
        hands(tmp_path, host, trusting=False)
    with pytest.raises(ssl.SSLCertVerificationError):
        hands(tmp_path, "example.org", trusting=True)
