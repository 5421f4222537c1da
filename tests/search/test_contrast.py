"""Two environments, what is between them, and what is stored of that."""

from __future__ import annotations

import msgspec
import pytest

from scripts.domain import targets
from scripts.domain.problems import UsageProblem
from scripts.search.contrast import PYTHON, Versions, create, differing, load_contrast
from tests.builders import contrast

pytestmark = pytest.mark.pure


def test_what_differs_is_told_with_what_one_of_them_lacks() -> None:
    good, bad = {"a": "1", "b": "1", "c": "1"}, {"b": "2", "c": "1", "d": "1"}
    assert differing(good, bad) == {
        "a": Versions("1", None),
        "b": Versions("1", "2"),
        "d": Versions(None, "1"),
    }
    assert differing(good, good) == {}


def test_a_mixture_has_the_changes_that_were_made_and_its_name_tells_them() -> None:
    asked = contrast()
    packages = {"anyio": "4.7.0", "certifi": "2024.7.4", "httpx": "0.27.2", "idna": "3.10"}
    mixture = asked.mixture(frozenset({"anyio", "idna"}), packages)
    assert mixture.name == "2 of 4 changes: anyio 4.7.0, idna 3.10"
    assert set(mixture.pins) == {f"{name}=={version}" for name, version in packages.items()}
    assert asked.changes_of(mixture) == {"anyio", "idna"}
    assert asked.changes_of(asked.good) == frozenset()
    assert asked.changes_of(asked.bad) == set(asked.changes)
    assert asked.mixture(frozenset(), {}) == asked.good
    assert asked.mixture(frozenset(asked.changes), {}) == asked.bad


def test_extras_of_the_good_environment_are_kept_where_its_version_is() -> None:
    asked = contrast()
    extra = msgspec.structs.replace(asked.good, pins=("httpx[http2]==0.27.2", "idna[all]==3.7"))
    filled = targets.filled(extra, {"httpx": "0.27.2", "idna": "3.10", "six": "1.16.0"}, "mixed")
    assert filled.pins == ("httpx[http2]==0.27.2", "idna==3.10", "six==1.16.0")
    assert targets.repins(extra, filled) == {"idna": ("3.7", "3.10"), "six": (None, "1.16.0")}


def test_a_version_that_is_asked_for_by_its_spelling_is_pinned_as_any_other() -> None:
    asked = contrast()
    spelt = msgspec.structs.replace(asked.bad, pins=("httpx===0.27.2",))
    packages = {name: pair.bad for name, pair in asked.changes.items() if pair.bad is not None}
    bad = targets.filled(spelt, {"httpx": "0.27.2", **packages}, "mine.txt")
    assert "httpx==0.27.2" in bad.pins
    assert asked.changes_of(bad) == set(asked.changes)


def test_a_mixture_has_no_extra_that_would_bring_back_what_it_is_to_do_without() -> None:
    asked = contrast({"h2": "4.1.0", "httpx": "0.27.2"}, {"httpx": "0.27.2", "idna": "3.10"})
    good = msgspec.structs.replace(asked.good, pins=("h2==4.1.0", "httpx[http2]==0.27.2"))
    asked = msgspec.structs.replace(asked, good=good)
    assert asked.mixture(frozenset({"h2"}), {"httpx": "0.27.2"}).pins == ("httpx==0.27.2",)
    assert asked.mixture(frozenset(), {}) == good


def test_a_package_that_is_gone_and_one_that_is_new_are_changes_too() -> None:
    asked = contrast({"idna": "3.7", "sniffio": "1.3.1"}, {"idna": "3.7", "six": "1.16.0"})
    made = asked.mixture(frozenset({"sniffio"}), {"idna": "3.7"})
    assert made.name == "1 of 2 changes: sniffio absent"
    assert asked.changes_of(made) == {"sniffio"}


def test_python_is_a_change_whether_a_version_or_a_path_names_it() -> None:
    asked = contrast()
    changes = {PYTHON: Versions("3.11.7", "3.12.1"), **asked.changes}
    bad = msgspec.structs.replace(asked.bad, python="/opt/python3.12")
    asked = msgspec.structs.replace(asked, changes=changes, bad=bad)
    newer = asked.mixture(frozenset({PYTHON}), {"idna": "3.7"})
    older = asked.mixture(frozenset({"idna"}), {"idna": "3.10"})
    assert (newer.python, older.python) == ("/opt/python3.12", "")
    assert newer.name == "1 of 5 changes: python 3.12.1"
    assert asked.changes_of(newer) == {PYTHON}
    assert asked.changes_of(older) == {"idna"}
    assert PYTHON in asked.changes_of(bad)
    assert PYTHON not in asked.changes_of(asked.good)


def test_of_many_changes_the_first_are_named() -> None:
    names = [f"p{number}" for number in range(6)]
    asked = contrast(dict.fromkeys(names, "1"), dict.fromkeys(names, "2"))
    assert asked.named(frozenset(names[1:])) == "p1 2, p2 2, p3 2 and 2 more"


def test_it_is_read_as_it_was_written() -> None:
    asked = contrast(left_out=["own"], deadline=3.0)
    assert load_contrast(create(asked)) == asked
    ends = [(point.name, point.target) for point in asked.points]
    assert ends == [("yours.txt", asked.good), ("mine.txt", asked.bad)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "holds no difference (no contrast.json)"),
        ("{", "is damaged"),
        ('{"schema": 1}', "is damaged"),
    ],
)
def test_a_folder_of_something_else_is_refused(text: str | None, words: str) -> None:
    folder = create(contrast())
    file = folder / "contrast.json"
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    with pytest.raises(UsageProblem) as caught:
        load_contrast(folder)
    assert words in str(caught.value)


def test_another_layout_is_refused() -> None:
    with pytest.raises(UsageProblem, match="has schema 7, not 1: start anew"):
        load_contrast(create(contrast(schema=7)))
