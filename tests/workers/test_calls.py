"""What a call of several hosts says that cannot be: one sentence, and a status."""

import subprocess
import sys
from collections.abc import Iterator
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from threading import Thread

import pytest

from scripts.domain.files import PROJECT
from scripts.trials.loopback import LOOPBACK
from tests.commands.test_cli import wrong

pytest.importorskip("distributed", reason="only who has several hosts needs Dask")

pytestmark = pytest.mark.local


def call(*arguments: str, hiding: str = "") -> tuple[int, list[str]]:
    """Status and standard error of a call, in which a package cannot be found."""
    code = (
        "import importlib.util as u, runpy, sys\n"
        f"find, hidden = u.find_spec, {hiding!r}\n"
        "u.find_spec = lambda name, *a: None if name == hidden else find(name, *a)\n"
        "sys.argv[0] = 'scripts'\n"
        "runpy.run_module('scripts', run_name='__main__', alter_sys=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert not done.stdout
    return done.returncode, done.stderr.strip().split("\n")


SMOKE = ("repro", "--targets", "document", "--load", "smoke", "--rounds", "1")


@pytest.fixture
def web_server() -> Iterator[int]:
    """The port of what is no scheduler."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with HTTPServer((LOOPBACK, 0), Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--workers", "many"), "'many' names no workers: write local:4"),
        (("--workers", "tcp://10.0.0.5"), "use tls://10.0.0.5:8786"),
        (("--workers", "local:2", "--lanes", "2"), "--lanes goes without --workers"),
        (("--workers", "local:2", "--certificates", "x"), "goes with --workers tls://HOST"),
        (("--certificates", "x"), "goes with --workers tls://HOST"),
    ],
)
def test_what_does_not_go_together_is_told_before_anything_runs(
    options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = wrong(capsys, *SMOKE, *options)
    assert status == 2
    assert words in said
    assert "\n" not in said


@pytest.mark.parametrize("verb", ["bisect", "history"])
def test_signals_about_time_are_not_for_trials_beside_each_other(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for option in (("--workers", "local:2"), ("--lanes", "2")):
        asked = (verb, "--package", "httpcore", "--signal", "slow")
        status, said = wrong(capsys, *asked, *option)
        assert status == 2
        assert "'slow' is about time" in said
        assert "\n" not in said


def test_without_dask_it_says_how_to_get_it() -> None:
    for arguments in ((*SMOKE, "--workers", "local:2"), ("scheduler",)):
        status, lines = call(*arguments, hiding="distributed")
        assert status == 1
        assert any("pip install -r requirements-workers.txt" in line for line in lines)


@pytest.mark.long
def test_nothing_there_or_no_scheduler_is_a_sentence(web_server: int) -> None:
    status, [said] = call("worker", "tcp://127.0.0.1:1")
    assert status == 1
    assert "nothing listens at tcp://127.0.0.1:1: start a scheduler there" in said
    status, [said] = call("worker", f"tcp://127.0.0.1:{web_server}")
    assert status == 1
    assert "what listens there is no Dask scheduler that speaks plain tcp" in said
    status, [said] = call("scheduler", f"tcp://127.0.0.1:{web_server}", "--dashboard", "0")
    assert status == 1
    assert "nothing can listen at" in said


def test_certificates_that_are_none_are_a_sentence(tmp_path: Path) -> None:
    status, [said] = call("worker", "tls://127.0.0.1:1", "--certificates", str(tmp_path))
    assert status == 2
    assert "there is no" in said
    for name in ("authority.pem", "certificate.pem", "key.pem"):
        (tmp_path / name).write_text("nothing")
    status, [said] = call("scheduler", "tls://127.0.0.1:0", "--certificates", str(tmp_path))
    assert status == 2
    assert "the certificates cannot be used" in said
    status, [said] = call("scheduler", "tcp://127.0.0.1:0", "--certificates", str(tmp_path))
    assert status == 2
    assert "--certificates goes with a tls:// address" in said


def test_tls_without_certificates_is_a_sentence(web_server: int) -> None:
    status, [said] = call("worker", f"tls://127.0.0.1:{web_server}")
    assert status == 2
    assert "takes certificates" in said


@pytest.mark.parametrize("lacking", ["uv"])
def test_a_worker_without_uv_says_so(lacking: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    code = (
        "import shutil, sys, runpy\n"
        "shutil.which = lambda *a, **k: None\n"
        "sys.argv = ['scripts', 'worker', 'tcp://127.0.0.1:1']\n"
        "runpy.run_module('scripts', run_name='__main__', alter_sys=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "uv is not installed: run `pip install -r requirements.txt`."
