"""What must not be published does not get through, and what a report is for does."""

import pytest

from scripts.report.issue.redaction import Redactor

pytestmark = pytest.mark.pure

REDACT = Redactor(
    users=["mmendez"],
    hosts=["gpu-box-07"],
    places={"/srv/people/mm": "~", "/opt/venvs/e": "<venv>"},
)
T = "0123456789abcdefABCDEF0123456789"

SECRETS = {
    # what stands in the text -> the part that must not get through
    "https://alice:hunter2@pypi.example.org/simple": "hunter2",
    "https://hunter2token@github.com/a/b": "hunter2token",
    "git+https://bob:s3cr3tpw@github.com/encode/httpx@abc": "s3cr3tpw",
    "git+ssh://git:s3cr3tpw@git.example.org/x": "s3cr3tpw",
    "pkg @ git+https://x-access-token:s3cr3tpw@github.com/a/b.git": "s3cr3tpw",
    "postgres://app:p%40ss@db:5432/prod": "p%40ss",
    "redis://:s3cr3tpw@cache:6379/0": "s3cr3tpw",
    "amqp://u:s3cr3tpw@mq/": "s3cr3tpw",
    "http://h/x?token=s3cr3tpw&a=1": "s3cr3tpw",
    "http://h/x?a=1&api_key=s3cr3tpw": "s3cr3tpw",
    "http://h/x?access_token=s3cr3tpw": "s3cr3tpw",
    "https://bucket/x?X-Amz-Signature=s3cr3tpw": "s3cr3tpw",
    "https://x/y?sig=s3cr3tpw": "s3cr3tpw",
    "http_proxy=http://proxy.example.org:3128": "proxy.example.org",
    "HTTPS_PROXY=http://u:p@10.1.1.1:3128": "10.1.1.1",
    "'ALL_PROXY': 'socks5://proxy.example.org'": "proxy.example.org",
    "no_proxy=build.example.org": "build.example.org",
    "Authorization: Bearer s3cr3tpw9": "s3cr3tpw9",
    "'authorization': 'Basic dXNlcjpwYXNz'": "dXNlcjpwYXNz",
    "(b'Authorization', b'Token s3cr3tpw9')": "s3cr3tpw9",
    "Proxy-Authorization: Basic dXNlcjpwYXNz": "dXNlcjpwYXNz",
    "x-api-key: s3cr3tpw9": "s3cr3tpw9",
    "Cookie: sessionid=s3cr3tpw9; other=1": "s3cr3tpw9",
    "Set-Cookie: id=s3cr3tpw9": "s3cr3tpw9",
    "sent Bearer s3cr3tpw9abc": "s3cr3tpw9abc",
    f"ghp_{T}": T,
    f"gho_{T}": T,
    f"github_pat_{T}": T,
    f"glpat-{T}": T,
    f"xoxb-{T}": T,
    "AKIAIOSFODNN7EXAMPLE": "IOSFODNN7",
    "ASIAIOSFODNN7EXAMPLE": "IOSFODNN7",
    f"sk-{T}": T,
    f"sk_live_{T}": T,
    f"pypi-AgEIcHlwaS5vcmc{T}": T,
    f"npm_{T}": T,
    f"AIza{T}": T,
    f"hf_{T}": T,
    f"SG.{T}.{T}": T,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl": "c2lnbmF0dXJl",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----": "MIIEow",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz": "b3BlbnNz",
    "AWS_SECRET_ACCESS_KEY=s3cr3tpw": "s3cr3tpw",
    "DB_PASSWORD='s3cr3t pw'": "s3cr3t pw",
    "password: s3cr3tpw": "s3cr3tpw",
    '{"client_secret": "s3cr3tpw"}': "s3cr3tpw",
    "MY_API_KEY=s3cr3tpw": "s3cr3tpw",
    "SENTRY_DSN=s3cr3tpw": "s3cr3tpw",
    "--password s3cr3tpw": "s3cr3tpw",
    "--api-key s3cr3tpw": "s3cr3tpw",
    "auth=('u', 's3cr3tpw')": "s3cr3tpw",
    "auth=['u', 's3cr3tpw']": "s3cr3tpw",
    "token=s3cr\u200b3tpw": "3tpw",
    "pass\x1b[1mword=s3cr3tpw": "s3cr3tpw",
    "-----BEGIN PRIVATE KEY-----\r\nMIIEow==\r\n-----END PRIVATE KEY-----": "MIIEow",
    "-----BEGIN PRIVATE KEY-----\n    MIIEow==\n    MIIEox==": "MIIEo",
    "mail miguel.mendez+x@example.co.uk now": "miguel.mendez",
    "connect to 10.20.30.40 failed": "10.20.30.40",
    "connect to ('192.168.1.7', 80)": "192.168.1.7",
    "172.16.0.9:8000": "172.16.0.9",
    "169.254.169.254": "169.254.169.254",
    "100.64.1.2": "100.64.1.2",
    "[fd12:3456:789a::1]:80": "fd12:3456",
    "fe80::1ff:fe23:4567:890a": "fe80::1ff",
    "host ml.prod.internal refused": "ml.prod",
    "nas.local": "nas.local",
    'File "/home/mmendez/app/main.py", line 3': "mmendez",
    'File "/Users/miguel/app/main.py", line 3': "miguel",
    "C:\\Users\\Miguel\\app.py": "Miguel",
    "C:\\\\Users\\\\Miguel\\\\app.py": "Miguel",
    "numpy @ file:///home/miguel/wheels/numpy.whl": "wheels",
    "x @ file:///D:/private/x": "D:/private",
    'File "/srv/people/mm/app.py", line 3': "people/mm",
    'File "/srv/customer-x/app.py", line 3': "customer-x",
    "/tmp/pytest-of-miguel/x": "miguel",  # noqa: S108 - made up
    "/var/folders/ab/xyz123/T/x": "xyz123",
    "by mmendez on gpu-box-07": "mmendez",
    "GPU-BOX-07: refused": "GPU-BOX",
}

