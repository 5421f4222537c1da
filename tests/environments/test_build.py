"""Environments are isolated, exact, shared where they are alike, and never half-built."""

import concurrent.futures
import datetime
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs

from scripts.domain.files import PROJECT
from scripts.domain.pins import pin
from scripts.domain.problems import UsageProblem
from scripts.domain.targets import parse
from scripts.environments import build, installation
from scripts.environments.build import Environments
from scripts.environments.uv import Unavailable, Unreachable, end_of_day, reason, uv
from tests.conftest import DAY


@pytest.mark.index
def test_the_documents_environment_is_the_one_of_its_day(environments: Environments) -> None:
    built = environments.client(parse("document"))
    packages = built.description.packages
    assert (packages["httpx"], packages["httpcore"], packages["h11"]) == (
        "0.27.2",
        "1.0.6",
        "0.14.0",
    )
    assert built.description.moved == {}


@pytest.mark.index
def test_a_move_that_a_pin_forces_is_recorded_and_nothing_else_moves(
    environments: Environments,
) -> None:
    moved = environments.client(parse("httpx==0.24.1")).description.moved
    assert moved == {"httpx": ("0.27.2", "0.24.1"), "httpcore": ("1.0.6", "0.17.3")}
    young = environments.client(parse("httpx2==2.0.0")).description
    assert young.held is None
    assert young.moved == {"h11": ("0.14.0", "0.16.0")}
    assert young.packages["numpy"] == "2.1.2"


@pytest.mark.index
def test_all_targets_share_one_server_environment(environments: Environments) -> None:
    folders = {environments.server(parse(pins)).folder for pins in ("document", "httpx2==2.0.0")}
    assert len(folders) == 1


@pytest.mark.index
def test_a_servers_package_can_be_pinned(environments: Environments) -> None:
    target = parse("httpx==0.27.2,httpcore==1.0.6,server:uvicorn==0.30.6")
    assert environments.server(target).description.packages["uvicorn"] == "0.30.6"
    assert "uvicorn" not in environments.client(target).description.packages


@pytest.mark.index
def test_a_server_script_of_ours_brings_its_packages_as_of_the_documents_day(
    environments: Environments,
) -> None:
    served = structs.replace(parse("document"), server="repro/variants/gunicorn_server.py")
    packages = environments.server(served).description.packages
    assert (packages["gunicorn"], packages["uvloop"]) == ("23.0.0", "0.21.0")
    pinned = structs.replace(served, server_pins=("gunicorn==22.0.0",))
    assert environments.server(pinned).description.packages["gunicorn"] == "22.0.0"


@pytest.mark.index
def test_what_an_environment_would_hold_is_told_without_building_it(
    environments: Environments, tmp_path: Path
) -> None:
    fresh = Environments(tmp_path / "none", today=DAY)
    target = parse("httpx==0.27.2,httpcore==1.0.6,server:uvicorn==0.30.6")
    assert fresh.client_packages(target) == environments.client(target).description.packages
    assert fresh.server_packages(target) == environments.server(target).description.packages
    assert not fresh.folder.exists()


@pytest.mark.index
def test_pins_that_do_not_go_together_are_asked_about_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = Environments(tmp_path, today=DAY)
    with pytest.raises(Unavailable, match="unsatisfiable"):
        fresh.client_packages(parse("httpx==0.27.2,httpcore==0.17.3"))
    monkeypatch.setattr(build, "resolve", None)
    with pytest.raises(Unavailable, match="unsatisfiable"):
        fresh.client_packages(parse("httpx==0.27.2,httpcore==0.17.3"))


@pytest.mark.index
def test_a_yanked_release_is_had_where_a_pin_names_it(environments: Environments) -> None:
    packages = environments.client(parse("httpx==0.27.2,anyio==4.6.2")).description.packages
    assert packages["anyio"] == "4.6.2"


