"""What is taken of stored trials is the same with an index and without one, whatever befalls it."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from scripts.domain.problems import UsageProblem
from scripts.domain.shared import Shared
from scripts.domain.trial import Place, Target, Trial
from scripts.trials import extract_index, extracts, store
from scripts.trials.extract_index import INDEX
from scripts.trials.extracts import Extract, extracted
from tests.builders import made

pytestmark = pytest.mark.pure

COUNT = 12


class Facts(msgspec.Struct, frozen=True):
    """What is taken in these tests."""

    order: int
    target: Shared[Target]
    wall: float | None


def facts(trial: Trial) -> Facts:
    return Facts(trial.place.order, Shared(trial.target), trial.client.wall)


class Counted:
    """Takes facts, and counts of how many trials."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, trial: Trial) -> Facts:
        self.count += 1
        return facts(trial)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(extracts, "LEAST", COUNT // 2)
    for order in range(1, COUNT + 1):
        store.write(made(order=order, wall=float(order)), tmp_path)
    return tmp_path


def taken(folder: Path, name: str = "facts") -> tuple[list[Facts], int]:
    """What is taken, which is what the files say; and of how many trials that were read."""
    counted = Counted()
    rows = list(extracted(folder, Extract(name, Facts, counted)))
    assert rows == [facts(trial) for trial in store.trials(folder)]
    return rows, counted.count


def test_trials_are_read_once(folder: Path) -> None:
    assert taken(folder)[1] == COUNT
    assert (folder / INDEX).exists()
    rows, read = taken(folder)
    assert read == 0
    assert len({id(row.target) for row in rows}) == 1
    assert taken(folder, "others")[1] == COUNT
    assert taken(folder)[1] == 0


def test_few_trials_have_no_index(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracts, "LEAST", COUNT + 1)
    assert taken(folder)[1] == COUNT
    assert not (folder / INDEX).exists()


def test_only_what_came_or_changed_is_read_again(folder: Path) -> None:
    taken(folder)
    store.write(made(order=COUNT + 1), folder)
    assert taken(folder)[1] == 1
    store.write(made(order=3, wall=99.5), folder)
    assert taken(folder)[1] == 1
    path = next(folder.glob("0004-*"))
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert taken(folder)[1] == 1
    next(folder.glob("0005-*")).unlink()
    assert taken(folder)[1] == 0
    assert kept_files(folder) == COUNT


def kept_files(folder: Path) -> int:
    connection = sqlite3.connect(folder / INDEX)
    (count,) = connection.execute("SELECT count(*) FROM extract").fetchone()
    connection.close()
    return int(count)


@pytest.mark.parametrize("junk", [b"", b"nonsense " * 2000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_index_is_made_anew(folder: Path, junk: bytes) -> None:
    taken(folder)
    (folder / INDEX).write_bytes(junk)
    assert taken(folder)[1] == COUNT
    assert taken(folder)[1] == 0


@pytest.mark.parametrize("size", [5000, 9000, 13000])
def test_an_index_that_was_cut_short_is_no_harm(folder: Path, size: int) -> None:
    taken(folder)
    whole = (folder / INDEX).read_bytes()
    (folder / INDEX).write_bytes(whole[:size])
    taken(folder)
    taken(folder)
    (folder / INDEX).write_bytes(whole[:8192] + b"\xa5" * (len(whole) - 8192))
    taken(folder)
    taken(folder)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE extract SET data = x'00'",
        "UPDATE extract SET data = 'text'",
        "UPDATE extract SET data = zeroblob(100)",
        "UPDATE shared SET data = x'93'",
        "DELETE FROM shared",
        "UPDATE extract SET file = CAST(file AS BLOB)",
        "DROP TABLE extract",
        "DROP TABLE shared",
        "DROP TABLE extract; CREATE TABLE extract (file)",
        "DELETE FROM code",
        "DROP TABLE code",
        "DROP TABLE code; CREATE VIEW code AS SELECT 'x' AS made_by",
    ],
)
def test_an_index_may_say_anything(folder: Path, change: str) -> None:
    taken(folder)
    connection = sqlite3.connect(folder / INDEX)
    connection.executescript(change)
    connection.close()
    taken(folder)
    taken(folder)


def test_what_other_code_took_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken(folder)
    monkeypatch.setattr(extract_index, "code", lambda: "other code")
    assert taken(folder)[1] == COUNT
    assert taken(folder)[1] == 0


def test_a_folder_that_cannot_be_written_has_answers_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(sqlite3, "connect", refuses)
    assert taken(folder)[1] == COUNT
    assert not (folder / INDEX).exists()


def test_an_index_that_cannot_be_written_is_read_still(folder: Path) -> None:
    taken(folder)
    store.write(made(order=COUNT + 1), folder)
    other = sqlite3.connect(folder / INDEX, isolation_level=None)
    other.execute("PRAGMA query_only = OFF")
    other.execute("BEGIN IMMEDIATE")
    waiting = pytest.MonkeyPatch()
    waiting.setattr(extract_index, "PATIENCE", 0.01)
    try:
        assert taken(folder)[1] == 2  # for the index, which another writes, and for the answer
    finally:
        waiting.undo()
        other.execute("ROLLBACK")
        other.close()
    assert taken(folder)[1] == 1


def test_two_at_once_have_the_same(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        every = [one for one, _ in pool.map(taken, [folder] * 8)]
    assert all(one == every[0] for one in every)
    assert taken(folder)[1] == 0


def test_several_processes_take_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracts, "SEVERAL", 2)
    monkeypatch.setattr(extracts, "BATCH", 3)
    told: list[tuple[int, int]] = []
    extract = Extract("facts", Facts, facts)
    rows = list(extracted(folder, extract, lambda done, count: told.append((done, count))))
    assert rows == [facts(trial) for trial in store.trials(folder)]
    assert told == [(done, COUNT) for done in range(3, COUNT + 1, 3)]
    assert taken(folder)[1] == 0


def test_a_damaged_trial_is_named(folder: Path) -> None:
    path = next(folder.glob("0004-*"))
    path.write_text("{")
    with pytest.raises(UsageProblem, match="0004"):
        list(extracted(folder, Extract("facts", Facts, facts)))


def test_an_index_is_no_link_to_another_file(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "precious"
    elsewhere.write_bytes(b"")
    (folder / INDEX).symlink_to(elsewhere)
    assert taken(folder)[1] == COUNT
    assert elsewhere.read_bytes() == b""


def test_what_is_published_is_read_from_its_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PUBLISHED", folder.parent)
    assert taken(folder)[1] == COUNT
    assert not (folder / INDEX).exists()


def test_a_trial_moved_in_is_told_as_it_is(folder: Path) -> None:
    taken(folder)
    moved = structs.replace(made(order=2, wall=7.0), place=Place("20240101-000000-1", 2))
    store.write(moved, folder)
    assert taken(folder)[0][1].wall == 7.0