SAFE = (
    "httpx==0.27.2",
    "anyio==4.6.2.post1",
    "BrokenPipeError: [Errno 32] Broken pipe",
    'File "<environment>/lib/python3.11/site-packages/httpx/_client.py", line 1776, in send',
    'File "/usr/lib/python3.11/contextlib.py", line 155, in __exit__',
    "http://127.0.0.1:8000/process_image",
    "http://localhost:8000",
    "[::1]:8000",
    "2026-11-23",
    "3 of 3000 (9% to 99%), 2.9 ms",
    "Linux 6.18.44-fc-v595 x86_64",
    "7b04cda582b32cba34a7bfb0eb1dd535f0ea88a5",
    "https://github.com/encode/httpcore/blob/master/CHANGELOG.md",
    "Server disconnected without sending a response.",
    "raise mapped_exc(message) from exc",
    "return await self.send(request, auth=auth, follow_redirects=follow_redirects)",
    "nox -s repro -- --targets 'httpcore==1.0.3' --rounds 10",
    "python -m scripts check --signal stale-connection --package httpcore",
    "author: someone; designed: yes",
)


@pytest.mark.parametrize(("text", "secret"), SECRETS.items())
def test_no_secret_gets_through(text: str, secret: str) -> None:
    for around in ("{}", "| {} |", "    raise X({!r})", "httpx.ReadError: {}\nhttpx==0.27.2"):
        shown = REDACT(around.format(text))
        assert secret not in shown
        assert "httpx==0.27.2" in shown or "httpx==" not in around


@pytest.mark.parametrize("text", SAFE)
def test_what_a_report_is_for_survives(text: str) -> None:
    assert REDACT(text) == text


@pytest.mark.parametrize("word", ["token_", "a.", "x-", "--token", "a@", "'", "password: ", "/a"])
def test_a_line_of_any_length_is_cut_and_costs_no_time(word: str) -> None:
    """Nobody reads the end of such a line, and no rule is run over it."""
    shown = REDACT(word * 100_000)
    assert len(shown) < 5000
    assert REDACT(shown) == shown


def test_a_safe_text_stays_as_it_is() -> None:
    for text in SECRETS:
        once = REDACT(text)
        assert REDACT(once) == once


def test_the_list_of_what_was_replaced_tells_no_secret() -> None:
    redact = Redactor(users=["mmendez"])
    redact("mmendez wrote to a@b.org from 10.0.0.1")
    assert redact.counts() == ["1 x e-mail address", "1 x private address", "1 x user name"]
    assert len(SECRETS) >= 60
