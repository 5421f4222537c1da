"""Packages that anybody knows: their names and versions get out, those of others do not."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from scripts.domain import libraries
from scripts.report.gate.withheld import PLACEHOLDER, Gate, legible

LIST = Path(__file__).with_name("public_packages.txt")
"""The 15,000 packages of the Python Package Index that were downloaded most in the month before
2026-04-01, by hugovk/top-pypi-packages: names only."""

LOCAL = re.compile(r"(?:cpu|cu\d{2,3}|rocm[\d.]{1,6}|post\d{1,3})")
"""Labels after the plus of a version with which well-known packages are built."""

LONGEST_VERSION = 40
"""Characters of a version."""


@cache
def public() -> frozenset[str]:
    """The names that anybody knows, as the index compares them."""
    layers = {layer for library in libraries.LIBRARIES.values() for layer in library.stack}
    own = {canonicalize_name(name) for name in (*libraries.LIBRARIES, *libraries.axes(), *layers)}
    return frozenset({*LIST.read_text().split(), *own})


MODULES = {
    "attr": "attrs", "bs4": "beautifulsoup4", "Crypto": "pycryptodome", "cv2": "opencv-python",
    "dateutil": "python-dateutil", "dns": "dnspython", "dotenv": "python-dotenv",
    "google": "protobuf", "jose": "python-jose", "jwt": "pyjwt", "multipart": "python-multipart",
    "OpenSSL": "pyopenssl", "PIL": "pillow", "pkg_resources": "setuptools", "serial": "pyserial",
    "sklearn": "scikit-learn", "socks": "pysocks", "yaml": "pyyaml", "zmq": "pyzmq",
    "_pytest": "pytest", "_cffi_backend": "cffi", "typing_extensions": "typing-extensions",
}  # fmt: skip
"""Modules of well-known packages that are called otherwise."""


def owner(module: str) -> str:
    """The package that a module most likely is of."""
    return MODULES.get(module, module)


def told(package: str, named: Collection[str] = ()) -> bool:
    """Whether a package's name may be told.

    Args:
        package: its name.
        named: names that whoever measured has named: they are what it is about.
    """
    name = canonicalize_name(package)
    return name in named or name in public()


def name(package: str, gate: Gate) -> str:
    """A package's name as it gets out."""
    seen = legible(package)
    return seen if told(seen, gate.named) else gate.withhold("package", seen)


def version(number: str, gate: Gate) -> str:
    """A version as it gets out: without a label that says where it was built."""
    seen = legible(number)
    public_part, plus, label = seen.partition("+")
    if PLACEHOLDER.fullmatch(seen) or not _is_public(public_part):
        return gate.withhold("version", seen)
    safe = LOCAL.fullmatch(label) or PLACEHOLDER.fullmatch(label)
    return public_part + plus + (label if safe else gate.withhold("label", label))


def _is_public(text: str) -> bool:
    """Whether a text is a version and no more, with numbers as versions have them."""
    try:
        Version(text)
    except InvalidVersion:
        return False
    return len(text) <= LONGEST_VERSION and max(map(len, re.findall(r"\d+", text))) <= 12
