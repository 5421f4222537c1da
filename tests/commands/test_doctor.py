"""What the machine can measure: each judgement, and a look that fails."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from scripts.__main__ import run_app
from scripts.commands import doctor, health
from scripts.commands.health import Finding
from scripts.domain.problems import MeasurementProblem

WANTED = ("3.11", "3.12", "3.13")


@pytest.mark.pure
@pytest.mark.parametrize(
    ("judge", "arguments", "state", "mend"),
    [
        (health.pythons, (["3.11.7", "3.12.1", "3.13.0"], WANTED), "ok", ""),
        (health.pythons, (["3.11.7"], WANTED), "warning", "uv python install 3.12 3.13"),
        (health.pythons, (["3.9.2"], WANTED), "error", "uv python install 3.11"),
        (health.open_files, (1024, 4096), "ok", ""),
        (health.open_files, (None, None), "ok", ""),
        (health.open_files, (256, 4096), "error", "ulimit -n 364"),
        (health.open_files, (256, 256), "error", "raise the hard limit"),
        (health.backlog, (4096,), "ok", ""),
        (health.backlog, (1024,), "warning", "sudo sysctl net.core.somaxconn=2048"),
        (health.backlog, (128,), "error", "sudo sysctl net.core.somaxconn=2048"),
        (health.ports, (32768, 60999), "ok", ""),
        (health.ports, (50000, 51000), "warning", "sudo sysctl net.ipv4.ip_local_port_range"),
        (health.cores, (2,), "ok", ""),
        (health.cores, (1,), "warning", "use a machine with two"),
        (health.load, (0.3, 2), "ok", ""),
        (health.load, (1.4, 2), "warning", "end what else runs"),
        (health.clock, (1e-9, 0.0003), "ok", ""),
        (health.clock, (1e-9, 0.3), "warning", "end what else runs"),
        (health.clock, (0.016, 0.0003), "warning", "end what else runs"),
        (health.space, (9_000_000_000, True), "ok", ""),
        (health.space, (900_000_000, True), "warning", "make room"),
        (health.space, (90_000_000, True), "error", "make room"),
        (health.space, (9_000_000_000, False), "error", "give yourself the right to write"),
        (health.memory, (8_000_000_000,), "ok", ""),
        (health.memory, (500_000_000,), "warning", "end what else runs"),
    ],
)
def test_each_judgement_names_what_mends_it(
    judge: Callable[..., Finding], arguments: tuple[Any, ...], state: str, mend: str
) -> None:
    found = judge("it", *arguments)
    assert found.state == state
    assert found.mend.startswith(mend)
    assert bool(found.mend) == (state != "ok")


@pytest.mark.pure
def test_a_look_that_fails_is_a_finding_with_what_to_do() -> None:
    def breaks(name: str) -> Finding:
        raise OSError("no such file")

    def says(name: str) -> Finding:
        raise MeasurementProblem("uv is not installed.")

    assert doctor.looked("it", breaks, "df -h") == Finding(
        "it", "unavailable", "OSError: no such file", "df -h"
    )
    assert doctor.looked("it", says, "pip").state == "error"


@pytest.mark.local
def test_this_machine_is_looked_at_as_a_whole(
    capsys: pytest.CaptureFixture[str], recorded_index: None
) -> None:
    run_app(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in found] == list(doctor.LOOKS)
    assert {each["state"] for each in found} <= {"ok", "warning", "error", "unavailable"}
    assert not [each for each in found if each["state"] == "unavailable"]
    run_app(["doctor"])
    assert "to mend it" in capsys.readouterr().out


@pytest.mark.local
def test_without_the_index_what_is_cached_can_still_be_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    found = doctor.looked("package index", *doctor.LOOKS["package index"])
    assert found.state == "warning"
    assert "UV_DEFAULT_INDEX" in found.mend