@pytest.mark.index
def test_another_day_holds_the_other_packages(environments: Environments) -> None:
    built = environments.client(parse("httpx==0.27.2,httpcore==1.0.6@2025-06-01"))
    assert built.description.held == "2025-06-01"
    assert set(built.description.moved) >= {"anyio"}
    assert "httpcore" not in built.description.moved


@pytest.mark.index
@pytest.mark.parametrize(
    ("pins", "words"),
    [
        ("httpx==9.9.9", "there is no version of httpx==9.9.9"),
        ("httpx==0.27.2,surely-no-such-package==1", "was not found in the package registry"),
        ("httpx==0.27.2,httpcore==0.17.3", "unsatisfiable"),
    ],
)
def test_what_cannot_be_had_says_why_in_one_sentence(
    environments: Environments, pins: str, words: str
) -> None:
    with pytest.raises(Unavailable) as caught:
        environments.client(parse(pins))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.index
def test_many_threads_build_an_environment_once(tmp_path: Path) -> None:
    fresh = Environments(tmp_path)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        built = list(pool.map(lambda _: fresh.get(["h11==0.14.0"], "", "2024-10-20"), range(4)))
    assert len({environment.folder for environment in built}) == 1
    assert not list(tmp_path.glob(".building-*"))


@pytest.mark.index
def test_processes_that_build_an_environment_at_the_same_time_share_one(tmp_path: Path) -> None:
    build = (
        "import pathlib, sys; from scripts.environments.build import Environments; "
        "made = Environments(pathlib.Path(sys.argv[1])).get(['h11==0.14.0'], '', '2024-10-20'); "
        "print(made.folder.name)"
    )
    command = [sys.executable, "-c", build, str(tmp_path)]
    processes = [
        subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    names = {process.communicate(timeout=120)[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0, 0]
    assert {path.name for path in tmp_path.iterdir()} == {"asked", *names}
    assert len(names) == 1


@pytest.mark.index
def test_a_damaged_environment_is_built_again(tmp_path: Path) -> None:
    first = Environments(tmp_path).get(["h11==0.14.0"], "", "2024-10-20")
    first.interpreter.unlink()
    again = Environments(tmp_path).get(["h11==0.14.0"], "", "2024-10-20")
    assert again.interpreter.exists()


@pytest.mark.index
def test_what_was_built_on_another_day_serves_while_the_index_is_silent(
    environments: Environments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = parse("httpx2==2.0.0")
    built = environments.client(target)
    assert built.description.held is None

    def silent(*_: object) -> None:
        raise Unreachable("no answer")

    monkeypatch.setattr(build, "resolve", silent)
    assert Environments(today=datetime.date(2099, 1, 1)).client(target) == built
    with pytest.raises(Unreachable):
        Environments(tmp_path).client(target)


@pytest.mark.index
def test_a_build_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*arguments: str, timeout: float = 600) -> str:
        if arguments[:2] == ("pip", "install"):
            raise Unavailable("no wheel")
        return uv(*arguments, timeout=timeout)

    monkeypatch.setattr(installation, "uv", failing)
    with pytest.raises(Unavailable, match="no wheel"):
        Environments(tmp_path).get(["h11==0.14.0"], "", "2024-10-20")
    assert [path.name for path in tmp_path.iterdir()] == []


@pytest.mark.pure
@pytest.mark.parametrize("text", ["httpx", "httpx>=0.27", "httpx==0.27.*", "==1", "a b", ""])
def test_a_pin_names_one_version(text: str) -> None:
    with pytest.raises(UsageProblem):
        pin(text)


@pytest.mark.pure
def test_uvs_boxes_and_hints_become_a_sentence() -> None:
    text = (
        "warning: something else\n  × No solution found when resolving dependencies:\n"
        "  ╰─▶ Because a depends on b and\n      b is gone, no.\n\n      hint: try harder\n"
    )
    assert reason(text) == (
        "No solution found when resolving dependencies: Because a depends on b and b is gone, no."
    )


@pytest.mark.pure
def test_a_day_ends_where_the_next_begins() -> None:
    assert end_of_day("2024-12-31") == "2025-01-01T00:00:00Z"
