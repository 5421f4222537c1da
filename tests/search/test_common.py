"""Versions of other packages that several targets share."""

from pathlib import Path
from typing import Any

import pytest

from scripts.domain import targets
from scripts.domain.trial import Target
from scripts.environments.uv import Unreachable
from scripts.search.common import Common, common
from tests.search.test_holding import Index

pytestmark = pytest.mark.pure

RELEASES = {
    "0.1": {"a": (1, 2), "step": (1, 1)},
    "0.2": {"a": (2, 9), "step": (2, 2), "late": (1, 4)},
}

ROW = [targets.parse(f"httpx=={name}") for name in RELEASES]


class Asked(Index):
    """An index beside which answers are kept."""

    def __init__(self, folder: Path) -> None:
        super().__init__(RELEASES)
        self.folder = folder


class Silent(Asked):
    """One that answers for releases alone."""

    def client_packages(self, target: Target) -> dict[str, str]:
        if len(target.pins) > 1:
            raise Unreachable("offline")
        return super().client_packages(target)


def shared(environments: Any) -> Common:
    return common(ROW, environments, lambda _: True, lambda _: None)


def test_all_that_goes_with_every_target_is_shared_and_what_each_has_of_its_own_is_not(
    tmp_path: Path,
) -> None:
    assert shared(Asked(tmp_path)) == Common({"a": "2", "late": "4"}, silent=False)


def test_it_is_tried_out_once(tmp_path: Path) -> None:
    first, again = Asked(tmp_path), Asked(tmp_path)
    assert shared(first) == shared(again)
    assert len(first.asked) > len(again.asked) == len(ROW)
    for kept in (tmp_path / "shared").iterdir():
        kept.write_text("damaged")
    assert shared(Asked(tmp_path)) == shared(first)


def test_a_silent_index_is_told_and_nothing_is_remembered(tmp_path: Path) -> None:
    assert shared(Silent(tmp_path)) == Common({}, silent=True)
    assert not (tmp_path / "shared").exists()
    assert shared(Asked(tmp_path)).pins


def test_what_a_target_pins_is_left_alone(tmp_path: Path) -> None:
    row = [ROW[0], targets.parse("httpx==0.2,late==3")]
    index: Any = Asked(tmp_path)
    assert "late" not in common(row, index, lambda _: True, lambda _: None).pins
