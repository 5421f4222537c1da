"""What a probe is asked to do, as it reads it."""

import base64
import json
import math
from pathlib import Path

import pytest

from scripts.domain.files import PROJECT
from scripts.domain.targets import parse
from scripts.domain.trial import LOADS, Load, Place, Target
from scripts.trials.job import Job
from scripts.trials.loopback import client_address
from scripts.trials.specification import (
    client_specification,
    imported_names,
    payload,
    relay_specification,
    server_specification,
    write_specification,
)

pytestmark = pytest.mark.pure

SCRATCH = Path("/scratch")
JOB = Job(parse("document"), LOADS["smoke"], Place("x"), 30)


def test_a_client_is_asked_for_its_load(tmp_path: Path) -> None:
    address = client_address(JOB.target, 4711)
    path = tmp_path / "client.json"
    write_specification(client_specification(JOB, address, SCRATCH), path)
    asked = json.loads(path.read_text())
    assert asked["script"] == str(PROJECT / "repro" / "httpx_client.py")
    assert asked["constants"] == {"TOTAL_REQUESTS": 40, "CONCURRENT_REQUESTS": 10, "TIMEOUT": 5}
    where = {"scheme": "http", "host": "127.0.0.1", "port": 4711, "path": "/process_image"}
    assert asked["address"] == where
    assert (asked["serves"], asked["notes"], asked["deadline"]) == (False, True, 30)
    assert (asked["record"], asked["stack"]) == ("/scratch/client.note", "/scratch/stack")
    assert {"httpx", "httpcore", "aiohttp"} <= set(asked["libraries"])
    assert (asked["keepalive_expiry"], asked["expiry_factor"]) == (None, 0.1)
    hooks = {
        module: (hook["argument"], hook["seconds"]) for module, hook in asked["keepalive_hooks"]
    }
    assert hooks["httpx"] == ("keepalive_expiry", 5)
    assert hooks["aiohttp"] == ("keepalive_timeout", 15)


def test_a_server_is_asked_for_its_clock(tmp_path: Path) -> None:
    path = tmp_path / "server.json"
    write_specification(server_specification(JOB, 4711, SCRATCH), path)
    assert json.loads(path.read_text()) == {
        "script": str(PROJECT / "repro" / "server.py"),
        "delay": 0.05,
        "keep_alive": 0.5,
        "numbered": False,
        "port": 4711,
        "certificate": None,
        "key": None,
        "ready": "/scratch/ready",
        "record": "/scratch/server.note",
    }


def test_what_speaks_tls_is_told_so() -> None:
    job = Job(JOB.target, JOB.load.derived(tls=True, latency=0.5), Place("x"))
    server = server_specification(job, 4711, SCRATCH)
    assert (server.certificate, server.key) == ("/scratch/certificate.pem", "/scratch/key.pem")
    relay = relay_specification(job, "127.0.0.1", 4711, SCRATCH)
    assert (relay.delay, relay.plain, relay.port) == (0.5, False, 4711)
    assert client_address(job.target, 7, tls=True).url == "https://127.0.0.1:7/process_image"


def test_a_load_may_name_an_infinite_time(tmp_path: Path) -> None:
    endless = Job(JOB.target, Load("endless", timeout=math.inf), Place("x"))
    path = tmp_path / "client.json"
    address = client_address(JOB.target, 1)
    write_specification(client_specification(endless, address, SCRATCH), path)
    assert json.loads(path.read_text())["constants"]["TIMEOUT"] == math.inf


def test_an_image_is_always_the_same_bytes() -> None:
    image = payload(Load("x", payload_bytes=90))
    assert image == payload(Load("y", payload_bytes=90))
    assert image is not None
    assert len(base64.b64decode(image)) == 90
    assert payload(Load("as the script has it")) is None


def test_pins_say_what_is_likely_imported() -> None:
    target = Target("x", "x.py", ("httpx[http2]==0.28.1", "httpx-aiohttp==0.2.0"))
    assert imported_names(target) == ["httpx", "httpx_aiohttp"]


@pytest.mark.parametrize(
    ("url", "server", "where"),
    [
        ("", "repro/server.py", "http://127.0.0.1:7/process_image"),
        ("", "server.py", "http://127.0.0.1:7"),
        ("http://[::1]:7/x", "server.py", "http://[::1]:7/x"),
        ("http://localhost:7", "server.py", "http://localhost:7"),
    ],
)
def test_a_client_is_sent_to_this_machine(url: str, server: str, where: str) -> None:
    assert client_address(Target("x", "x.py", server=server, url=url), 7).url == where
