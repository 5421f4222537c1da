"""Made-up secrets, by kind: a text that somebody's program may print, and what in it is secret.

Generated from how such things are made (an issuer's beginning and alphabet, a name and a way to
write a value, an encoding), never from what the gate looks for. All bodies are random.
"""

from __future__ import annotations

import base64
import random
import string
import uuid
from collections.abc import Iterator
from typing import NamedTuple

LETTERS = string.ascii_letters + string.digits
WORDS = ("amber", "bishop", "cobalt", "dragon", "ember", "falcon", "granite", "harbour", "indigo")


class Secret(NamedTuple):
    """A kind of secret.

    Attributes:
        kind: what it is.
        text: as a program may print it.
        parts: what must not get out of it.
    """

    kind: str
    text: str
    parts: tuple[str, ...]


ISSUERS = {
    # what a token of this issuer begins with -> (alphabet, length of the rest)
    "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_": (LETTERS, 36),
    "glpat- gldt- glrt- glptt- glsoat- glcbt-": (LETTERS, 20),
    "xoxb- xoxp- xoxa- xoxs- xapp-": (string.digits + LETTERS, 40),
    "AKIA ASIA ABIA ACCA": (string.ascii_uppercase + "234567", 16),
    "sk- sk-proj- sk-ant- sk_live_ sk_test_ rk_live_ pk_live_ whsec_": (LETTERS, 32),
    "pypi- npm_ rubygems_ dckr_pat_ hf_ AIza ya29. 1//0": (LETTERS, 40),
    "SG. key- xkeysib- pubkey- MG. re_": (LETTERS, 42),
    "dop_v1_ doo_v1_ hvs. hvb. s. b. atlasv1.": ("0123456789abcdef", 64),
    "shpat_ shpca_ shppa_ shpss_ sq0atp- sq0csp- EAAA": (LETTERS, 32),
    "lin_api_ NRAK- NRJS- PMAK- sbp_ figd_ dapi glsa_ glc_ ntn_ secret_": (LETTERS, 36),
    "pscale_tkn_ pscale_pw_ sntrys_ sntryu_ CLOJARS_ duffel_test_ pul- rnd_ tfp_": (LETTERS, 40),
    "LTAI AKLT cfut_ tk-us- ico- FLWSECK_TEST- AC SK QVQ": (LETTERS, 32),
}

NAMES = (
    *("DB_PASSWORD", "PGPASS", "ROOT_PWD", "SSH_PASSPHRASE", "CLIENT_SECRET", "STRIPE_KEY"),
    *("DEPLOY_TOKEN", "CREDENTIALS", "CARD_PIN", "HASH_SALT", "SENTRY_DSN", "BASIC_AUTH"),
    *("COOKIE_JAR", "SESSION", "URL_SIGNATURE"),
)

QUERIES = (
    "token",
    "key",
    "sig",
    "code",
    "state",
    "access_token",
    "X-Amz-Signature",
    "customer",
    "q",
)

WAYS = (
    "{name}={value}",
    "{name}: {value}",
    '"{name}": "{value}"',
    "'{name}': '{value}'",
    "--{name} {value}",
    "{name}=('svc', '{value}')",
    "<{name}>{value}</{name}>",
)

HEADERS = (
    "Authorization: Basic {}",
    "Authorization: Bearer {}",
    "Authorization: Negotiate {}",
    "Proxy-Authorization: Digest {}",
    "Cookie: sid={}",
    "Set-Cookie: sid={}; HttpOnly",
    "X-Api-Key: {}",
    "X-Auth-Token: {}",
    "X-Vault-Token: {}",
    "X-Amz-Security-Token: {}",
    "Private-Token: {}",
    "X-Customer: {}",
    "(b'authorization', b'{}')",
)

SCHEMES = ("postgres", "mysql", "redis", "amqp", "mongodb+srv", "https", "git+https", "ftp", "smtp")

KEYS = (
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "DSA PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
)

HIDING = {
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "right to left": "\u202e",
    "bold on a terminal": "\x1b[1m",
    "backspace": "\x08",
    "null": "\x00",
}


def secrets(seed: int = 20261126) -> list[Secret]:
    """One of each kind, the same for a seed."""
    made = random.Random(seed)  # noqa: S311 - these are no secrets
    return [*_issued(made), *_named(made), *_sent(made), *_keys(made), *_hidden(made), *_own(made)]


def _body(made: random.Random, alphabet: str = LETTERS, length: int = 20) -> str:
    return "".join(made.choices(alphabet, k=length))


def _issued(made: random.Random) -> Iterator[Secret]:
    for beginnings, (alphabet, length) in ISSUERS.items():
        for beginning in beginnings.split():
            body = _body(made, alphabet, length)
            yield Secret(f"token {beginning}", beginning + body, (body,))
    parts = [_body(made, LETTERS, length) for length in (30, 60, 43)]
    yield Secret("JSON web token", "eyJ" + ".".join(parts), tuple(parts))
    bot = f"{made.randrange(10**8, 10**9)}:{_body(made, LETTERS, 35)}"
    yield Secret("bot token", bot, (bot.split(":")[1],))


