"""Packages made up for what no real one shows, and an index of this machine that serves them.

Any other package is asked of the real index: the made-up ones come beside it. Environments are
kept by name and version of what they hold, so a release whose code changes needs a new name.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from packaging.utils import canonicalize_name
from pypi_simple import PYPI_SIMPLE_ENDPOINT

INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")
"""Environment variables that name the index."""


@dataclass(frozen=True)
class Release:
    """One made-up release.

    Attributes:
        code: of its only module.
        needs: what it requires, as pip writes it.
        yanked: whether it was.
    """

    code: str
    needs: tuple[str, ...] = ()
    yanked: bool = False


@dataclass(frozen=True)
class Package:
    """A made-up package: its releases by version, in order."""

    name: str
    releases: Mapping[str, Release] = field(default_factory=dict)


def _line(name: str, *stretches: tuple[int, Release]) -> Package:
    """A package of releases 1.0, 1.1, ...: so many alike, then so many of the next kind."""
    alike = [release for count, release in stretches for _ in range(count)]
    return Package(name, {f"1.{minor}": release for minor, release in enumerate(alike)})


def _raising(error: str, then: str = "return sum(items)") -> Release:
    return Release(f"def balance(items):\n    {error or then}\n")


SEGFAULT = Release("import ctypes\n\n\ndef start():\n    ctypes.string_at(0)\n")
STARTS = Release("def start():\n    pass\n")
REFUSES = Release("import sys\n\n\ndef start():\n    sys.exit('no fuel')\n")
RAISES = Release("def speak():\n    raise RuntimeError('this is not to be')\n")
FAIR = Release("def draw():\n    return 'drawn'\n")
UNFAIR = Release(
    "def draw():\n"
    "    first, *_ = {'oak', 'elm', 'ash', 'fir'}\n"
    "    if first == 'elm':\n"
    "        raise KeyError(first)\n"
    "    return first\n"
)
QUICK = Release("def ordered(items):\n    return sorted(items)\n")
SLOW = Release(
    "import time\n\n\n"
    "def ordered(items):\n"
    "    end = time.monotonic() + 4\n"
    "    while time.monotonic() < end:\n"
    "        items = sorted(items)\n"
    "    return items\n"
)
WHOLE = Release("def assemble():\n    return 'whole'\n")
UNMET = Release("def assemble():\n    return 'whole'\n", needs=("foreign-nowhere>=9",))
BROKEN = Release("from collections import Mapping\n")
APART = Release("def assemble():\n    raise OSError('it fell apart')\n")
GREEDY = Release("def ordered(items):\n    return (b'-' * 300_000_000)[:300]\n")

PACKAGES = {
    package.name: package
    for package in (
        _line(
            "foreign-ledger",
            (4, _raising("")),
            (2, _raising("raise TypeError('half way there')")),
            (4, _raising("raise ValueError('no balance')")),
        ),
        _line("foreign-engine", (4, STARTS), (3, REFUSES), (4, SEGFAULT)),
        _line("foreign-mute", (6, RAISES)),
        _line("foreign-luck", (7, FAIR), (5, UNFAIR)),
        _line("foreign-sorter", (5, QUICK), (4, SLOW), (3, QUICK), (3, GREEDY)),
        _line("foreign-parts", (3, WHOLE), (2, UNMET), (2, BROKEN), (3, APART)),
    )
}


def wheel(package: Package, version: str) -> tuple[str, bytes]:
    """The file name and the content of a release's wheel."""
    release = package.releases[version]
    module = package.name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    files = {
        f"{module}.py": release.code,
        f"{info}/METADATA": metadata(package, version),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: made\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = [f"{name},{_hash(text)},{len(text)}" for name, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            # A day of its own would make every wheel another one.
            archive.writestr(zipfile.ZipInfo(name), text)
    return f"{module}-{version}-py3-none-any.whl", content.getvalue()


def metadata(package: Package, version: str) -> str:
    """A release's METADATA."""
    needs = "".join(f"Requires-Dist: {need}\n" for need in package.releases[version].needs)
    return f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {version}\n{needs}"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _hexadecimal(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def page(package: Package) -> bytes:
    """A package's page of the index, as JSON (PEP 691, 700 and 714)."""
    files = []
    for day, (version, release) in enumerate(package.releases.items(), 1):
        name, content = wheel(package, version)
        files.append(
            {
                "filename": name,
                "url": f"/files/{name}",
                "hashes": {"sha256": _hexadecimal(content)},
                "size": len(content),
                "upload-time": f"2024-01-{day:02d}T00:00:00.000000Z",
                "yanked": release.yanked,
                "core-metadata": {"sha256": _hexadecimal(metadata(package, version).encode())},
            }
        )
    meta = {"api-version": "1.1"}
    versions = list(package.releases)
    return json.dumps(
        {"meta": meta, "name": package.name, "versions": versions, "files": files}
    ).encode()


def _handler(elsewhere: str) -> type[BaseHTTPRequestHandler]:
    """What answers for the index; `elsewhere` is the real one."""
    files: dict[str, bytes] = {}
    for package in PACKAGES.values():
        for version in package.releases:
            name, content = wheel(package, version)
            files |= {name: content, f"{name}.metadata": metadata(package, version).encode()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, _, name = self.path.strip("/").partition("/")
            if kind == "files" and name in files:
                self._give(files[name], "application/octet-stream")
            elif kind == "simple" and canonicalize_name(name) in PACKAGES:
                content = page(PACKAGES[canonicalize_name(name)])
                self._give(content, "application/vnd.pypi.simple.v1+json")
            elif kind == "simple" and not name.startswith("foreign-"):
                self.send_response(302)
                self.send_header("Location", f"{elsewhere.rstrip('/')}/{name}/")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self.send_error(404)

        def _give(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    return Handler


@contextmanager
def index() -> Iterator[dict[str, str]]:
    """Serve the made-up packages; gives the environment variables that name their index."""
    elsewhere = next(filter(None, map(os.environ.get, INDEXES)), PYPI_SIMPLE_ENDPOINT)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(elsewhere)) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        address = f"http://127.0.0.1:{server.server_port}/simple/"
        try:
            yield {"UV_DEFAULT_INDEX": address}
        finally:
            server.shutdown()
            serving.join()
