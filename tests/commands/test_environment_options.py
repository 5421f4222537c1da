"""Two environments as a command line names them."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from scripts.commands.environment_options import both
from scripts.commands.search_options import TrialOptions
from scripts.environments.contents import Contents, Packages

pytestmark = pytest.mark.pure


class Listed:
    """Stands for contents that hold what is asked for and no more; the index is not asked."""

    today = "2024-10-20"

    def python(self, asked: str) -> str:
        return asked or "3.11.7"

    def held(self, requirements: list[str], python: str, day: str) -> Packages:
        return dict(line.split("==") for line in requirements if "==" in line)


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder, pin in (("mine", "httpx==0.28.1"), ("yours", "httpx==0.27.2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "requirements.txt").write_text(f"{pin}\n")
    mine, yours = (str(tmp_path / name / "requirements.txt") for name in ("mine", "yours"))
    contents = cast(Contents, Listed())
    sides = both(yours, mine, ("", ""), TrialOptions(), contents)
    assert [side.title for side in sides] == ["requirements.txt (good)", "requirements.txt (bad)"]
    assert [side.target.name for side in sides] == [side.title for side in sides]
    (tmp_path / "yours" / "requirements.txt").rename(tmp_path / "yours.txt")
    sides = both(str(tmp_path / "yours.txt"), mine, ("", ""), TrialOptions(), contents)
    assert [side.title for side in sides] == ["yours.txt", "requirements.txt"]
