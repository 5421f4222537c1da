"""Searches by the day: real days of real packages, with real trials, down to what did it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from scripts.__main__ import run_app, status_of
from scripts.search.chain import Chain, load_chain
from tests.builders import commit, git, pyproject
from tests.commands.test_search import BACKEND, call
from tests.documents import document

HEADER = "# /// script\n# dependencies = {packages}\n# ///\n"


def client(folder: Path, packages: list[str], *lines: str) -> list[str]:
    """The options of a client that needs some packages and does this."""
    script = folder / "client.py"
    script.write_text(HEADER.format(packages=json.dumps(packages)) + "\n".join(lines) + "\n")
    return ["--script", str(script), "--signal", "exit", "--confidence", "0.8"]


def newer(package: str, version: str) -> str:
    """A line that fails where a package is at a version, or newer."""
    written = f"tuple(int(part) for part in version({package!r}).split('.')[:3])"
    return f"from importlib.metadata import version; assert {written} < {version}"


def followed(results: Path) -> tuple[Chain, list[Path]]:
    """The only chain there is, and its folders."""
    [first] = [path.parent for path in results.glob("*/chain.json")]
    chain = load_chain(first)
    assert chain is not None
    return chain, [first, *(results / name for name in chain.folders)]


@pytest.mark.long
@pytest.mark.index
def test_the_day_that_mended_it_leads_to_the_package_of_several(
    results: Path, tmp_path: Path
) -> None:
    # On 2021-05-11 click and itsdangerous both had a release.
    lines = ["import click", "assert click.__version__ >= '8'"]
    asked = client(tmp_path, ["click", "itsdangerous"], *lines)
    dates = ["--dates", "2021-05-05..2021-05-16", "--down-to", "package"]
    done = call("bisect", *dates, *asked)
    assert done.returncode == 0, done.stderr
    assert "It shows on 2021-05-05 more often: on which day it went is sought." in done.stderr
    assert (
        "is not seen from the packages of 2021-05-11 on: click 7.1.2 to 8.0.0, itsdangerous "
        in done.stdout
    )
    assert "it is click (8.0.0 to 7.1.2)" in done.stdout
    chain, folders = followed(results)
    assert (chain.down_to, len(folders)) == ("package", 2)
    day, package = (
        document(verb, (folder / "answer.json").read_bytes())
        for verb, folder in zip(("bisect", "difference"), folders, strict=True)
    )
    assert day["changed"] == {"click": ["7.1.2", "8.0.0"], "itsdangerous": ["1.1.0", "2.0.0"]}
    assert (package["good"], package["bad"]) == ("2021-05-11", "2021-05-05")
    assert [cause["needed"] for cause in package["causes"]] == [["click"]]
    assert package["back"][0]["rate"]["bad"] == 0
    before = {path: path.read_bytes() for path in results.glob("*/0*.json")}
    again = call("bisect", "--resume", str(folders[0]), "--json")
    assert again.returncode == 0, again.stderr
    links = document("chain", again.stdout)["links"]
    assert [link["folder"] for link in links] == [folder.name for folder in folders]
    assert (links[0]["found"], links[1]["difference"]) == (day, package)
    assert {path: path.read_bytes() for path in results.glob("*/0*.json")} == before


@pytest.mark.index
def test_the_day_it_came_leads_to_the_release_where_one_lies_between(
    results: Path, tmp_path: Path
) -> None:
    # anyio 4.6.2 and 4.6.2.post1 are of one day.
    asked = client(tmp_path, ["anyio"], newer("anyio", "(4, 6, 2)"))
    done = call("bisect", "--dates", "2024-10-10..2024-10-20", *asked, "--json")
    assert done.returncode == 0, done.stderr
    day, package, release = document("chain", done.stdout)["links"]
    assert day["found"]["changed"] == {"anyio": ["4.6.1", "4.6.2.post1"]}
    assert package["words"] == "it is anyio (4.6.1 to 4.6.2.post1): nothing else changed"
    assert (package["folder"], package["found"], package["difference"]) == ("", None, None)
    assert release["found"]["first_bad"] == "4.6.2"
    _, folders = followed(results)
    assert [folder.name for folder in folders] == [day["folder"], release["folder"]]


@pytest.mark.long
@pytest.mark.index
def test_the_day_leads_to_the_commit_in_a_clone(results: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    git(clone, "init", "-q", "-b", "main")
    (clone / "backend.py").write_text(BACKEND.replace("faulty", "idna"))
    (clone / "pyproject.toml").write_text(pyproject("idna"))
    commit(clone, "idna/__init__.py", "__version__ = '3.7'\n")
    git(clone, "tag", "v3.7")
    commit(clone, "idna/__init__.py", "__version__ = '3.7.1'\n")
    culprit = commit(clone, "idna/__init__.py", "__version__ = '3.8'\n")
    commit(clone, "idna/other.py", "")
    git(clone, "tag", "v3.8")
    lines = ["import idna", "assert idna.__version__ < '3.8'"]
    asked = client(tmp_path, ["idna"], *lines)
    dates = ["--dates", "2024-08-20..2024-09-10", "--down-to", "commit", "--source", str(clone)]
    done = call("bisect", *dates, *asked, "--json")
    assert done.returncode == 0, done.stderr
    links = document("chain", done.stdout)["links"]
    assert [link["stage"] for link in links] == ["day", "package", "release", "commit"]
    assert links[2]["words"] == "idna 3.8: no release lies between 3.7 and it, pre-releases aside"
    assert links[3]["found"]["commit"] == culprit


@pytest.mark.index
def test_a_history_by_the_day_has_a_row_for_each_and_a_chart(results: Path, tmp_path: Path) -> None:
    lines = ["import idna", "assert idna.__version__ not in ('3.8', '3.9')"]
    asked = client(tmp_path, ["idna"], *lines)
    done = call("history", "--dates", "2024-08-20..2024-09-20", *asked)
    assert done.returncode == 0, done.stderr
    assert "changes at 2024-08-23, 2024-09-15 and nowhere else" in done.stdout
    assert "idna 3.7 to 3.8" in done.stdout
    assert "installed otherwise" in done.stdout
    [chart] = results.glob("*/history.svg")
    assert b"2024-08-23" in chart.read_bytes()


WRONG = {
    "no pair": (["--dates", "2024-10-20"], "is no pair of days"),
    "the future": (["--dates", "2024-10-20..2100-01-01"], "2100-01-01 is in the future"),
    "backwards": (["--dates", "2024-10-20..2024-10-01"], "is not before 2024-10-01"),
    "a package": (
        ["--dates", "2024-10-01..today", "--package", "h11"],
        "--dates goes with neither",
    ),
    "an end": (["--dates", "2024-10-01..today", "--good", "0.1"], "--dates goes with neither"),
    "no days": (["--down-to", "package"], "--down-to goes with --dates"),
    "no clone": (["--dates", "2024-10-01..today", "--down-to", "commit"], "go together"),
    "only a clone": (["--dates", "2024-10-01..today", "--source", "."], "go together"),
    "no depth": (["--dates", "2024-10-01..today", "--down-to", "line"], "Invalid value"),
}


@pytest.mark.local
@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_call_is_one_sentence(
    capsys: pytest.CaptureFixture[str], results: Path, arguments: list[str], words: str
) -> None:
    asked = ["bisect", *arguments, "--with", "httpx==0.27.2", "--signal", "exit"]
    assert status_of(lambda: run_app(asked)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert "Traceback" not in said.err
    assert not list(results.glob("*"))


@pytest.mark.index
def test_days_on_which_nothing_changes_or_can_be_had_are_one_sentence(
    capsys: pytest.CaptureFixture[str], results: Path, tmp_path: Path
) -> None:
    asked = client(tmp_path, ["idna"], "")
    for dates, words in (
        ("2012-01-01..2024-10-20", "on 2012-01-01 it could not be installed (Because "),
        ("2024-10-01..2024-10-20", "the same is installed on every day"),
    ):
        arguments = ["bisect", "--dates", dates, *asked]
        assert status_of(partial(run_app, arguments)) == 2
        [sentence] = capsys.readouterr().err.splitlines()
        assert words in sentence
    assert not list(results.glob("*"))
