"""What gets out of a trial: nothing that somebody gave it, and all that a report is for."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from scripts.__main__ import run_app
from scripts.domain.files import PROJECT
from scripts.domain.surveys import SURVEY_FILE, Survey, variant
from scripts.domain.targets import parse
from scripts.domain.trial import (
    AS_WRITTEN,
    Environment,
    Failure,
    Link,
    Stray,
    Target,
    Trial,
)
from scripts.report.gate import details, messages, packages, tracebacks
from scripts.report.gate.trials import gated
from scripts.report.gate.withheld import Gate
from scripts.report.issue.detector import without_secrets
from scripts.trials import store
from scripts.trials.disturbance import Disturbance
from scripts.trials.ending import ending, not_ready
from tests.builders import environment, made, planned
from tests.report.gate.secrets import Secret, secrets

pytestmark = pytest.mark.pure

SECRETS = secrets()

LIBRARY = "<environment>/lib/python3.11/site-packages/demo/core.py"

HARMLESS = (
    # messages of errnos, of Python, of OpenSSL, of the libraries
    "[Errno 32] Broken pipe",
    "[Errno 104] Connection reset by peer",
    "[Errno 9] Bad file descriptor",
    "[Errno 111] Connect call failed ('127.0.0.1', 8000)",
    "[Errno -2] Name or service not known",
    "[Errno -3] Temporary failure in name resolution",
    "[Errno 24] Too many open files",
    "[Errno None] Can not write request body for http://localhost:32851/process_image",
    "Cannot connect to host 127.0.0.1:8000 ssl:False [Connection refused]",
    "pop from an empty deque",
    "list.remove(x): x not in list",
    "list index out of range",
    "division by zero",
    "dictionary changed size during iteration",
    "'NoneType' object is not callable",
    "'int' object is not iterable",
    "unsupported operand type(s) for +: 'int' and 'str'",
    "not enough values to unpack (expected 2, got 1)",
    "generator raised StopIteration",
    "can't start new thread",
    "timed out",
    "The read operation timed out",
    "The operation did not complete (read) (_ssl.c:2580)",
    "[SSL: APPLICATION_DATA_AFTER_CLOSE_NOTIFY] application data after close notify (_ssl.c:2698)",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate"
    " (_ssl.c:1006)",
    "EOF occurred in violation of protocol (_ssl.c:2406)",
    "Event loop is closed",
    "Exceptions from Trio nursery (3 sub-exceptions)",
    "unhandled errors in a TaskGroup (1 sub-exception)",
    "this socket was already closed",
    "Server disconnected",
    "Server disconnected without sending a response.",
    "Cannot write to closing transport",
    "Remote end closed connection without response",
    "peer closed connection without sending complete message body (received 10 bytes, expected 20)",
    "All connection attempts failed",
)


@pytest.fixture(scope="module", params=[None, "spans"], ids=["written in C", "in a library"])
def held(request: pytest.FixtureRequest) -> dict[str, str]:
    """Each kind of secret in a trial, in all that a trial holds of texts, as it gets out."""
    return {
        secret.kind: msgspec.json.encode(gated(holding(secret, request.param), Gate())).decode()
        for secret in SECRETS
    }


def holding(secret: Secret, known: str | None) -> Trial:
    """A trial that holds a secret wherever it can."""
    text = secret.text
    said = f"Cannot log in with {text}"
    link = Link("demo", "LoginError", said, None, "raised", None, ((0, 19),) if known else ())
    bare = Link("builtins", "KeyError", repr(text), None, "hidden", 0)
    path = "/srv/{}/own.py".format(text.splitlines()[0][:60].replace('"', ""))
    printed = (
        "Traceback (most recent call last):\n"
        f'  File "{LIBRARY}", line 9, in run\n    raise LoginError(said)\n'
        f'  File "{path}", line 3, in connect\n    connect({text!r})\n'
        f"demo.LoginError: {said}\n"
    )
    failure = Failure((link, bare), printed, 1)
    target = Target(
        "own.py",
        "own.py",
        ("demo==1.0",),
        arguments=("--password", text),
        env=(f"OWN={text}",),
        url=f"http://{text.splitlines()[0]}/",
        server_command=f"serve {text}",
    )
    trial = made(
        target,
        load=AS_WRITTEN,
        requests=None,
        failures=[failure],
        script_failure=failure,
        environment=environment({"demo": "1.0", text: "1.0", "six": text, "attrs": f"1.0+{text}"}),
        server_connections=[],
    )
    noise = f"{text}\nlog: {text}\n{printed}"
    client = structs.replace(
        trial.client,
        stderr=noise,
        stdout=noise,
        stack=f'  File "{path}", line 3 in connect\n{text}',
        strays=[Stray("task", failure)],
    )
    return structs.replace(
        trial,
        client=client,
        server=structs.replace(trial.server, stderr=noise),
        detail=f"LoginError: {said}",
        replaced={"SERVER_URL": text},
    )


def test_there_are_enough_kinds() -> None:
    assert len({secret.kind for secret in SECRETS}) >= 262


def test_no_kind_gets_through(held: dict[str, str]) -> None:
    through = [
        secret.kind for secret in SECRETS if any(part in held[secret.kind] for part in secret.parts)
    ]
    assert through == []


def test_nor_when_it_goes_through_again(held: dict[str, str]) -> None:
    """What is published is read again."""
    for text in list(held.values())[::7]:
        gate = Gate()
        trial = msgspec.json.decode(text, type=Trial)
        assert gated(trial, gate) == trial
        assert not gate.hidden


def test_what_tells_the_failure_stays(held: dict[str, str]) -> None:
    for text in held.values():
        trial = msgspec.json.decode(text, type=Trial)
        failure = trial.client.failures[0]
        assert [link.type for link in failure.chain] == ["LoginError", "KeyError"]
        assert f'File "{LIBRARY}", line 9, in run\n    raise LoginError(said)' in failure.traceback
        assert 'File "own.py", line 3\n' in failure.traceback
        assert trial.client.environment is not None
        assert trial.client.environment.packages["demo"] == "1.0"


@pytest.mark.parametrize("message", HARMLESS)
def test_a_known_message_stays(message: str) -> None:
    link = Link("builtins", "OSError", message, None, "raised", None)
    gate = Gate()
    assert messages.gated(link, [link], gate).message == message
    assert not gate.hidden


HARMLESS_LINES = (
    "Traceback (most recent call last):",
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
    f'  File "{LIBRARY}", line 1776, in send\n    raise exc',
    '  File "/usr/lib/python3.11/contextlib.py", line 155, in __exit__\n    self.gen.throw(value)',
    '  File "<python>/lib/python3.11/queue.py", line 190, in run\n    return runner.run()',
    '  File "repro/httpx_client.py", line 28, in main\n    await asyncio.gather(*tasks)',
    "    ^^^^^^^^^^^^",
    "httpx.ReadError",
    "BrokenPipeError: [Errno 32] Broken pipe",
    "asyncio.exceptions.CancelledError",
    "  + Exception Group Traceback (most recent call last):",
    "  +-+---------------- 1 ----------------",
    "  [Previous line repeated 3 more times]",
    "Current thread 0x00007f1234567890 (most recent call first):",
)


@pytest.mark.parametrize("lines", HARMLESS_LINES)
def test_what_python_prints_stays(lines: str) -> None:
    gate = Gate(named=frozenset({"demo"}))
    assert tracebacks.gated(lines, (), gate) == lines
    assert not gate.hidden


HARMLESS_DETAILS = (
    "its calls were counted",
    "the client ended with signal SIGSEGV and no note",
    "the client was still running after 142 s",
    "the server did not accept a connection within 30 s",
    "Because httpx==0.25.0 depends on httpcore>=0.18.0,<0.19.0 and you require httpx==0.25.0, we"
    " can conclude that you require httpcore>=0.18.0,<0.19.0. And because you require"
    " httpcore==1.0.6, we can conclude that your requirements are unsatisfiable.",
)


@pytest.mark.parametrize("detail", HARMLESS_DETAILS)
def test_why_a_trial_did_not_complete_stays(detail: str) -> None:
    assert details.gated(detail, Gate()) == detail


def test_what_the_tooling_says_of_an_ending_stays() -> None:
    """The gate knows its sentences by heart: one that is worded anew is to be worded there too."""
    said = [
        ending(None, -11, None, 30.0),
        ending(None, 1, None, 30.0),
        ending(None, None, None, 30.0),
        ending(None, 0, -11, 30.0),
        not_ready(None, 30.0),
        not_ready(3, 30.0),
    ]
    disturbed = Disturbance().words({"client": -9, "server": -15})
    for detail in (*(one.detail for one in said), disturbed):
        assert detail
        assert details.gated(detail, Gate()) == detail


@pytest.mark.parametrize(
    "version", ["0.27.2", "4.6.2.post1", "1.0a3", "2!1.0.dev5", "2.13.0+cpu", "2.1.0+cu121"]
)
def test_a_version_stays(version: str) -> None:
    assert packages.version(version, Gate()) == version


def test_enough_that_is_harmless_is_tried() -> None:
    assert len(HARMLESS) + len(HARMLESS_LINES) + len(HARMLESS_DETAILS) + 6 >= 60


def test_of_a_message_what_stands_in_the_source_stays() -> None:
    said = "Invalid port: 'hunter2'"
    link = Link("demo", "Bad", said, None, "raised", None, ((0, 15),))
    gate = Gate()
    assert messages.gated(link, [link], gate).message == "Invalid port: '<value, 7 characters>'"
    assert [held.text for held in gate.hidden] == ["hunter2"]


def test_a_message_that_another_exception_of_its_chain_knows_stays() -> None:
    inner = Link("core", "E", "no more streams here", None, "cause", 0, ((0, 20),))
    outer = Link("client", "E", inner.message, None, "raised", None)
    assert messages.gated(outer, [outer, inner], Gate()).message == inner.message


@pytest.mark.parametrize("spans", [((0, 10**9),), ((-5, 3),), ((4, 2),), ((0, 9), (5, 12))])
def test_a_file_that_claims_to_know_more_than_there_is_is_not_believed(
    spans: tuple[tuple[int, int], ...],
) -> None:
    link = Link("demo", "Bad", "hunter2 and hunter3", None, "raised", None, spans)
    assert "hunter3" not in messages.gated(link, [link], Gate()).message


UNDER_A_FRAME = (
    "            └ 'hunter2'",  # as loguru does
    "    password = 'hunter2'",  # as Python does with capture_locals
    '    {"password": "hunter2"}',
)


@pytest.mark.parametrize("line", UNDER_A_FRAME)
def test_of_what_stands_under_a_frame_only_its_source_stays(line: str) -> None:
    """One line, and what is marked under it: values may be printed there too."""
    printed = f'  File "{LIBRARY}", line 9, in run\n    raise E(pw)\n    ^^^^^\n{line}\nE: bad'
    shown = tracebacks.gated(printed, (), Gate(named=frozenset({"demo"})))
    assert "raise E(pw)\n    ^^^^^" in shown
    assert "hunter2" not in shown
    crashed = f'  File "{LIBRARY}", line 9 in run\n{line}'
    assert "hunter2" not in tracebacks.gated(crashed, (), Gate(named=frozenset({"demo"})))


@pytest.mark.parametrize(
    "path",
    [
        "<environment>/lib/python3.11/site-packages/acme_x9/db.py",
        "/usr/lib/python3/dist-packages/acme_x9/db.py",
        "scripts/acme_sync.py",
        "<project>/repro/acme.py",
        "<environment>/lib/python3.11/site-packages/httpx/../../../../acme.py",
        "/srv/x?token=hunter2",
        "https://u:hunter2@acme.example.org/",
    ],
)
def test_a_frame_of_what_is_not_everybodys_keeps_its_file_and_line(path: str) -> None:
    printed = f'  File "{path}", line 9, in push_hunter2\n    connect("hunter2")'
    shown = tracebacks.gated(printed, (), Gate())
    assert "hunter2" not in shown
    assert "acme_x9" not in shown
    assert shown.endswith(", line 9")


GIVEN: dict[str, Target] = {
    "a pin": Target("x", "own.py", ("a @ git+https://u:hunter2@acme.example.org/x",)),
    "a server's pin": Target("x", "own.py", server_pins=("a @ file:///home/hunter2/x",)),
    "a source": Target("x", "own.py", source="hunter2 hunter2@abc"),
    "a module": Target("x", "", module="hunter2.cli"),
    "a command": Target("x", "own.py", server_command="PW=hunter2 serve {port}"),
    "a command with tabs": Target("x", "own.py", server_command="env\tPW=hunter2\tserve"),
    "a variable without a value": Target("x", "own.py", env=("hunter2",)),
    "a server's variable": Target("x", "own.py", server_env=("TOKEN=hunter2", "PIN=482913")),
    "a folder": Target("x", "own.py", cwd="/home/hunter2"),
    "an interpreter": Target("x", "own.py", python="~hunter2"),
    "a script that seems ours": Target("x", "repro/../../home/hunter2/own.py"),
    "a number": Target("x", "own.py", arguments=("--pin", "482913")),
}


@pytest.mark.parametrize("case", GIVEN)
def test_what_a_user_gave_stays_here(case: str) -> None:
    shown = msgspec.json.encode(gated(made(GIVEN[case]), Gate()).target).decode()
    assert "hunter2" not in shown
    assert "482913" not in shown


@pytest.mark.parametrize("address", ["-10.20.30.40", "10.20.30.40%", "10.20.3.4.443", "10.2.3.4"])
def test_an_address_is_no_version(address: str) -> None:
    link = Link("builtins", "E", f"Connect call failed {address}", None, "raised", None)
    assert address not in messages.gated(link, [link], Gate()).message


def test_many_kinds_of_failures_take_no_time() -> None:
    links = [Link("demo", "E1", f"of {n}", None, "raised", None) for n in range(1500)]
    began = time.process_time()
    tracebacks.gated("E1: zz\n" * 9000, links, Gate())
    assert time.process_time() - began < 4


def test_what_the_program_beside_it_says_is_told_and_no_part_of_a_word() -> None:
    gate = Gate(beside='Version("not a version")\nkey = "swordfish9"')
    assert gate.withhold("value", "not a version") == "not a version"
    assert gate.withhold("value", "sword") == "<value, 5 characters>"


def test_a_text_gets_out_once_its_owner_has_read_it() -> None:
    trial = holding(Secret("own", "no such customer", ("customer",)), None)
    gate = Gate()
    gated(trial, gate)
    [key] = [held.key for held in gate.hidden if held.text == "Cannot log in with no such customer"]
    shown = gated(trial, Gate([key]))
    assert shown.client.failures[0].chain[0].message == "Cannot log in with no such customer"


def test_a_frame_in_a_message_shows_no_source_of_ones_own() -> None:
    """A message may hold a traceback, with whatever stands under its frames."""
    said = f'remote said:\n  File "{LIBRARY}", line 1, in f\n    hunter2\nValueError: hunter3'
    link = Link("__main__", "RemoteError", said, None, "raised", None)
    printed = f"Traceback (most recent call last):\nRemoteError: {said}\n"
    shown = tracebacks.gated(printed, [link], Gate())
    assert "hunter" not in shown


@pytest.mark.parametrize(
    "word", ["token_", "a.", "(1 sub-exception) ", "'", "1 ", '  File "', "| "]
)
def test_what_a_line_takes_grows_as_its_length(word: str) -> None:
    def seconds(length: int) -> float:
        line = word * (length // len(word))
        began = time.process_time()
        link = Link("demo", "Bad", line, None, "raised", None)
        messages.gated(link, [link], Gate())
        tracebacks.gated(f"Bad: {line}\n{line}", [link], Gate())
        details.gated(line, Gate())
        packages.version(line, Gate())
        return time.process_time() - began

    # Eight times as long takes about eight times as long; with the square it would be 64.
    assert seconds(160_000) < 40 * max(seconds(20_000), 0.01)


def test_a_report_of_ones_own_program_keeps_back_what_it_was_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way: from trials on disk to the text that would be posted."""
    number = 0
    for secret in SECRETS[::16]:
        trial = holding(secret, None)
        folder = planned(tmp_path / f"{(number := number + 1)}", trial)
        text = tmp_path / f"{number}.md"
        assert run_app(["issue", "--from", str(folder), "-o", str(text)]) == 0
        written = text.read_text()
        assert not [part for part in secret.parts if part in written], secret.kind
        assert "Kept back, as not known to be safe" in capsys.readouterr().err


