"""Which rows the matrix has on which Python."""

import pytest

from scripts.commands import rows
from scripts.commands.options import TargetOptions
from scripts.commands.rows import Newest
from scripts.domain.trial import LOADS
from scripts.environments import index, pythons


@pytest.mark.pure
def test_every_python_here_has_its_own_control(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythons, "installed", lambda: ["3.12.1", "3.14.0"])
    monkeypatch.setattr(index, "newest", lambda package, _: {"aiohttp": "3.14.5"}.get(package, "9"))
    assert [target.name for target, _ in rows.on_each_python(LOADS["smoke"])] == [
        "httpx 0.27.2, httpcore 1.0.6, Python 3.12.1",
        "httpx 9, httpcore 9, Python 3.12.1",
        "aiohttp 3.10.10, Python 3.12.1",
        "httpx 9, httpcore 9, Python 3.14.0",
        "aiohttp 3.14.5, Python 3.14.0",
    ]


def names(chosen: rows.Rows) -> list[str]:
    return [target.name for target, _ in chosen.entries]


@pytest.mark.index
def test_a_python_of_the_document_has_every_telling_row_that_needs_no_compiler() -> None:
    first = rows.chosen(TargetOptions(), None, Newest("3.11.7"))
    later = rows.chosen(TargetOptions(), None, Newest("3.13.1"))
    assert "aiohttp 3.9.5" in names(first)
    assert first.left_out == []
    assert names(later) == [name for name in names(first) if name != "aiohttp 3.9.5"]
    assert later.left_out == [
        "aiohttp 3.9.5 has no wheel for Python 3.13.1 and is left out; "
        "--targets 'aiohttp==3.9.5' has it compiled."
    ]


@pytest.mark.index
def test_a_later_python_has_the_newest_releases_alone() -> None:
    chosen = rows.chosen(TargetOptions(), None, Newest("3.14.2"))
    assert sorted(target.axis for target, _ in chosen.entries) == [
        "aiohttp",
        "httpx",
        "httpx",
        "httpx-aiohttp",
        "httpx2",
    ]
    assert chosen.left_out == [
        "On Python 3.14.2 the matrix holds the newest releases alone: the document's have wheels "
        "for 3.11 to 3.13."
    ]


@pytest.mark.index
def test_what_is_named_is_tried_on_any_python() -> None:
    chosen = rows.chosen(TargetOptions(target=("document",)), None, Newest("3.14.2"))
    assert names(chosen) == ["httpx 0.27.2, httpcore 1.0.6", "aiohttp 3.10.10"]
    assert chosen.left_out == []
