"""What was true one day, kept for tests: trials that were run, and answers of the package index.

The trials are published ones, trimmed to the connections that a request failed on and three more,
with the requests that they carried numbered anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from scripts.domain.trial import Trial
from scripts.trials import store

FOLDER = Path(__file__).parent
FAILING = FOLDER / "trials" / "0036-httpx-0.27.2-httpcore-1.0.6-compressed.json"
"""A trial of which three requests failed, all of a stale connection."""

HEALTHY = FOLDER / "trials" / "0010-aiohttp-3.10.10-compressed.json"
"""One of the control, of which none did."""


def trials() -> list[Trial]:
    """The recorded trials."""
    return store.trials(FOLDER / "trials")


class _Index(BaseHTTPRequestHandler):
    """Answers as the index did: a package's page as JSON, 404 for a package that is not kept."""

    def do_GET(self) -> None:
        page = FOLDER / "index" / f"{Path(self.path).name}.json"
        body = page.read_bytes() if page.is_file() else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def index() -> Iterator[str]:
    """The address of an index on this machine that gives the recorded answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Index) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/simple/"
        server.shutdown()
        serving.join()