def _named(made: random.Random) -> Iterator[Secret]:
    for number, name in enumerate(NAMES):
        for way in (WAYS * 2)[number % len(WAYS) :][:4]:
            value = _body(made, LETTERS + "!$%^*", 14)
            yield Secret(f"{way} of {name}", way.format(name=name, value=value), (value,))


def _sent(made: random.Random) -> Iterator[Secret]:
    for header in HEADERS:
        value = base64.b64encode(_body(made).encode()).decode()
        yield Secret(f"header {header}", header.format(value), (value.rstrip("="),))
    for scheme in SCHEMES:
        for between in ("", "/", "#", "@", "%40", ":"):
            word = _body(made, length=7) + between + _body(made, length=7)
            url = f"{scheme}://svc:{word}@db.example.org:5432/prod"
            yield Secret(f"password with {between!r} in {scheme}", url, (word[:7], word[-7:]))
    for name in QUERIES:
        value = _body(made)
        url = f"https://api.example.org/v1?a=1&{name}={value}"
        yield Secret(f"query {name}", url, (value,))


def _keys(made: random.Random) -> Iterator[Secret]:
    for kind in KEYS:
        lines = [base64.b64encode(made.randbytes(48)).decode() for _ in range(3)]
        whole = [f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"]
        ways = {
            "lines": "\n".join(whole),
            "CRLF": "\r\n".join(whole),
            "indented": "\n    ".join(whole),
            "escaped": "\\n".join(whole),
            "quoted": "\n> ".join(whole),
            "one line": " ".join(whole),
            "no end": "\n".join(whole[:-1]),
        }
        for way, text in ways.items():
            yield Secret(f"{kind}, {way}", text, tuple(line[:24] for line in lines))


def _hidden(made: random.Random) -> Iterator[Secret]:
    for name, hiding in HIDING.items():
        value = _body(made)
        yield Secret(f"with {name}", f"pass{hiding}word={value[:9]}{hiding}{value[9:]}",
                     (value[:9], value[9:]))  # fmt: skip


def _own(made: random.Random) -> Iterator[Secret]:
    """What is one's own, or one's company's, and what no pattern knows."""
    digits = _body(made, string.digits, 40)
    yield Secret("words", " ".join(made.sample(WORDS, 4)), WORDS)
    yield Secret("word and number", made.choice(WORDS) + digits[:4], WORDS)
    yield Secret("card", " ".join(digits[i : i + 4] for i in range(0, 16, 4)), (digits[:9],))
    yield Secret("card in one", digits[:16], (digits[:16],))
    yield Secret("telephone", f"+49 {digits[:3]} {digits[3:10]}", (digits[3:10],))
    yield Secret("account", f"DE{digits[:20]}", (digits[:20],))
    yield Secret("social security", f"{digits[:3]}-{digits[3:5]}-{digits[5:9]}",
                 (f"{digits[:3]}-{digits[3:5]}-{digits[5:9]}",))  # fmt: skip
    mail = _body(made, string.ascii_lowercase, 8)
    yield Secret("mail", f"{mail}@example.org", (mail,))
    for host in ("{}.prod.internal", "{}.lan", "{}", "{}.s3.amazonaws.com", "{}.example.org"):
        name = "ip-" + _body(made, string.ascii_lowercase, 9)
        yield Secret(f"host {host}", f"cannot reach {host.format(name)}", (name,))
    for address in ("10.20.30.40", "192.168.7.9", "100.64.3.2", "fd12:3456:789a::1", "203.0.113.9"):
        yield Secret(f"address {address}", f"connect to {address} failed", (address,))
    for place in ("/home/{}/app.py", "C:\\Users\\{}\\app.py", "/srv/{}/x", "/var/lib/{}/db",
                  "\\\\nas\\{}\\x", "s3://{}/x", "~{}/x"):  # fmt: skip
        name = _body(made, string.ascii_lowercase, 10)
        yield Secret(f"path {place}", place.format(name), (name,))
    raw = made.randbytes(32)
    encodings = {
        "hexadecimal": raw.hex(),
        "short hexadecimal": raw.hex()[:32],
        "base64": base64.b64encode(raw).decode().rstrip("="),
        "base64 for a URL": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "base32": base64.b32encode(raw).decode().rstrip("="),
        "base85": base64.b85encode(raw).decode(),
        "bytes": repr(raw),
        "UUID": str(uuid.UUID(bytes=raw[:16])),
        "a Python number": str(int.from_bytes(raw, "big")),
    }
    for name, text in encodings.items():
        yield Secret(name, text, (text[:20], text[-20:]))
    yield Secret("list of bytes", str(list(raw)), (str(list(raw))[1:40],))
    customer = _body(made, string.ascii_lowercase, 11)
    yield Secret("customer", f"no such customer: {customer}", (customer,))
    yield Secret("JSON", f'{{"a": [{{"b": "{customer}"}}]}}', (customer,))
    yield Secret("SQL", f"near '{customer}': syntax error", (customer,))
    yield Secret("coordinates", "52.5200066, 13.4049540", ("52.5200066", "13.4049540"))
