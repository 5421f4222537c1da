"""One index for listing and for installing: whichever uv's own settings name."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.domain.problems import UsageProblem
from scripts.environments.index_setting import IndexSetting, chosen

pytestmark = pytest.mark.pure

A, B = "https://a.example.org/simple", "https://b.example.org/simple"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inner = tmp_path / "around" / "project"
    inner.mkdir(parents=True)
    return inner


def test_without_settings_it_is_the_public_one(folder: Path) -> None:
    setting = chosen({}, folder)
    assert (setting.name, setting.source, setting.left_out) == ("the public index", "", ())


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_a_variable_counts_before_any_file(folder: Path, name: str) -> None:
    (folder / "uv.toml").write_text(f'index-url = "{B}"')
    setting = chosen({name: A}, folder)
    assert (setting.url, setting.source) == (A, name)


FILES = {
    "index-url": ("uv.toml", f'index-url = "{A}"'),
    "a default index": ("uv.toml", f'[[index]]\nurl = "{A}"\ndefault = true'),
    "uv pip's own": ("uv.toml", f'[pip]\nindex-url = "{A}"'),
    "a project": ("pyproject.toml", f'[tool.uv]\nindex-url = "{A}"'),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_names_it(folder: Path, case: str) -> None:
    name, text = FILES[case]
    (folder / name).write_text(text)
    setting = chosen({}, folder)
    assert (setting.url, setting.source) == (A, str(folder / name))


def test_of_the_files_around_the_nearest_counts(folder: Path) -> None:
    (folder.parent / "uv.toml").write_text(f'index-url = "{B}"')
    assert chosen({}, folder).url == B
    (folder / "pyproject.toml").write_text("[project]\nname = 'x'")  # which says nothing to uv
    assert chosen({}, folder).url == B
    (folder / "pyproject.toml").write_text("[tool.uv]\nenvironments = []")
    assert chosen({}, folder).name == "the public index"


def test_the_users_own_file_counts_last(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "home" / ".config" / "uv"
    own.mkdir(parents=True)
    (own / "uv.toml").write_text(f'index-url = "{B}"')
    variables = {"HOME": str(tmp_path / "home")}
    assert chosen(variables, folder).url == B
    (folder / "uv.toml").write_text(f'index-url = "{A}"')
    assert chosen(variables, folder).url == A
    assert chosen({**variables, "UV_NO_CONFIG": "1"}, folder).name == "the public index"
    assert chosen({**variables, "UV_CONFIG_FILE": str(own / "uv.toml")}, folder).url == B


def test_further_places_are_left_out_and_told(folder: Path) -> None:
    (folder / "uv.toml").write_text(f'index-url = "{A}"\nextra-index-url = ["{B}"]')
    setting = chosen({"UV_FIND_LINKS": "/wheels"}, folder)
    assert setting.left_out == ("UV_FIND_LINKS", str(folder / "uv.toml"))


def test_a_record_names_no_user_and_no_password() -> None:
    setting = IndexSetting("https://me:hunter2@a.example.org:8443/simple/?token=hunter3#x")
    assert setting.name == "https://a.example.org:8443/simple"


def test_a_damaged_file_is_said(folder: Path) -> None:
    (folder / "uv.toml").write_text("index-url = [")
    with pytest.raises(UsageProblem, match="which may name the package index, is damaged"):
        chosen({}, folder)


@pytest.mark.parametrize("text", ["index = 3", "pip = 3", "index-url = 3", "[[index]]\nurl = 3"])
def test_a_file_of_other_types_names_none(folder: Path, text: str) -> None:
    (folder / "uv.toml").write_text(text)
    assert chosen({}, folder).name == "the public index"
