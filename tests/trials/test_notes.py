"""A probe's note becomes a record, its moments counted from the trial's own zero."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.domain.trial import Connection, Lag, Requests, Server, Turn
from scripts.trials.notes import ClientNote, ServerNote, answers, loaded, since_zero, tail

pytestmark = pytest.mark.pure

ZERO = 1000.0


def client_note(**fields: Any) -> dict[str, Any]:
    """The note of a client that sent one request on one connection, as its probe writes it."""
    note: dict[str, Any] = {
        "began": 1000.5,
        "ended": 1002.5000004,
        "cpu": [0.25, 0.1250004],
        "peak_memory": 4096,
        "lag": {"longest": 0.3, "late_share": 0.1, "ticks": 9, "stalls": [[1001.0, 1001.25]]},
        "replaced": {"TIMEOUT": 5, "SERVER_URL": "http://localhost:1/x"},
        "recorded": True,
        "requests": {"start": [1001.0, 1002.0], "end": [1001.5, None], "failure": [None, None]},
        "failures": [],
        "connections": [{"port": 7, "opened": 1001.0, "turns": [[0, 1001.0, 1001.125, None]]}],
        "served": None,
        "script_failure": None,
        "libraries": {"h11": {"path": "/x/h11", "sha256": "0", "version": None}},
        "python": "3.11.7",
    }
    return note | fields


def written(folder: Path, note: object) -> Path:
    path = folder / "note"
    path.write_text(json.dumps(note))
    return path


def read(folder: Path, **fields: Any) -> ClientNote:
    note = loaded(written(folder, client_note(**fields)), ClientNote)
    assert note is not None
    return note


def test_a_clients_note_becomes_its_record(tmp_path: Path) -> None:
    client = read(tmp_path).client(ZERO)
    assert (client.wall, client.cpu_user, client.cpu_system) == (2.0, 0.25, 0.125)
    assert client.requests == Requests([1.0, 2.0], [1.5, None], [None, None])
    assert client.lag == Lag(0.3, 0.1, 9, [(1.0, 1.25)])
    assert client.connections == [Connection(7, 1.0, turns=[Turn(0, 1.0, 1.125, None)])]
    assert client.libraries["h11"].path == "/x/h11"


def test_a_script_that_is_not_recorded_has_no_requests(tmp_path: Path) -> None:
    client = read(tmp_path, recorded=False, lag=None).client(ZERO)
    assert client.requests is None
    assert client.lag is None


def test_a_client_may_have_its_server_in_itself(tmp_path: Path) -> None:
    assert read(tmp_path).server(ZERO) == Server()
    served = [{"port": 7, "opened": 1001.0, "arrivals": [[1001.5, None]]}]
    server = read(tmp_path, served=served).server(ZERO)
    assert server.connections == [Connection(7, 1.0, arrivals=[(1.5, None)])]
    assert server.cpu is None


def test_connections_that_only_looked_are_not_the_clients(tmp_path: Path) -> None:
    entries = [{"port": port, "opened": 1001.0} for port in (7, 8)]
    path = written(tmp_path, {"connections": entries, "cpu": [0.5, 0.25], "replaced": {}})
    note = loaded(path, ServerNote)
    assert note is not None
    server = note.server(ZERO, [8])
    assert server.connections == [Connection(7, 1.0)]
    assert server.cpu == 0.75


def test_every_moment_is_counted_and_what_did_not_happen_stays_so() -> None:
    connection = Connection(
        7,
        1000.0,
        turns=[Turn(None, 1001.0, None, None), Turn(0, 1002.0, 1003.0, 1004.0)],
        arrivals=[(1005.0, 1006.0)],
        timer=1007.0,
        closed=1008.0,
        how="reset",
        closer=0,
        eof=1009.0,
        lost=1010.0,
        errno=104,
    )
    assert since_zero(connection, ZERO) == Connection(
        7,
        0.0,
        turns=[Turn(None, 1.0, None, None), Turn(0, 2.0, 3.0, 4.0)],
        arrivals=[(5.0, 6.0)],
        timer=7.0,
        closed=8.0,
        how="reset",
        closer=0,
        eof=9.0,
        lost=10.0,
        errno=104,
    )
    assert since_zero(Connection(7, 1000.0), ZERO) == Connection(7, 0.0)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_what_is_no_note_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "note"
    assert loaded(path, ServerNote) is None
    path.write_bytes(content)
    assert loaded(path, ServerNote) is None


def test_the_last_lines_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "errors"
    assert tail(path) == ""
    path.write_text("".join(f"{number}\n" for number in range(30)))
    assert tail(path, 3) == "27\n28\n29"
    path.write_text("x" * 9000)
    assert len(tail(path)) == 8000


def test_the_statuses_of_an_access_log_are_counted(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    assert answers(log) is None
    log.write_text("200\n200 ----\n-1 SD--\n\nBADREQ 7\n502\n99\n2000\n")
    assert answers(log) == {0: 1, 200: 2, 502: 1}
    log.write_text("")
    assert answers(log) is None
