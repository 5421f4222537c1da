"""Which interpreters serve, which one is taken, and what is said where none is to be had."""

import sys
from pathlib import Path

import pytest

from scripts.environments import pythons
from scripts.environments.build import Environments
from scripts.environments.pythons import Interpreter
from scripts.environments.uv import Unavailable


@pytest.mark.local
def test_a_path_and_a_version_name_the_same_interpreter() -> None:
    own = pythons.own()
    assert pythons.named(sys.executable) == own
    assert pythons.named(own.version).version == own.version


@pytest.mark.local
@pytest.mark.parametrize(
    ("python", "words"),
    [
        ("2.4", "there is no Python 2.4 here: `uv python list` shows"),
        ("{folder}", "is a folder: name the interpreter in it"),
        ("{folder}/ls", "ls does not answer as a Python does"),
        ("{folder}/pypy", "pypy is PyPy: trials are made for CPython, name one"),
        ("{folder}/old", "Python 2.7.18 is too old for the probes: name one from 3.8 on"),
    ],
)
def test_what_serves_no_trial_is_one_sentence(tmp_path: Path, python: str, words: str) -> None:
    # Fakes of an interpreter's answer: such interpreters need not be here.
    for name, answer in {"ls": "a b c", "pypy": "PyPy 3.10.14", "old": "CPython 2.7.18"}.items():
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\necho {answer}\n")
        script.chmod(0o755)
    with pytest.raises(Unavailable) as caught:
        pythons.named(python.format(folder=tmp_path))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.local
def test_the_interpreters_here_are_one_of_each_series_oldest_first() -> None:
    installed = pythons.installed()
    series = [pythons.series_of(version) for version in installed]
    assert len(set(series)) == len(series)
    assert installed == sorted(installed, key=lambda version: [*map(int, version.split("."))])


@pytest.mark.pure
def test_which_pythons_come_after_the_document() -> None:
    assert [pythons.after_document(version) for version in ("3.8.18", "3.13.13", "3.14.0")] == [
        False,
        False,
        True,
    ]


@pytest.mark.pure
def test_without_a_python_of_the_document_the_own_one_is_taken_and_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def none(*arguments: str) -> str:
        raise Unavailable("nothing")

    newer = Interpreter("/some/python3.15", "3.15.2")
    monkeypatch.setattr(pythons, "own", lambda: newer)
    monkeypatch.setattr(pythons, "uv", none)
    environments = Environments(tmp_path)
    assert environments.interpreter("") == newer
    assert "`uv python install 3.11`" in environments.lacking
    assert "Until then clients and servers run on Python 3.15.2" in environments.lacking


@pytest.mark.pure
def test_the_documents_python_is_fetched_where_only_newer_ones_are_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, ...]] = []

    def lacking_at_first(*arguments: str) -> str:
        asked.append(arguments)
        if len(asked) <= 3:
            raise Unavailable("nothing")
        return "/fetched\n"

    fetched = Interpreter("/fetched", "3.11.9")
    monkeypatch.setattr(pythons, "own", lambda: Interpreter("/own", "3.14.0"))
    monkeypatch.setattr(pythons, "uv", lacking_at_first)
    monkeypatch.setattr(pythons, "described", {"/fetched": fetched}.__getitem__)
    assert pythons.of_document() == fetched
    assert asked[3] == ("python", "install", "3.11")
