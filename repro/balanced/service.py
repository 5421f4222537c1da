# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "fastapi==0.115.2",
#     "uvicorn==0.32.0",
#     "starlette==0.40.0",
#     "pydantic==2.9.2",
# ]
# [tool.uv]
# exclude-newer = "2024-10-21T00:00:00Z"
# ///
"""Two replicas of the batching image service behind a balancer: nginx, or HAProxy.

By hand: `BALANCER=haproxy uv run repro/balanced/service.py`, then a client beside it. It needs
Debian's package nginx-light or haproxy, and no rights. Three settings decide who closes an idle
connection first, all in seconds: KEEP_ALIVE (the balancer's, to its clients),
UPSTREAM_KEEP_ALIVE (the balancer's, to a replica; HAProxy closes half of them each time) and
REPLICA_KEEP_ALIVE (the replica's). MAX_FAILS is how often a replica may fail before nginx leaves it
alone for 10 s, 0 for always.
"""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uvicorn

HERE = Path(__file__).parent
BALANCER = os.environ.get("BALANCER", "nginx")
PORT = int(os.environ.get("PORT", 8000))
ACCESS_LOG = os.environ.get("ACCESS_LOG", "")  # a line for each answer: its status
PACKAGES = {"nginx": "nginx-light", "haproxy": "haproxy"}
SETTINGS = {  # in the balancer's configuration: which line, by the variable that sets it
    "KEEP_ALIVE": {"nginx": r"^    keepalive_timeout \S+?(?=;)", "haproxy": r"http-keep-alive \S+"},
    "UPSTREAM_KEEP_ALIVE": {
        "nginx": r"^        keepalive_timeout \S+?(?=;)",
        "haproxy": r"pool-purge-delay \S+",
    },
}


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def end_with_parent():
    """Have this process ended where the one that started it is gone, even where that was killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def serve_replica(port):
    """One replica, in a process of its own; returns its number."""
    process = os.fork()
    if process:
        return process
    try:
        import batching

        end_with_parent()
        uvicorn.run(
            batching.image_service,
            port=port,
            timeout_keep_alive=float(os.environ.get("REPLICA_KEEP_ALIVE", 5)),
            log_level="warning",
        )
    finally:
        os._exit(1)  # whatever happens here, what follows is the other process' matter


def configured(ports, folder):
    """The balancer's configuration with this run's ports and settings; returns its file."""
    name = {"nginx": "nginx.conf", "haproxy": "haproxy.cfg"}[BALANCER]
    text = (HERE / name).read_text()
    usual = dict(zip(("8000", "8001", "8002"), (PORT, *ports), strict=True))
    text = re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda found: str(usual[found[0]]), text)
    for variable, lines in SETTINGS.items():
        if variable in os.environ:
            milliseconds = f"{1000 * float(os.environ[variable]):.0f}ms"
            text = re.sub(
                lines[BALANCER],
                lambda found, to=milliseconds: f"{found[0].rpartition(' ')[0]} {to}",
                text,
                flags=re.MULTILINE,
            )
    if "MAX_FAILS" in os.environ:
        text = text.replace("max_fails=1", f"max_fails={int(os.environ['MAX_FAILS'])}")
    if ACCESS_LOG:
        text = text.replace("access_log access.log", f'access_log "{ACCESS_LOG}"')
    place = Path(folder, name)
    place.write_text(text)
    return place


def balance(configuration, folder):
    """The balancer, which ends with this process; returns it."""
    program = shutil.which(BALANCER, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        sys.exit(f"{BALANCER} is not installed: apt-get install {PACKAGES[BALANCER]}")
    calls = {
        "nginx": ["-p", folder, "-c", str(configuration), "-e", "stderr"],
        "haproxy": ["-db", "-f", str(configuration)],
    }
    keeps_log = ACCESS_LOG and BALANCER == "haproxy"  # which writes it to its standard output
    log = os.open(ACCESS_LOG, os.O_CREAT | os.O_WRONLY | os.O_APPEND) if keeps_log else None
    return subprocess.Popen(
        [program, *calls[BALANCER]],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if log is None else log,
        preexec_fn=end_with_parent,
    )


def main():
    if BALANCER not in PACKAGES:
        sys.exit(f"there is no balancer {BALANCER!r}; there are {', '.join(PACKAGES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    ports = free_ports(2)
    with tempfile.TemporaryDirectory(dir=Path(ACCESS_LOG).parent if ACCESS_LOG else None) as folder:
        replicas = [serve_replica(port) for port in ports]
        try:
            for port in ports:
                wait_for(port)
            balancer = balance(configured(ports, folder), folder)
            try:
                sys.exit(f"{end_of(balancer)}; what it said stands above")
            finally:
                balancer.terminate()
                balancer.wait()
        finally:
            for replica in replicas:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(replica, signal.SIGKILL)


def end_of(balancer):
    """Wait until the balancer ends, or a replica that was not told to; returns what did."""
    while True:
        ended, status = os.wait()
        number = os.waitstatus_to_exitcode(status)
        if ended == balancer.pid:
            return f"{BALANCER} ended with status {number}"
        if number != 0:
            return f"a replica ended with status {number}"


def wait_for(port):
    for _ in range(200):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit("a replica does not serve")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
