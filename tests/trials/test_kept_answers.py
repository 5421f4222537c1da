"""What all trials of a folder say is kept until a file changes, and comes back as it was."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from scripts.trials import extracts, store
from scripts.trials.extract_index import INDEX, Stored
from scripts.trials.extracts import stored
from scripts.trials.kept_answers import keep_answer, kept_answer
from tests.builders import made

pytestmark = pytest.mark.pure

COUNT = 4


class Said(msgspec.Struct, frozen=True):
    """What the trials of these tests say."""

    seconds: float
    targets: list[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(extracts, "LEAST", COUNT)
    for order in range(1, COUNT + 1):
        store.write(made(order=order), tmp_path)
    return tmp_path


def test_an_answer_is_that_of_its_files_and_of_its_name(folder: Path) -> None:
    said, files = Said(1.5, ["httpx"]), stored(folder)
    assert kept_answer(folder, "sum", Said, files) is None
    keep_answer(folder, "sum", said, files)
    assert kept_answer(folder, "sum", Said, files) == said
    assert kept_answer(folder, "other", Said, files) is None
    assert kept_answer(folder, "sum", Said, [*files[:-1], made_newer(files[-1])]) is None
    keep_answer(folder, "sum", Said(2.5, []), files)
    assert kept_answer(folder, "sum", Said, files) == Said(2.5, [])


def made_newer(file: Stored) -> Stored:
    return file._replace(written=file.written + 1)


@pytest.mark.parametrize("seconds", [1, True])
def test_what_would_come_back_otherwise_is_not_kept(folder: Path, seconds: float) -> None:
    keep_answer(folder, "sum", Said(seconds, []), stored(folder))
    assert kept_answer(folder, "sum", Said, stored(folder)) is None


def test_few_trials_have_no_answer_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracts, "LEAST", COUNT + 1)
    keep_answer(folder, "sum", Said(1.5, []), stored(folder))
    assert kept_answer(folder, "sum", Said, stored(folder)) is None
    assert not (folder / INDEX).exists()


def test_what_is_kept_of_another_kind_is_thrown_away(folder: Path) -> None:
    keep_answer(folder, "sum", ["what", "else"], stored(folder))
    assert kept_answer(folder, "sum", Said, stored(folder)) is None
    assert not (folder / INDEX).exists()
