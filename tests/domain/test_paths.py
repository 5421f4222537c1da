"""A path is short where people look, and hidden where it is kept."""

from pathlib import Path

import msgspec
import pytest

from scripts.domain import paths
from scripts.domain.files import PROJECT
from scripts.domain.trial import ImportedLibrary

pytestmark = pytest.mark.pure


def test_a_path_is_shown_relative_to_where_people_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.shown(tmp_path / "results" / "x.json") == "results/x.json"
    assert paths.shown(tmp_path.parent / "x.json") == str(tmp_path.parent / "x.json")


def test_a_path_inside_the_project_is_kept_relative_to_it(tmp_path: Path) -> None:
    assert paths.from_project(PROJECT / "repro" / "server.py") == "repro/server.py"
    assert paths.from_project(tmp_path / "x.py") == str(tmp_path / "x.py")
    assert paths.located("repro/server.py") == PROJECT / "repro" / "server.py"


def test_a_path_of_the_users_is_kept_as_a_record_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    kept = paths.from_project(tmp_path / "x.py")
    assert kept == "~/x.py" == paths.hiding(paths.machine_places())(kept)
    assert paths.located(kept) == tmp_path / "x.py"
    beside = Path(f"/elsewhere{tmp_path}/x.py")
    assert paths.from_project(beside) == str(beside)


def test_a_command_is_told_without_the_folders_of_its_machine() -> None:
    command = ("bisect", "--source", "/srv/people/clone", "results/x", "")
    assert paths.portable(command) == ("bisect", "--source", "path/to/clone", "results/x", "")


def test_placeholders_reach_every_string_and_what_lies_inside_comes_first() -> None:
    hide = paths.hiding({"/srv": "~", "/srv/venv": "<environment>"})
    nested = {"/srv/venv/lib": ["a /srv/venv/b", ("/srv/c", 1, None, 2.5)], "x": True}
    assert hide(nested) == {
        "<environment>/lib": ["a <environment>/b", ["~/c", 1, None, 2.5]],
        "x": True,
    }
    imported = ImportedLibrary("/srv/venv/h11/__init__.py", "0" * 64, None)
    assert msgspec.convert(hide(imported), ImportedLibrary) == ImportedLibrary(
        "<environment>/h11/__init__.py", "0" * 64, None
    )


def test_a_folder_whose_name_begins_alike_is_another() -> None:
    hide = paths.hiding({"/a/b": "<b>"})
    assert hide("/a/b-env/x, /a/bc, /a/b/x, '/a/b'") == "/a/b-env/x, /a/bc, <b>/x, '<b>'"


def test_the_root_of_everything_is_no_place() -> None:
    assert paths.hiding({"/": "~", "": "<nothing>"})("/srv/x") == "/srv/x"


def test_a_trial_names_none_of_its_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/people/mm")
    folders = [Path("/srv/people/mm/e", name) for name in ("1", "2", "scratch", "python")]
    hide = paths.hiding(paths.trial_places(*folders))
    texts = [*(f"{folder}/x" for folder in folders), f"{PROJECT}/x", "/srv/people/mm/x"]
    assert [hide(text) for text in texts] == [
        "<environment>/x",
        "<server environment>/x",
        "<scratch>/x",
        "<python>/x",
        "<project>/x",
        "~/x",
    ]


def test_an_environment_that_both_share_counts_as_the_servers() -> None:
    shared = Path("/srv/e/1")
    places = paths.trial_places(shared, shared, Path("/srv/scratch"), Path("/srv/python"))
    assert places["/srv/e/1"] == "<server environment>"


def test_texts_from_this_machine_name_neither_the_project_nor_the_home(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/srv/people/mm")
    hide = paths.hiding(paths.machine_places())
    assert hide(f"{PROJECT}/results and /srv/people/mm/x") == "<project>/results and ~/x"


def test_a_hidden_path_lies_in_its_place() -> None:
    assert paths.lies_in("<environment>/lib/x.py", "<environment>")
    assert not paths.lies_in("<python>/<environment>/x.py", "<environment>")
    assert not paths.lies_in("", "<environment>")
