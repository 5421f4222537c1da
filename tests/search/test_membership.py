"""A package is searched only where its environment holds it, or the script imports it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from scripts.domain.problems import UsageProblem
from scripts.domain.targets import parse
from scripts.domain.trial import Target
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.search import membership
from scripts.search.membership import require_commits, require_release
from tests.builders import commit, git, pyproject
from tests.conftest import DAY

HEADER = '# /// script\n# dependencies = ["anyio==4.6.2.post1"]\n# ///\n'

BACKEND = """
import zipfile, pathlib

def build_wheel(directory, settings=None, metadata=None):
    name = "thing_py-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, name), "w") as wheel:
        wheel.writestr("thing/__init__.py", pathlib.Path("thing/__init__.py").read_bytes())
        wheel.writestr("thing_py-1.0.dist-info/METADATA", "Name: thing-py\\nVersion: 1.0\\n")
    return name
"""


def script(folder: Path, source: str) -> Target:
    """A target whose client is a script of one's own."""
    path = folder / "own.py"
    path.write_text(source)
    return Target("own", str(path))


def require(environments: Environments, package: str, target: Target) -> None:
    python = environments.interpreter(target.python).version
    require_release(package, target, python, environments)


@pytest.mark.index
def test_any_package_of_the_clients_or_the_servers_environment_may_vary(
    environments: Environments,
) -> None:
    for package in ("httpx", "h11", "anyio", "numpy", "server:uvicorn", "server:starlette"):
        require(environments, package, parse("document"))


@pytest.mark.index
def test_a_clients_package_is_none_of_the_servers(environments: Environments) -> None:
    with pytest.raises(UsageProblem, match=r"not in the environment of repro/server\.py"):
        require(environments, "server:httpx", parse("document"))


@pytest.mark.index
def test_what_a_script_declares_brings_along_may_vary(
    environments: Environments, tmp_path: Path
) -> None:
    require(environments, "sniffio", script(tmp_path, HEADER + "import anyio\n"))


@pytest.mark.index
def test_what_a_script_without_a_header_imports_may_vary_under_either_name(
    environments: Environments, tmp_path: Path
) -> None:
    target = script(tmp_path, "def later():\n    import yaml.nodes\n    from requests import get\n")
    require(environments, "requests", target)
    require(environments, "pyyaml", target)


@pytest.mark.index
def test_a_slip_ends_within_seconds_and_names_the_nearest(
    environments: Environments, tmp_path: Path
) -> None:
    began = time.monotonic()
    with pytest.raises(UsageProblem, match=r"requests") as caught:
        require(environments, "reqests", script(tmp_path, "import requests\n"))
    assert str(caught.value).count("reqests") >= 1
    with pytest.raises(UsageProblem, match=r"\bh11\b"):
        require(environments, "h12", parse("document"))
    assert time.monotonic() - began < 20


@pytest.mark.index
def test_a_strangers_package_is_refused_and_never_installed(tmp_path: Path) -> None:
    environments = Environments(tmp_path / "environments", today=DAY)
    target = script(tmp_path, HEADER + "import anyio\n")
    with pytest.raises(UsageProblem, match=r"which imports nothing of it: .* header") as caught:
        require(environments, "wheel", target)
    assert "\n" not in str(caught.value)
    with pytest.raises(UsageProblem, match="name a package that is there") as caught:
        require(environments, "wheel", parse("document"))
    assert "header" not in str(caught.value)
    assert not environments.folder.exists()


@pytest.mark.index
def test_a_clones_package_may_vary_where_a_script_imports_what_it_builds(
    environments: Environments, tmp_path: Path
) -> None:
    made = tmp_path / "clone"
    made.mkdir()
    git(made, "init", "-q", "-b", "main")
    (made / "backend.py").write_text(BACKEND)
    (made / "pyproject.toml").write_text(pyproject("thing-py"))
    first = commit(made, "thing/__init__.py", "A = 1\n")
    broken = commit(made, "backend.py", "raise ValueError('broken')")
    clone = Clone(made)
    imports = script(tmp_path, "import thing\n")
    require_commits("thing-py", imports, clone, [broken, first], environments)
    other = script(tmp_path, "import json\n")
    require_commits("thing-py", other, clone, [broken], environments)
    with pytest.raises(UsageProblem, match=r"thing-py is not in the environment of .*own\.py"):
        require_commits("thing-py", other, clone, [broken, first], environments)


@pytest.mark.pure
def test_modules_beside_a_script_come_from_no_package(tmp_path: Path) -> None:
    source = "import os, requests, helper\nfrom . import near\nfrom kit.part import x\n"
    (tmp_path / "helper.py").touch()
    (tmp_path / "requests").mkdir()
    modules = membership.imported(source)
    assert modules == {"os", "requests", "helper", "kit"}
    assert membership.foreign(modules, tmp_path) == {"requests", "kit"}


@pytest.mark.pure
def test_a_module_that_is_imported_by_name_is_imported() -> None:
    source = (
        "x = importlib.import_module('ours' if importlib.util.find_spec('new.part') else 'old')\n"
        "import_module('.near'), import_module(name), __import__('old'), find_spec(), print('no')\n"
    )
    assert membership.imported(source) == {"new", "old"}
