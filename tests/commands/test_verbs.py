"""The verbs as they are registered: by name, imported only when they are run."""

import importlib
import inspect
import subprocess
import sys

import pytest
from cyclopts import App

from scripts.__main__ import VERBS, Verb, run_app, status_of
from scripts.benchmarks import command
from scripts.domain.files import PROJECT

HEAVY = ("matplotlib", "numpy", "scipy")
"""Packages that take half a second to import."""


@pytest.mark.pure
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_a_verb_is_where_it_is_registered_and_its_summary_is_its_docstrings(verb: Verb) -> None:
    module, _, attribute = verb.place.partition(":")
    called = getattr(importlib.import_module(module), attribute)
    if isinstance(called, App):
        assert called.name == (verb.name,)
        called = called.default_command
    summary, _, _ = inspect.cleandoc(called.__doc__).partition("\n\n")
    assert verb.summary == " ".join(summary.splitlines())


@pytest.mark.pure
def test_the_verbs_are_listed_with_their_summaries(capsys: pytest.CaptureFixture[str]) -> None:
    run_app(["--help"])
    listed = " ".join(capsys.readouterr().out.replace("│", " ").split())
    for verb in VERBS:
        assert f" {verb.name} {verb.summary} " in listed


@pytest.mark.local
@pytest.mark.parametrize("arguments", [["--help"], ["doctor", "--help"], ["doctor", "--json"]])
def test_what_needs_no_numbers_imports_no_packages_for_them(arguments: list[str]) -> None:
    program = (
        "import sys\n"
        "from scripts.__main__ import run_app\n"
        f"run_app({arguments!r})\n"
        f"sys.exit(', '.join(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (ended.stderr.strip(), ended.returncode) == ("", 1)


@pytest.mark.pure
def test_a_search_that_cannot_be_compared_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    assert status_of(lambda: run_app(["bench", "search"])) == 1
    assert capsys.readouterr().err == (
        "our search is compared with git-bayesect, which is not installed: "
        "`python -m pip install git-bayesect`.\n"
    )
