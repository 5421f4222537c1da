"""Targets that are compared with each other hold all else equal where they can."""

from pathlib import Path

import pytest

from scripts.commands import levelling
from scripts.domain import targets
from scripts.domain.surveys import SURVEYS
from scripts.domain.trial import Target
from scripts.environments import index
from scripts.environments.build import Environments
from scripts.environments.uv import Unreachable

PYTHON = "3.11.7"

OLD, NEW = targets.parse("httpx2==2.0.0"), targets.parse("httpx2==2.16.2")


def newest(package: str) -> str:
    releases = {"httpx": "0.28.1", "httpcore": "1.0.9", "anyio": "4.16.0", "httpx2": "2.16.2"}
    return (releases | {"httpx-aiohttp": "0.2.0"}).get(package, "3.14.5")


@pytest.mark.long
@pytest.mark.index
def test_a_librarys_releases_share_what_goes_with_all_of_them(tmp_path: Path) -> None:
    environments = Environments(tmp_path)
    run = levelling.levelled(levelling.by_library([OLD, NEW]), PYTHON, environments)
    old, new = (environments.client_packages(run[target]) for target in (OLD, NEW))
    differing = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    assert differing == {"httpx2", "httpcore2"}
    assert [run[target].name for target in (OLD, NEW)] == ["httpx2 2.0.0", "httpx2 2.16.2"]


@pytest.mark.index
def test_what_the_document_ran_keeps_its_environment(tmp_path: Path) -> None:
    chosen = [targets.document(), targets.control(), targets.parse("httpx==0.28.1")]
    chosen += [targets.parse("aiohttp==3.14.5")]
    families = levelling.by_library(chosen)
    assert levelling.levelled(families, PYTHON, Environments(tmp_path)) == {}


@pytest.mark.pure
def test_remedies_are_one_family_and_kinds_of_client_one_for_each_release() -> None:
    remedies = levelling.by_group("remedies", SURVEYS["remedies"](newest))
    assert list(remedies) == ["remedies"]
    kinds = levelling.by_group("variants", SURVEYS["variants"](newest))
    assert list(kinds) == [
        "httpx 0.27.2, httpcore 1.0.6",
        "httpx 0.28.1, httpcore 1.0.9",
        "httpx2 2.0.0",
        "httpx2 2.16.2",
    ]


class Silent(Environments):
    """Environments without an index."""

    def client_packages(self, target: Target) -> dict[str, str]:
        raise Unreachable("offline")


@pytest.mark.pure
def test_where_the_index_is_silent_they_run_as_they_are_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "has_wheel", lambda *_: True)
    families = levelling.by_library([OLD, NEW])
    assert levelling.levelled(families, PYTHON, Silent(tmp_path)) == {}
    assert "the targets of httpx2; what does stands under the table" in capsys.readouterr().err
