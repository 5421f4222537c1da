"""Which mixtures can be had: asked once, kept, and read again without whoever answered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.environments.build import Environments
from scripts.environments.contents import Contents, Packages
from scripts.environments.uv import Unavailable, Unreachable
from scripts.search.contrast import PYTHON, Contrast, Versions
from scripts.search.mixtures import MIXTURES, Mixtures
from tests.builders import contrast


class MadeUpContents(Contents):
    """Answers out of which version of httpx needs which of httpcore, and notes what it is asked."""

    def __init__(self, silent: bool = False) -> None:
        self.asked: list[tuple[Packages, Packages, str]] = []
        self.silent = silent

    def with_spares(
        self, pins: Mapping[str, str], spares: Mapping[str, str], python: str
    ) -> Packages:
        self.asked.append((dict(pins), dict(spares), python))
        if self.silent:
            raise Unreachable("no answer")
        if pins.get("httpx") == "0.28.1" and pins.get("anyio") == "4.6.2":
            raise Unavailable("httpx 0.28.1 needs another anyio")
        if pins.get("certifi") == "2024.8.30" and "six" in spares:
            return {**pins, "six": spares["six"]}
        if pins.get("idna") == "3.10":
            return {**pins, "surprise": "1.0"}
        return dict(pins)


def asked() -> Contrast:
    good = {"anyio": "4.6.2", "certifi": "2024.7.4", "httpx": "0.27.2", "idna": "3.7"}
    bad = {
        **{"anyio": "4.7.0", "certifi": "2024.8.30", "httpx": "0.28.1", "idna": "3.10"},
        "six": "1.16.0",
    }
    return contrast(good, bad)


@pytest.mark.pure
def test_what_can_be_had_is_asked_once_and_known_again_without_asking(tmp_path: Path) -> None:
    contents = MadeUpContents()
    counts: list[int] = []
    mixtures = Mixtures(asked(), tmp_path, contents, counts.append)
    anyio, httpx = frozenset({"anyio"}), frozenset({"httpx"})
    for _ in range(2):
        assert mixtures(anyio) == anyio
        assert mixtures(httpx) is None
    pins = {"anyio": "4.7.0", "certifi": "2024.7.4", "httpx": "0.27.2", "idna": "3.7"}
    assert contents.asked[0] == (pins, {"six": "1.16.0"}, "")
    assert counts == [1, 2]
    again = Mixtures(asked(), tmp_path)
    assert (again(anyio), again(httpx)) == (anyio, None)
    assert again.target(anyio) == mixtures.target(anyio)
    assert asked().changes_of(again.target(anyio)) == anyio
    assert again(frozenset({"certifi"})) is None  # nobody is there who could be asked
    assert again.target(frozenset()) == asked().good
    assert again.target(frozenset(asked().changes)) == asked().bad


@pytest.mark.pure
def test_what_a_package_needs_comes_along(tmp_path: Path) -> None:
    mixtures = Mixtures(asked(), tmp_path, MadeUpContents())
    with_six = frozenset({"certifi", "six"})
    assert mixtures(frozenset({"certifi"})) == with_six
    assert "six==1.16.0" in mixtures.target(with_six).pins
    assert mixtures(with_six) == with_six


@pytest.mark.pure
def test_what_neither_environment_has_makes_it_another_one(tmp_path: Path) -> None:
    assert Mixtures(asked(), tmp_path, MadeUpContents())(frozenset({"idna"})) is None


@pytest.mark.pure
def test_another_python_is_asked_for_where_it_is_a_change(tmp_path: Path) -> None:
    both = asked()
    changes = {PYTHON: Versions("3.11.7", "3.12.1"), **both.changes}
    bad = msgspec.structs.replace(both.bad, python="3.12")
    contents = MadeUpContents()
    both = msgspec.structs.replace(both, changes=changes, bad=bad)
    mixtures = Mixtures(both, tmp_path, contents)
    newer, older = frozenset({PYTHON}), frozenset({"anyio"})
    assert (mixtures(newer), mixtures(older)) == (newer, older)
    assert [python for *_, python in contents.asked] == ["3.12", ""]
    assert mixtures.target(newer).python == "3.12"
    assert mixtures.target(older).python == ""


@pytest.mark.pure
def test_a_silent_index_is_no_answer_and_nothing_is_kept_of_it(tmp_path: Path) -> None:
    with pytest.raises(MeasurementProblem, match="no answer: connect, and go on"):
        Mixtures(asked(), tmp_path, MadeUpContents(silent=True))(frozenset({"anyio"}))
    assert not (tmp_path / MIXTURES).exists()


@pytest.mark.pure
@pytest.mark.parametrize("text", ["[", "{}", '[{"asked": "anyio"}]'])
def test_kept_answers_that_are_damaged_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / MIXTURES).write_text(text)
    with pytest.raises(UsageProblem, match=r"mixtures\.json is damaged .*: delete it\."):
        Mixtures(asked(), tmp_path)


@pytest.mark.index
def test_real_versions_that_do_not_go_together_and_one_that_comes_along(
    environments: Environments, tmp_path: Path
) -> None:
    good = {"anyio": "4.4.0", "idna": "3.7", "sniffio": "1.3.1"}
    bad = {"anyio": "4.12.0", "idna": "3.7", "typing-extensions": "4.12.2"}
    mixtures = Mixtures(contrast(good, bad), tmp_path, Contents(environments))
    # anyio 4.12 needs no sniffio any more, and typing-extensions instead.
    assert mixtures(frozenset({"anyio"})) == frozenset({"anyio", "typing-extensions"})
    assert mixtures(frozenset({"sniffio"})) == frozenset()
    assert mixtures(frozenset({"typing-extensions"})) == frozenset({"typing-extensions"})
    cores = contrast(
        {"certifi": "2024.7.4", "httpcore": "0.17.3", "httpx": "0.24.1"},
        {"certifi": "2024.7.4", "httpcore": "1.0.6", "httpx": "0.27.2"},
    )
    apart = tmp_path / "cores"
    apart.mkdir()
    assert Mixtures(cores, apart, Contents(environments))(frozenset({"httpcore"})) is None