@pytest.mark.parametrize("call", ["client.py --no-idle", "client.py --http2"])
def test_what_a_client_of_this_project_is_told_gets_out(call: str) -> None:
    target = variant(parse("document"), call)
    assert gated(made(target), Gate()).target == target


@pytest.mark.published
def test_every_client_that_a_published_survey_names_is_ours_or_was() -> None:
    named = {
        entry.target.script
        for path in store.PUBLISHED.glob(f"*/{SURVEY_FILE}")
        for entry in msgspec.json.decode(path.read_bytes(), type=Survey).entries
    }
    assert {name for name in named if not (PROJECT / name).is_file()} == tracebacks.FORMER


@pytest.mark.published
def test_published_trials_went_through_the_gate() -> None:
    newest = sorted(store.PUBLISHED.glob("[0-9]*"))[-1]
    for trial in store.trials(newest)[:20]:
        gate = Gate()
        assert gated(trial, gate) == trial
        assert not gate.hidden


def test_a_version_that_is_none_is_kept_back() -> None:
    odd = Environment("3.11.7", {"six": "file:///home/x"}, {"six": ("1.0", "x y")}, None)
    trial = made(Target("own.py", "own.py"), environment=odd)
    shown = gated(trial, Gate()).client.environment
    assert shown is not None
    assert shown.packages == {"six": "<version, 14 characters>"}
    assert shown.moved == {"six": ("1.0", "<version, 3 characters>")}


