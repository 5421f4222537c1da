"""Of two environments' differences those that do it: real packages, real trials."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from scripts.__main__ import run_app, status_of
from scripts.domain.files import PROJECT
from scripts.domain.problems import INTERRUPTED
from scripts.environments import pythons
from scripts.environments.build import Environments
from scripts.environments.uv import Unavailable
from tests.commands.test_dates import client, followed, newer
from tests.commands.test_search import call, tool
from tests.documents import document

GOOD = """\
certifi==2024.7.4
-e git+https://example.org/own.git@0123456789abcdef#egg=own
idna==3.7
"""
BAD = """\
certifi==2024.8.30
idna==3.10
local @ file:///somewhere/local-1.0-py3-none-any.whl
six==1.16.0
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The options of two environments as `pip freeze` lists them."""
    for name, text in (("good.txt", GOOD), ("bad.txt", BAD)):
        (tmp_path / name).write_text(text)
    return ["--good", str(tmp_path / "good.txt"), "--bad", str(tmp_path / "bad.txt")]


@pytest.mark.index
def test_one_of_three_is_found_between_two_files_and_told_again_without_an_index(
    results: Path, tmp_path: Path, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = client(tmp_path, ["idna", "certifi"], newer("idna", "(3, 8)"))
    done = call("difference", *files, *asked, "--json")
    assert done.returncode == 0, done.stderr
    assert "good.txt: left out, from no release: own." in done.stderr
    assert "bad.txt: left out, from no release: local." in done.stderr
    answer = document("difference", done.stdout)
    assert (answer["good"], answer["bad"], answer["left_out"]) == (
        *("good.txt", "bad.txt"),
        ["local", "own"],
    )
    assert answer["changes"] == {
        "certifi": ["2024.7.4", "2024.8.30"],
        "idna": ["3.7", "3.10"],
        "six": [None, "1.16.0"],
    }
    [cause] = answer["causes"]
    assert (cause["changes"], cause["needed"]) == ({"idna": ["3.7", "3.10"]}, ["idna"])
    assert cause["rate"]["bad"] == cause["rate"]["trials"] > 0
    [back] = answer["back"]
    assert (back["rate"]["bad"], back["also"]) == (0, [])
    assert back["reproduce"].endswith(
        "--with certifi==2024.8.30 --with idna==3.7 --with six==1.16.0"
    )
    [folder] = results.iterdir()
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    again = call("difference", "--resume", str(folder), "--json")
    assert again.returncode == 0, again.stderr
    assert document("difference", again.stdout) == answer


@pytest.mark.long
@pytest.mark.index
def test_two_together_are_found_between_pins_and_a_day_though_interrupted(
    results: Path, tmp_path: Path
) -> None:
    new = f"{newer('idna', '(3, 8)')[:-9]} < (3, 8) or version('certifi') < '2024.8'"
    asked = client(tmp_path, ["idna", "certifi", "six"], new)
    ends = ["--good", "idna==3.7,certifi==2024.7.4,six==1.15.0", "--bad", "2024-10-20"]
    running = subprocess.Popen(
        tool("difference", *ends, *asked),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 120
    while len(list(results.glob("*/0*.json"))) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate()
    assert running.returncode == INTERRUPTED
    [folder] = results.iterdir()
    assert f"nox -s difference -- --resume {folder}" in said
    kept = {path: path.read_bytes() for path in results.glob("*/0*.json")}
    done = call("difference", "--resume", str(folder))
    assert done.returncode == 0, done.stderr
    words = "it takes certifi (2024.7.4 to 2024.8.30) and idna (3.7 to 3.10) together"
    assert f"3 differences, exit, as-written load: {words}" in done.stdout.splitlines()[0]
    assert {path: path.read_bytes() for path in kept} == kept


def another_python() -> str:
    """Path of a Python of another series than the document's."""
    own = pythons.of_document().series
    folders = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser().glob("versions/3.1*")
    for place in [*pythons.installed(), *(str(path / "bin/python3") for path in folders)]:
        try:
            interpreter = pythons.named(place)
        except Unavailable:
            continue
        if interpreter.series in pythons.DOCUMENT_SERIES and interpreter.series != own:
            return interpreter.path
    pytest.skip("there is no other Python here")


@pytest.mark.long
@pytest.mark.index
def test_a_package_and_a_python_do_it_each_alone_and_the_package_has_its_release(
    results: Path, tmp_path: Path, environments: Environments
) -> None:
    other = another_python()
    series = environments.interpreter("").series.split(".")
    lines = ["import sys", f"assert sys.version_info[:2] == ({', '.join(series)})"]
    asked = client(tmp_path, ["idna"], *lines, newer("idna", "(3, 9)"))
    ends = ["--good", "idna==3.7", "--bad", "idna==3.10", "--bad-python", other]
    done = call("difference", *ends, *asked, "--down-to", "release", "--json")
    assert done.returncode == 0, done.stderr
    package, release = document("chain", done.stdout)["links"]
    causes = [cause["needed"] for cause in package["difference"]["causes"]]
    assert sorted(causes) == [["idna"], ["python"]]
    assert list(package["difference"]["changes"]) == ["python", "idna"]
    assert release["found"]["first_bad"] == "3.9"
    chain, folders = followed(results)
    assert (chain.down_to, len(folders)) == ("release", 2)
    for verb, folder, answer in (
        ("difference", folders[0], package["difference"]),
        ("bisect", folders[1], release["found"]),
    ):
        assert document(verb, (folder / "answer.json").read_bytes()) == answer


