"""What must not be published, replaced by placeholders: names, places, addresses and secrets.

Pure: a text and the names of this machine in, a safe text out. A rule says what it replaces, so
that the user can check the list; what was replaced is never shown. Rather too much than too
little, but versions, errno and line numbers stay, without which a report says nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import msgspec
from msgspec import structs

from scripts.domain.paths import in_order
from scripts.domain.trial import Connection, Requests
from scripts.report.gate.withheld import LONGEST, legible

SLACK = 40
"""Characters that it may be longer by: so many say what was left out."""

NO_NAMES = ("", "root", "user", "localhost", "runner", "admin", "python", "linux", "none")
"""Names of users and hosts that name no one, and that a report is full of."""

HINTS = (
    r"(?:token|secret|passw(?:or)?d|pwd|passphrase|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credentials?|auth(?![a-z])|signature|sig(?![a-z])|session(?:[_-]?id)?|cookie|dsn)"
)


@dataclass(frozen=True)
class Rule:
    """What to look for, what takes its place, and what the list calls it."""

    name: str
    pattern: re.Pattern[str]
    put: str | Callable[[re.Match[str]], str]


def _rule(name: str, pattern: str, put: str | Callable[[re.Match[str]], str]) -> Rule:
    return Rule(name, re.compile(pattern), put)


def _address(match: re.Match[str]) -> str:
    """A placeholder for a private address; any other text as it is."""
    try:
        address = ipaddress.ip_address(match[0])
    except ValueError:
        return match[0]
    shared = address.version == 4 and address in ipaddress.ip_network("100.64.0.0/10")
    private = (address.is_private or shared) and not (address.is_loopback or address.is_unspecified)
    return "<private address>" if private else match[0]


REDACTIONS = (
    _rule(
        "private key",
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"
        r"(?:(?:[\s>|]|\\[nrt])++[A-Za-z0-9+/=]{4,}+(?![^\\\s'\"|-]))*+"
        r"(?:(?:[\s>|]|\\[nrt])*+-----END [A-Z ]{0,40}PRIVATE KEY-----)?",
        "<private key>",
    ),
    _rule("proxy", r"(?i)\b((?:https?|all|ftp|no|socks)_proxy)(['\"]?\s*[=:]\s*)[^\s,}]+",
          r"\1\2<proxy>"),
    _rule("credentials in a URL", r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/?#'\"<>]*@",
          r"\1<credentials>@"),
    _rule("header", r"(?i)\b((?:proxy-)?authorization|x-[a-z-]{0,40}?(?:key|token)"
          r"|(?:set-)?cookie)\b(['\"]?\s*[:=,]\s*)[^\n]+", r"\1\2<secret>"),
    _rule("token", r"(?i)\b(bearer|basic|digest)\s+(?!<)[A-Za-z0-9._~+/-]{6,}=*", r"\1 <secret>"),
    _rule(
        "token",
        r"\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|gl[a-z]{2,5}-[\w-]{16,}|xox[a-z]-[\w-]{10,}"
        r"|xapp-[\w-]{10,}|A(?:KIA|SIA)[0-9A-Z]{12,}|sk-[\w-]{16,}|[sr]k_(?:live|test)_\w{10,}"
        r"|pypi-[\w-]{16,}|npm_\w{16,}|AIza[\w-]{20,}|ya29\.[\w-]{10,}|hf_\w{16,}|dop_v1_\w{16,}"
        r"|SG\.[\w-]{10,}\.[\w-]{10,}|eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?|AGE-SECRET-KEY-\w+"
        r"|dckr_pat_[\w-]{10,}|shp[a-z]{2}_\w{16,}|key-[0-9a-f]{24,})",
        "<secret>",
    ),
    _rule("secret", rf"(?i)({HINTS}[\w-]{{0,60}}+['\"]?\s*+[=:]\s*+)(?!['\"]?<)(?!{HINTS}[\s,)\]])"
          r"(?:'[^'\n]*'|\"[^\"\n]*\"|\([^)\n]*\)|\[[^\]\n]*\]|[^\s,;&)}\]]+)", r"\1<secret>"),
    _rule("secret", rf"(?i)(?<![\w-])(--?[\w-]{{0,40}}?{HINTS}[\w-]{{0,40}}+\s++)(?!['\"]?<)"
          r"[^\s,;]+", r"\1<secret>"),
    _rule("e-mail address", r"(?<![\w.+-])[\w.+-]++@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
          "<e-mail address>"),
    _rule("private address", r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)", _address),
    _rule("private address", r"(?i)(?<![\w:.])(?:f[cde][0-9a-f]{2})(?::[0-9a-f]{0,4}){2,7}",
          _address),
    _rule("private host", r"(?i)(?<![\w.-])(?:[a-z0-9-]{1,63}+\.){1,9}(?:internal|local|lan|corp"
          r"|intranet|home|localdomain|private)\b(?!\()", "<private host>"),
    _rule("path", r"(?i)\bfile:(?!//<)/{1,3}[^\s'\"<>,)]+", "file://<path>"),
    _rule("user name", r"(/(?:home|Users)/)[^/\s'\"<>:,)]+", r"\1<user>"),
    _rule("user name", r"(?i)\b([a-z]:\\+Users\\+)[^\\\s'\"<>:]+", r"\1<user>"),
    _rule("temporary path", r"(?<![\w>/.~])(?:/private)?/(?:tmp|var/tmp|var/folders|dev/shm)"
          r"(?:/[^\s'\"<>:,)]*)?", "<temporary path>"),
    _rule("path", r"(?<![\w<>/.~:])/(?!usr/|lib/|lib64/|proc/|dev/|home/<|Users/<)"
          r"(?:[^\s/'\"<>:|,)]+/)+(?=[^\s/'\"<>:|,)]*)", "<path>/"),
)  # fmt: skip
"""In the order they are applied: what contains another comes before it."""


@dataclass
class Redactor:
    """Replaces what must not be published, and counts what it replaced.

    Args:
        users, hosts: names of this machine's users, and its own.
        places: folders and the placeholders to put for them, such as the home.
        scrubbed: takes out of a text what was kept back elsewhere.

    Attributes:
        replaced: how many times each kind was replaced.
    """

    users: Iterable[str] = ()
    hosts: Iterable[str] = ()
    places: dict[str, str] = field(default_factory=dict)
    scrubbed: Callable[[str], str] = str
    replaced: Counter[str] = field(default_factory=Counter)

    def __call__(self, text: str) -> str:
        """The text without what must not be published; the same for a text that is safe.

        What no reader sees goes first, so that nothing hides behind it; and of a line only so much
        stays as somebody may read, so that its length costs no time.
        """
        text = "\n".join(map(self._cut, legible(text).split("\n")))
        text = self.scrubbed(text)
        for folder, placeholder in in_order(self.places):
            text = self._put(f"path {placeholder}", re.escape(folder), placeholder, text)
        for rule in REDACTIONS:
            text = self._apply(rule, text)
        for kind, names in (("user name", self.users), ("host name", self.hosts)):
            for name in names:
                if name.lower() not in NO_NAMES and len(name) > 1:
                    pattern = rf"(?i)(?<![\w-]){re.escape(name)}(?![\w-])"
                    text = self._put(kind, pattern, f"<{kind.split()[0]}>", text)
        return text

    def note(self, kind: str) -> None:
        """Count something that another replaced."""
        self.replaced[kind] += 1

    def _cut(self, line: str) -> str:
        """A line, or its beginning and how much follows."""
        if len(line) <= LONGEST + SLACK:
            return line
        more = len(line) - LONGEST
        self.replaced["end of a long line"] += 1
        return f"{line[:LONGEST]}<{more} more characters>"

    def _apply(self, rule: Rule, text: str) -> str:
        def put(match: re.Match[str]) -> str:
            new = rule.put(match) if callable(rule.put) else match.expand(rule.put)
            self.replaced[rule.name] += new != match[0]
            return new

        return rule.pattern.sub(put, text)

    def _put(self, kind: str, pattern: str, placeholder: str, text: str) -> str:
        safe, count = re.subn(pattern, lambda _: placeholder, text)
        self.replaced[kind] += count
        return safe

    def counts(self) -> list[str]:
        """What was replaced, for the user to check: kinds and counts."""
        return [f"{count} x {kind}" for kind, count in sorted(self.replaced.items()) if count]


Value = TypeVar("Value")


def redacted(value: Value, hide: Callable[[str], str]) -> Value:
    """A value with every text in it made safe to publish; what is only numbers stays as it is."""
    safe: Any = value
    if isinstance(value, str):
        safe = hide(value)
    elif isinstance(value, dict):
        safe = {redacted(key, hide): redacted(item, hide) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        safe = type(value)([redacted(item, hide) for item in value])
    elif isinstance(value, msgspec.Struct) and not isinstance(value, Requests | Connection):
        fields = structs.asdict(value).items()
        safe = structs.replace(value, **{name: redacted(field, hide) for name, field in fields})
    return cast(Value, safe)
