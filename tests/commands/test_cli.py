"""The command line: every wrong call is one sentence and a status, and the help suffices."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from scripts.__main__ import VERBS, run_app, status_of
from scripts.domain.blocked import Frame
from scripts.domain.files import PROJECT
from scripts.domain.problems import INTERRUPTED
from scripts.domain.trial import Lag
from scripts.trials import store
from tests import recorded
from tests.builders import made, planned, stalled
from tests.documents import document


def call(*arguments: str, **variables: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of the tool."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | variables,
    )
    return done.returncode, done.stdout, done.stderr.strip()


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The same of a call in this process, where a process of its own is not the point."""
    status = status_of(lambda: run_app(arguments))
    said = capsys.readouterr()
    return status, said.out, said.err.removesuffix("\n")


def wrong(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Status and sentence of a call that must not start anything."""
    status, out, errors = called(capsys, *arguments)
    assert out == ""
    assert not list(store.results().glob("*"))
    assert "Traceback" not in errors
    return status, errors


CALLS = {
    "no such verb": ["reprou"],
    "no such option": ["repro", "--speed", "9"],
    "no such axis": ["repro", "--axis", "requests"],
    "no such load": ["repro", "--load", "heavy"],
    "no such target": ["repro", "--targets", "documnet"],
    "no version": ["repro", "--targets", "httpx"],
    "a range": ["repro", "--targets", "httpx>=0.27"],
    "no client library": ["repro", "--targets", "numpy==2.1.2"],
    "no day": ["repro", "--targets", "httpx==0.27.2@tomorrow"],
    "targets and axis": ["repro", "--targets", "document", "--axis", "httpx"],
    "negative": ["repro", "--requests", "-5"],
    "absurd": ["repro", "--concurrency", "1000000"],
    "no number": ["repro", "--delay", "soon"],
    "no rounds": ["repro", "--rounds", "0"],
    "no campaign": ["repro", "--resume", "tests"],
    "no python": ["repro", "--targets", "document", "--python", "2.4"],
    "no client": ["trial"],
    "no script": ["trial", "--script", "nowhere.py"],
    "not python": ["trial", "--script", "LICENSE"],
    "no server": ["trial", "--with", "httpx==0.27.2", "--server", "nowhere.py"],
    "elsewhere": ["trial", "--with", "httpx==0.27.2", "--url", "http://10.0.0.1:80"],
    "no port": ["trial", "--with", "httpx==0.27.2", "--url", "http://localhost"],
    "no module": ["trial", "-m", "a-b"],
    "two programs": ["trial", "-m", "a", "--script", "repro/server.py"],
    "no folder": ["trial", "-m", "a", "--cwd", "nowhere"],
    "no variable": ["trial", "-m", "a", "--env", "NAME"],
    "no file to read": ["trial", "-m", "a", "--stdin", "nowhere.txt"],
    "two servers": [
        *("trial", "-m", "a", "--server", "repro/server.py", "--server-command", "python3"),
    ],
    "no program": ["trial", "-m", "a", "--server-command", "no-such-program {port}"],
    "capture without a server": ["trial", "-m", "a", "--capture", "x.pcapng"],
    "capture of a slowed client": [
        *("trial", "--with", "httpx==0.27.2", "--count-calls", "--capture", "x.pcapng"),
    ],
    "capture to nowhere": ["trial", "--with", "httpx==0.27.2", "--capture", "nowhere/x.pcapng"],
    "half a program": ["trial", "-m", "a", "--server-command", "python3 '"],
    "no trial": ["explain", "nowhere/0001"],
    "a folder": ["explain", "tests"],
    "no number of a request": ["explain", "LICENSE", "--request", "first"],
    "no JSON": ["explain", "LICENSE"],
    "nothing to publish": ["report", "--publish", "tests"],
    "no package": ["bisect", "--good", "1"],
    "no such package": ["bisect", "--package", "no-such-package-x", "--with", "httpx==0.27.2"],
    "no such release": ["bisect", "--package", "httpcore", "--good", "0.17.4", "--bad", "1.0.9"],
    "a release that is not yet": [
        "bisect",
        "--package",
        "aiohttp",
        "--good",
        "3.10.7",
        "--bad",
        "3.10.99",
    ],
    "good is bad": ["bisect", "--package", "httpcore", "--good", "1.0", "--bad", "1.0.0"],
    "no release": ["bisect", "--package", "httpcore", "--good", "one", "--bad", "1.0.9"],
    "nothing before it": ["bisect", "--package", "httpx2", "--bad", "2.0.0"],
    "no signal": ["bisect", "--package", "httpcore", "--signal", "sluggish"],
    "slow without ends": ["bisect", "--package", "httpcore", "--bad", "1.0.9", "--signal", "slow"],
    "varied and pinned": ["bisect", "--package", "httpcore", "--with", "httpcore==1.0.6"],
    "no clone": ["bisect", "--package", "x", "--source", "/", "--good", "a", "--bad", "b"],
    "sure of nothing": ["bisect", "--package", "httpcore", "--confidence", "1"],
    "no bisection": ["bisect", "--resume", "tests"],
    "no log": ["bisect", "log", "tests"],
    "no history": ["history", "--resume", "tests"],
    "one release": ["history", "--package", "httpcore", "--since", "1.0.9"],
    "reduce nothing": ["reduce"],
    "reduce no target": ["reduce", "--bad", "documnet"],
    "reduce on what is the same": ["reduce", "--bad", "document", "--good", "document"],
    "reduce across clients": ["reduce", "--bad", "document", "--good", "control"],
    "reduce a cause": ["reduce", "--bad", "document", "--signal", "stale-connection"],
    "reduce a stranger's exception": [
        *("reduce", "--bad", "document", "--signal", "h11.RemoteProtocolError"),
    ],
    "reduce into nowhere": ["reduce", "--bad", "document", "-o", "nowhere/minimal.py"],
    "survey nothing": ["survey"],
    "survey a stranger": ["survey", "weather"],
    "no survey": ["survey", "--resume", "tests"],
    "reduce a hang": ["reduce", "--bad", "document", "--signal", "hang"],
    "reduce the slowness of a script": [
        *("reduce", "--bad", "document", "--signal", "slow", "--script", "repro/httpx_client.py"),
    ],
    "reduce slowness by waiting": [
        *("reduce", "--bad", "document", "--signal", "slow", "--keep-alive", "2"),
    ],
    "reduce no script itself": ["reduce", "--bad", "document", "--keep-script"],
    "reduce in no time": ["reduce", "--bad", "document", "--budget", "2s"],
    "reduce a server": ["reduce", "--bad", "httpx==0.27.2,server:uvicorn==0.30.6"],
    "reduce what has no script": ["reduce", "--bad", "httpx-aiohttp==0.2.0"],
    "no reduction": ["reduce", "--resume", "tests"],
    "an issue for no one": ["issue"],
    "an issue for a stranger": ["issue", "--for", "requests"],
    "an issue from nowhere": ["issue", "--from", "nowhere"],
    "an issue where they take none": ["issue", "--for", "httpx2", "--as", "issue"],
    "no such form": ["issue", "--for", "httpx", "--as", "tweet"],
    "not a URL": ["trial", "--with", "httpx==0.27.2", "--url", "http://[::1"],
}

SENTENCES: dict[str, tuple[int, str]] = snapshot(
    {
        "no such verb": (
            2,
            'Unknown command "reprou". Did you mean "repro"? Available commands: repro, survey, trial, explain, report, bisect, check, history, ... (--help shows what there is)',
        ),
        "no such option": (2, "Unknown option: --speed. (--help shows what there is)"),
        "no such axis": (
            2,
            "there is no axis 'requests'; there are httpx, httpcore, aiohttp, httpx2, httpx-aiohttp, python.",
        ),
        "no such load": (2, "there is no load 'heavy'; there are document, compressed, smoke."),
        "no such target": (
            2,
            "there is no target 'documnet': name one of document, control, or write pins like 'httpx==0.27.2,httpcore==1.0.6'.",
        ),
        "no version": (2, "'httpx' must name one version; write it like 'httpx==0.27.2'."),
        "a range": (2, "'httpx>=0.27' must name one version; write it like 'httpx==0.27.2'."),
        "no client library": (
            2,
            "'numpy==2.1.2' must pin one of httpx-aiohttp, httpx2, httpx, aiohttp, httpcore.",
        ),
        "no day": (2, "'tomorrow' is not a day; write it like 'httpx==0.27.2@2026-01-31'."),
        "targets and axis": (2, "--targets goes with neither --axis nor --full."),
        "negative": (
            2,
            'Invalid value "-5" for --requests. Must be >= 1. (--help shows what there is)',
        ),
        "absurd": (
            2,
            'Invalid value "1000000" for --concurrency. Must be <= 10000. (--help shows what there is)',
        ),
        "no number": (
            2,
            'Invalid value for --delay: unable to convert "soon" into float. (--help shows what there is)',
        ),
        "no rounds": (
            2,
            'Invalid value "0" for --rounds. Must be >= 1. (--help shows what there is)',
        ),
        "no campaign": (2, "tests holds no campaign (no campaign.json)."),
        "no python": (
            1,
            "there is no Python 2.4 here: `uv python list` shows those there are, `uv python install 2.4` may fetch it.",
        ),
        "no client": (2, "name a client: --script FILE, --module NAME, or --with 'httpx==0.27.2'."),
        "no script": (2, "there is no script 'nowhere.py'."),
        "not python": (
            2,
            "the script 'LICENSE' is not Python: unterminated string literal (detected at line 6) (LICENSE, line 6).",
        ),
        "no server": (2, "there is no server 'nowhere.py'."),
        "elsewhere": (
            2,
            "'http://10.0.0.1:80' must be http on this machine with a port, such as http://127.0.0.1:9000; load goes nowhere else.",
        ),
        "no port": (
            2,
            "'http://localhost' must be http on this machine with a port, such as http://127.0.0.1:9000; load goes nowhere else.",
        ),
        "no module": (2, "'a-b' is no module; write it like package.module."),
        "two programs": (2, "--script goes without --module."),
        "no folder": (2, "there is no folder 'nowhere'."),
        "no variable": (2, "'NAME' is no variable; write it like --env NAME=VALUE."),
        "no file to read": (2, "there is no file 'nowhere.txt'."),
        "two servers": (2, "--server goes without --server-command."),
        "no program": (2, "there is no program 'no-such-program' to serve."),
        "capture without a server": (
            2,
            "--capture needs a server: name it with --server or --url.",
        ),
        "capture of a slowed client": (
            2,
            "--count-calls slows the client down: capture another trial.",
        ),
        "capture to nowhere": (
            2,
            "nowhere/x.pcapng cannot be written: name a file in a folder of yours.",
        ),
        "half a program": (2, '"python3 \'" cannot be split: No closing quotation.'),
        "no trial": (2, "there is no trial 'nowhere/0001'; name its file, or campaign/0001."),
        "a folder": (2, "tests is a folder; name one trial in it."),
        "no number of a request": (
            2,
            "Invalid value for --request: 'first' is no whole number. (--help shows what there is)",
        ),
        "no JSON": (
            2,
            "LICENSE is damaged (not a trial's JSON): delete it and resume its campaign.",
        ),
        "nothing to publish": (2, "tests holds no trial to publish."),
        "no package": (2, "name the package whose releases to search: --package httpcore."),
        "no such package": (2, "the package index has no package 'no-such-package-x'."),
        "no such release": (
            2,
            "there is no release 0.17.4 of httpcore that this Python can run; there are 0.0.1 to 1.0.9.",
        ),
        "a release that is not yet": (
            2,
            "there is no release 3.10.99 of aiohttp that this Python can run; there are 0.1 to 3.14.5.",
        ),
        "good is bad": (2, "good and bad are both 1.0: name two releases."),
        "no release": (2, "'one' is no version."),
        "nothing before it": (
            2,
            "there is no release of httpx2 before 2.0.0 that the client script can use (from 2.0.0 on) to be good.",
        ),
        "no signal": (
            2,
            "there is no signal 'sluggish': name an exception (ReadError), a cause (answered-with-an-error-status, answered-with-rubbish, cancelled, ...), slow, 'slow>4', 'p99>2s', exit, 'exit!=1', exit=1, exit=SIGSEGV, hang, 'stdout~REGEX', 'stderr~REGEX', 'memory>1.5x', 'memory>200MB' or 'wall>3s'.",
        ),
        "slow without ends": (
            2,
            "'slow' needs both ends, which tell what is too much, or a threshold: 'slow>4'.",
        ),
        "varied and pinned": (2, "httpcore is what varies: leave it out of --with."),
        "no clone": (2, "'/' is no git repository."),
        "sure of nothing": (
            2,
            'Invalid value "1.0" for --confidence. Must be < 1. (--help shows what there is)',
        ),
        "no bisection": (2, "tests holds no bisection (no question.json)."),
        "no log": (2, "tests holds no bisection (no question.json)."),
        "no history": (2, "tests holds no bisection (no question.json)."),
        "one release": (2, "there are not two releases of httpcore from 1.0.9 to 1.0.9."),
        "reduce nothing": (2, "name the target that fails: --bad 'httpx==0.27.2,httpcore==1.0.6'."),
        "reduce no target": (
            2,
            "there is no target 'documnet': name one of document, control, or write pins like 'httpx==0.27.2,httpcore==1.0.6'.",
        ),
        "reduce on what is the same": (2, "the bad and the good target are the same."),
        "reduce across clients": (
            2,
            "'document' and 'control' run different clients: name one library.",
        ),
        "reduce a cause": (
            2,
            "'stale-connection' cannot be reduced, only an exception (ReadError) or a cost (slow, 'slow>4', slow-wall, 'p99>2s') can.",
        ),
        "reduce a stranger's exception": (
            2,
            "'h11.RemoteProtocolError': a script for httpx 0.27.2, httpcore 1.0.6 shows exceptions of httpcore or httpx.",
        ),
        "reduce into nowhere": (
            2,
            "'nowhere/minimal.py' cannot be written: name another file with --output.",
        ),
        "survey nothing": (
            2,
            "say what to measure: remedies, variants, callers, network, servers, balanced, sdk.",
        ),
        "survey a stranger": (
            2,
            'Invalid value "weather" for TOPIC. Choose from: "remedies", "variants", "callers", "network", "servers", "balanced", "sdk". (--help shows what there is)',
        ),
        "no survey": (2, "tests holds no campaign (no campaign.json)."),
        "reduce a hang": (
            2,
            "'hang' cannot be reduced, only an exception (ReadError) or a cost (slow, 'slow>4', slow-wall, 'p99>2s') can.",
        ),
        "reduce the slowness of a script": (
            2,
            "'slow': a generated script measures what requests cost: leave --script out.",
        ),
        "reduce slowness by waiting": (
            2,
            "'slow': a script that measures has a server that answers at once, and a client that waits as long as it takes: leave --keep-alive out.",
        ),
        "reduce no script itself": (
            2,
            "name the client script that is to be made smaller: --script client.py.",
        ),
        "reduce in no time": (2, "a budget of 2 s verifies nothing: 10m, say."),
        "reduce a server": (
            2,
            "httpx 0.27.2, server's uvicorn 0.30.6: a reduced case has a server of its own.",
        ),
        "reduce what has no script": (
            2,
            "httpx-aiohttp 0.2.0: there is no script for it; httpx, httpcore, httpx2, aiohttp have.",
        ),
        "no reduction": (2, "tests holds no reduction (no reduction.json)."),
        "an issue for no one": (
            2,
            "name whom it is for: --for httpx, --for httpcore, --for httpx2, --for aiohttp; or what it is from: --from FOLDER.",
        ),
        "an issue for a stranger": (
            2,
            "name whom it is for: --for httpx, --for httpcore, --for httpx2, --for aiohttp; or what it is from: --from FOLDER.",
        ),
        "an issue from nowhere": (
            2,
            "there is no folder of trials 'nowhere': name one, or one trial in it.",
        ),
        "an issue where they take none": (
            2,
            "pydantic/httpx2 takes no 'issue' of this: --as comment or discussion.",
        ),
        "no such form": (
            2,
            'Invalid value "tweet" for --as. Choose from: "discussion", "comment", "issue". (--help shows what there is)',
        ),
        "not a URL": (
            2,
            "'http://[::1' must be http on this machine with a port, such as http://127.0.0.1:9000; load goes nowhere else.",
        ),
    }
)


@pytest.mark.local
def test_every_wrong_call_is_one_sentence_and_a_status(
    capsys: pytest.CaptureFixture[str], recorded_index: None
) -> None:
    said = {name: wrong(capsys, *arguments) for name, arguments in CALLS.items()}
    assert said == SENTENCES
    assert all(status in (1, 2) and "\n" not in words for status, words in said.values())


@pytest.mark.local
@pytest.mark.parametrize("verb", ["bisect", "history", "difference", "prove", "map", "reduce"])
def test_into_a_folder_that_is_none_of_ours_nothing_is_written(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert wrong(capsys, verb, "--resume", str(tmp_path))[0] == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.local
def test_a_wrong_call_ends_the_process_with_its_status() -> None:
    status, out, errors = call("repro", "--load", "heavy")
    assert (status, out, errors) == (
        2,
        "",
        "there is no load 'heavy'; there are document, compressed, smoke.",
    )


@pytest.mark.local
def test_too_few_open_files_is_said_before_anything_starts() -> None:
    done = subprocess.run(
        ["bash", "-c", f"ulimit -n 200; exec {sys.executable} -m scripts repro --targets document"],  # noqa: S607
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == snapshot(
        "300 connections at a time need 364 open files and the limit is 200: run `ulimit -n 364` first."
    )


@pytest.mark.local
def test_no_index_is_said_in_a_sentence() -> None:
    status, _, errors = call("repro", UV_DEFAULT_INDEX="http://127.0.0.1:9/simple")
    assert status == 1
    assert errors == snapshot(
        "the package index cannot be reached to list the releases of httpx (ConnectionError); name versions instead of 'httpx' alone, or connect."
    )


@pytest.mark.index
def test_a_target_that_does_not_exist_is_a_row_not_a_crash() -> None:
    targets = ["--targets", "httpx==9.9.9"]
    status, out, errors = call("repro", *targets, "--load", "smoke", "--rounds", "1")
    assert status == 1
    assert errors.endswith("not measured: httpx 9.9.9; the reasons stand above.")
    assert "not measured" in out
    assert "there is no version of httpx==9.9.9" in out


@pytest.mark.index
def test_a_library_with_a_slip_in_its_name_is_told_which_is_meant() -> None:
    status, out, errors = call("trial", "--with", "htpx==0.28.1", "--script", "repro/bare_error.py")
    assert (status, "htpx was not found" in out) == (1, True)
    assert errors.splitlines()[-1] == "Did you mean httpx, not htpx?"


@pytest.mark.index
def test_a_script_that_lacks_a_package_is_shown_with_what_to_do() -> None:
    script = "tests/fixtures/needs_nothing_there_is.py"
    status, out, errors = call("trial", "--script", script)
    assert status == 1
    assert "ModuleNotFoundError: No module named 'no_such_module_anywhere'" in out
    assert errors.splitlines()[-1] == "It lacks a package: name those it needs with --with."


@pytest.mark.index
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise ValueError('late')", "1 x ValueError"),
        ("def send_request(): pass\nraise ValueError('early')", "1 x ValueError"),
        (
            "import sys\ntry: 1 / 0\nexcept Exception: sys.exit(3)",
            "1 x ZeroDivisionError: division by zero (exit)",
        ),
    ],
    ids=["whole", "per request", "caught"],
)
def test_a_script_that_fails_was_measured(tmp_path: Path, text: str, words: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(text)
    status, out, errors = call("trial", "--script", str(script))
    assert (status, words in out) == (0, True), errors


@pytest.mark.index
def test_a_client_that_cannot_be_recorded_is_told_what_would_name_its_cause(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import os\nos.environ['SERVER_URL']\nraise OSError('lost')\n")
    _, out, errors = call("trial", "--script", str(script))
    assert "1 x OSError: lost" in out
    assert "give it SERVER_URL, send_request and main" in errors.splitlines()[-1]


@pytest.mark.index
def test_an_interrupted_trial_leaves_nothing(tmp_path: Path) -> None:
    script, begun, results = tmp_path / "script.py", tmp_path / "begun", tmp_path / "results"
    script.write_text(f"import time\nopen({str(begun)!r}, 'w').close()\ntime.sleep(60)\n")
    running = subprocess.Popen(
        [sys.executable, "-m", "scripts", "trial", "--script", str(script)],
        cwd=PROJECT,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"RESULTS_FOLDER": str(results)},
    )
    until = time.monotonic() + 60
    while not begun.exists() and time.monotonic() < until:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate()
    assert (running.returncode, list(results.iterdir())) == (INTERRUPTED, []), said
    assert "the trial was ended and leaves no record" in said


@pytest.mark.index
def test_what_stands_after_two_dashes_is_the_scripts(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys\nprint(sys.argv[1:])\n")
    _, out, errors = call(
        "trial", "--script", str(script), "--json", "--", "a", "--json", "--", "b c"
    )
    assert errors.splitlines()[0].startswith("script.py is judged as a whole, by how it ends. No ")
    assert document("trial", out)["record"]["client"]["stdout"] == "['a', '--json', '--', 'b c']\n"


@pytest.mark.index
def test_a_script_of_ones_own_with_a_package_of_ones_own() -> None:
    script = "repro/aiohttp_client.py"
    status, out, _ = call(
        "trial", "--script", script, "--with", "aiohttp==3.13.5", "--load", "smoke"
    )
    assert status == 0
    assert "0 of 40 requests failed" in out


@pytest.mark.index
@pytest.mark.usefixtures("capturable")
def test_a_capture_has_closes_and_writes_in_the_order_that_the_notes_have(tmp_path: Path) -> None:
    client, server = "tests/faults/clients/stalled.py", "tests/faults/idle_after.py"
    asked = ["--script", client, "--server", server, "--with", "aiohttp==3.9.5"]
    status, out, errors = call("trial", *asked, "--capture", str(tmp_path / "x.pcapng"), "--json")
    assert status == 0, errors
    printed = document("trial", out)
    witness = printed["capture"]
    [order] = witness["agreeing"]
    assert (order["request"], order["cause"]) == (1, "stale connection")
    assert min(order["noted"], order["captured"]) > 0
    assert witness["contradicting"] == witness["near"] == witness["missing"] == []
    folder = store.results() / printed["record"]["place"]["campaign"]
    assert json.loads((folder / "capture-0001.json").read_bytes()) == witness
    assert [trial.name for trial in store.trials(folder)] == [witness["trial"]]


@pytest.mark.index
def test_calls_are_counted_beside_the_trial_and_shown() -> None:
    asked = ["--with", "aiohttp==3.9.5", "--load", "smoke", "--count-calls"]
    status, out, errors = call("trial", *asked, "--json")
    assert status == 0, errors
    printed = document("trial", out)
    assert printed["record"]["client"]["profiled"]
    functions = printed["calls"]["functions"]
    [requests] = [
        one["calls"]
        for one in functions
        if (one["frame"]["function"], one["frame"]["file"])
        == ("ClientResponse.start", "aiohttp/client_reqrep.py")
    ]
    assert requests >= 40
    folder = store.results() / printed["record"]["place"]["campaign"]
    assert json.loads((folder / "calls-0001.json").read_bytes()) == printed["calls"]


@pytest.mark.index
def test_a_campaigns_own_page_went_through_the_gate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "no such customer: hunter2"
    folder = planned(tmp_path / "own", made(failed=1, message=said))
    status, _, _ = called(capsys, "repro", "--resume", str(folder))
    assert status == 0
    assert "hunter2" not in (folder / "REPORT.md").read_text()


@pytest.mark.pure
def test_a_failures_story_is_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = called(capsys, "explain", str(recorded.FAILING))
    assert status == 0
    assert out.startswith("stale connection (certain): request ")
    assert "keep-alive timer fires" in out
    assert "On the client's side: " in out
    assert len(out.splitlines()) < 40


@pytest.mark.pure
def test_a_failures_story_is_json_where_a_machine_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "trace.json"
    status, out, _ = called(
        capsys, "explain", str(recorded.FAILING), "--json", "--trace", str(trace)
    )
    assert status == 0
    assert document("explain", out)["cause"]["name"] == "stale connection"
    assert json.loads(trace.read_bytes())["traceEvents"]


@pytest.mark.pure
def test_what_blocked_the_event_loop_is_told_and_written_for_speedscope(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = Frame("Handle._run", "asyncio/events.py", 80, "standard library")
    blocked = stalled((0.2, "computing", [step, Frame("think", "client.py", 7, "script")]))
    for failed in (0, 1):
        path = store.write(made(failed=failed, lag=Lag(0.2, 0.1, 9, [], blocked)), tmp_path)
        stacks = tmp_path / "stacks.json"
        status, out, errors = called(capsys, "explain", str(path), "--stacks", str(stacks))
        assert (status, errors) == (0, f"stacks written to {stacks}")
        assert json.loads(stacks.read_bytes())["profiles"][0]["weights"] == [0.2]
        sentence = "The event loop was blocked for 200.0 ms, 100% of it in `think`, client.py:7"
        assert (sentence in out) == bool(failed)
        stacks.unlink()


@pytest.mark.pure
def test_a_trial_without_stacks_has_none_to_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stacks = tmp_path / "stacks.json"
    status, _, errors = called(capsys, "explain", str(recorded.FAILING), "--stacks", str(stacks))
    assert status == 2
    assert errors == "this trial has no stacks of its event loop: measure it again."
    assert not stacks.exists()


@pytest.mark.pure
def test_a_trial_without_a_failure_has_nothing_to_explain(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, _, errors = called(capsys, "explain", str(recorded.HEALTHY))
    assert status == 2
    assert errors == "no request of this trial failed (completed): nothing to explain."


@pytest.mark.pure
def test_a_request_that_did_not_fail_is_a_usage_problem(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, errors = called(capsys, "explain", str(recorded.FAILING), "--request", "999999")
    assert status == 2
    assert errors.startswith("request 999999 did not fail; those that did: ")


@pytest.mark.pure
@pytest.mark.parametrize("verb", [verb.name for verb in VERBS] + ["bisect log"])
def test_each_verbs_help_has_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = called(capsys, *verb.split(), "--help")
    assert status == 0
    assert f"Example: python -m scripts {verb} " in out


@pytest.mark.local
def test_nox_lists_every_axis_with_its_purpose() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nox", "-l"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    for axis in ("httpx", "httpcore", "aiohttp", "httpx2", "httpx-aiohttp"):
        assert f"- repro({axis}) -> " in done.stdout