@pytest.mark.long
@pytest.mark.index
def test_a_package_that_nothing_asks_for_and_nothing_imports_by_name_has_its_release_too(
    tmp_path: Path,
) -> None:
    asked = client(tmp_path, ["idna"], newer("six", "(1, 14)"))
    ends = ["--good", "idna==3.7,six==1.12.0", "--bad", "idna==3.7,six==1.16.0"]
    done = call("difference", *ends, *asked, "--down-to", "release", "--json")
    assert done.returncode == 0, done.stderr
    package, release = document("chain", done.stdout)["links"]
    assert package["words"] == "it is six (1.12.0 to 1.16.0)"
    assert release["found"]["first_bad"] == "1.14.0"


@pytest.mark.index
def test_a_package_that_only_one_of_them_has_leads_to_no_release_and_that_is_said(
    tmp_path: Path,
) -> None:
    lines = ["from importlib.util import find_spec", "assert find_spec('six') is None"]
    asked = client(tmp_path, ["idna"], *lines)
    ends = ["--good", "idna==3.7", "--bad", "idna==3.7,six==1.16.0"]
    done = call("difference", *ends, *asked, "--down-to", "release")
    assert done.returncode == 1, done.stderr
    assert "it is six (absent to 1.16.0)" in done.stdout
    assert "Not gone on to: six. Releases are searched of a package" in done.stderr


@pytest.mark.index
def test_environments_that_are_the_wrong_way_round_are_told_so(tmp_path: Path) -> None:
    asked = client(tmp_path, ["idna"], newer("idna", "(3, 8)"))
    done = call("difference", "--good", "idna==3.10", "--bad", "idna==3.7", *asked)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[0].endswith(
        "idna==3.10 is bad and idna==3.7 good: swap the two"
    )


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Status and the last sentence of a call that must not run a trial."""
    status = status_of(lambda: run_app(["difference", *arguments]))
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    return status, said.err.splitlines()[-1]


WRONG = {
    "one end": (["--good", "idna==3.7"], "name both environments"),
    "no environment": (["--good", "idna", "--bad", "idna==3.7"], "'idna' is no environment"),
    "no home": (["--good", "~nobody-of-this-name", "--bad", "idna==3.7"], "is no environment"),
    "no path": (["--good", "x" * 5000, "--bad", "idna==3.7"], "is no environment"),
    "the future": (["--good", "2100-01-01", "--bad", "idna==3.7"], "2100-01-01 is in the future"),
    "no day": (["--good", "idna==3.7@soon", "--bad", "idna==3.8"], "'soon' is not a day"),
    "the server": (["--good", "server:h11==0.14.0", "--bad", "idna==3.8"], "pins the server"),
    "no list": (["--good", "LICENSE", "--bad", "idna==3.8"], "LICENSE"),
    "no clone": (
        ["--good", "idna==3.7", "--bad", "idna==3.8", "--down-to", "commit"],
        "go together",
    ),
    "no folder": (["--resume", "nowhere"], "holds no difference"),
}


@pytest.mark.local
@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_call_is_one_sentence(
    capsys: pytest.CaptureFixture[str], results: Path, arguments: list[str], words: str
) -> None:
    status, sentence = refused(capsys, *arguments)
    assert status == 2
    assert words in sentence
    assert not list(results.glob("*"))


@pytest.mark.index
def test_environments_that_cannot_be_had_or_do_not_differ_are_one_sentence(
    capsys: pytest.CaptureFixture[str], results: Path, tmp_path: Path
) -> None:
    asked = client(tmp_path, ["idna"], "")
    alike = refused(capsys, "--good", "2024-09-20", "--bad", "idna==3.10", *asked)
    version = pythons.of_document().version
    assert alike == (
        2,
        f"2024-09-20 and idna==3.10 do not differ: both hold the same package on Python {version}.",
    )
    early = refused(capsys, "--good", "2012-01-01", "--bad", "idna==3.10", *asked)
    assert early[0] == 1
    assert early[1].startswith("2012-01-01 cannot be installed: ")
    lacking = refused(capsys, "--good", "idna==3.999", "--bad", "idna==3.10", *asked)
    assert lacking[0] == 1
    assert lacking[1].startswith("idna==3.999 cannot be installed: ")
    assert not list(results.glob("*"))


@pytest.mark.index
def test_a_python_that_is_not_here_is_not_replaced(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked = client(tmp_path, ["idna"], "")
    ends = ["--good", "idna==3.7", "--bad", "idna==3.10"]
    status, sentence = refused(capsys, *ends, "--bad-python", "2.4", *asked)
    assert status == 1
    assert sentence.startswith("there is no Python 2.4 here")
    assert refused(capsys, *ends, "--python", "2.4", *asked)[0] == 1
