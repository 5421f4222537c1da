"""What the machine can measure: each judgement, and a look that fails."""

from collections.abc import Callable
from typing import Any

import pytest

from scripts.__main__ import run_app
from scripts.commands import doctor, health
from scripts.commands.doctor import Look, condition
from scripts.commands.health import Condition
from scripts.domain.problems import MeasurementProblem
from tests.documents import document

SERIES = ("3.11", "3.12", "3.13")


@pytest.mark.pure
@pytest.mark.parametrize(
    ("judge", "arguments", "state", "mend"),
    [
        (health.pythons, (["3.11.7", "3.12.1", "3.13.0"], SERIES), "ok", ""),
        (health.pythons, (["3.11.7", "3.15.0"], SERIES), "ok", ""),
        (health.pythons, (["3.9.2", "3.14.0"], SERIES), "warning", "uv python install 3.11"),
        (health.balancers, ([],), "ok", ""),
        (health.balancers, (["haproxy"],), "warning", "apt-get install haproxy"),
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
        (health.disk_space, (9_000_000_000, True), "ok", ""),
        (health.disk_space, (900_000_000, True), "warning", "make room"),
        (health.disk_space, (90_000_000, True), "error", "make room"),
        (health.disk_space, (9_000_000_000, False), "error", "give yourself the right to write"),
        (health.memory, (8_000_000_000,), "ok", ""),
        (health.memory, (500_000_000,), "warning", "end what else runs"),
    ],
)
def test_each_judgement_names_what_mends_it(
    judge: Callable[..., Condition], arguments: tuple[Any, ...], state: str, mend: str
) -> None:
    judged = judge("it", *arguments)
    assert judged.state == state
    assert judged.mend.startswith(mend)
    assert bool(judged.mend) == (state != "ok")


@pytest.mark.pure
def test_a_look_that_fails_says_what_to_do() -> None:
    def breaks(name: str) -> Condition:
        raise OSError("no such file")

    def says(name: str) -> Condition:
        raise MeasurementProblem("uv is not installed.")

    assert condition(Look("it", breaks, "df -h")) == Condition(
        "it", "unavailable", "OSError: no such file", "df -h"
    )
    assert condition(Look("it", says, "pip")).state == "error"


@pytest.mark.local
def test_this_machine_is_looked_at_as_a_whole(
    capsys: pytest.CaptureFixture[str], recorded_index: None
) -> None:
    run_app(["doctor", "--json"])
    conditions = document("doctor", capsys.readouterr().out)["conditions"]
    assert [row["name"] for row in conditions] == [look.name for look in doctor.LOOKS]
    assert {frozenset(row) for row in conditions} == {frozenset(("name", "state", "found", "mend"))}
    assert {row["state"] for row in conditions} <= {"ok", "warning", "error"}
    run_app(["doctor"])
    assert "to mend it" in capsys.readouterr().out


@pytest.mark.local
def test_without_the_index_what_is_cached_can_still_be_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    [look] = [look for look in doctor.LOOKS if look.name == "package index"]
    assert condition(look).state == "warning"
    assert "UV_DEFAULT_INDEX" in condition(look).mend