def test_what_a_program_of_ones_own_says_of_secrets_is_found_by_the_detector() -> None:
    found: list[None] = []
    text = without_secrets(
        'KEY = "AKIAIOSFODNN7EXAMPLQ"\nurl = "https://svc:pa55w0rdxx@db.example.org/x"\n'
        'password = "swordfish9"\nuvicorn.run(app, host="0.0.0.0", port=8000)\nversion = "1.0.9"\n',
        "own.py",
        lambda: found.append(None),
    )
    assert text == (
        'KEY = "<secret>"\nurl = "https://svc:<secret>@db.example.org/x"\n'
        'password = "<secret>"\nuvicorn.run(app, host="0.0.0.0", port=8000)\nversion = "1.0.9"\n'
    )
    assert len(found) == 3


def test_a_package_of_another_environment_is_kept_back_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the table of what else was tried, and wherever the answer names it."""
    target = Target("own.py", "own.py", server="")
    failing = holding(Secret("own", "no customer", ()), None)
    trials = [
        structs.replace(failing, target=target),
        made(
            structs.replace(target, name="own.py, acme-x9 1.0"),
            order=2,
            load=AS_WRITTEN,
            environment=environment({"acme-x9": "1.0"}),
        ),
    ]
    file = tmp_path / "issue.md"
    assert (
        run_app(["issue", "--from", str(planned(tmp_path / "own", *trials)), "-o", str(file)]) == 0
    )
    assert "acme-x9" not in file.read_text()
    assert "'acme-x9'" in capsys.readouterr().err


def test_the_key_of_a_text_lets_it_out_of_an_issue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = planned(tmp_path / "own", holding(Secret("own", "no customer", ()), None))
    file = tmp_path / "issue.md"
    call = ["issue", "--from", str(folder), "-o", str(file)]
    assert run_app(call) == 0
    said = "Cannot log in with no customer"
    listed = capsys.readouterr().err.splitlines()
    keys = [line.split()[0] for line in listed if line.endswith((f"'{said}'", "'no customer'"))]
    assert said not in file.read_text()
    assert run_app([*call, *(f"--reveal={key}" for key in keys)]) == 0
    assert said in file.read_text()
