"""What people read: the same from the same trials, and safe to render."""

import pytest
from msgspec.structs import astuple

from scripts.analysis.summary import summarise
from scripts.commands.output import console
from scripts.domain.targets import control, parse
from scripts.domain.words import duration
from scripts.report.cells import cells
from scripts.report.markdown import indented, text
from scripts.report.page.render import report
from scripts.report.screen import one_trial, summary
from tests.builders import made

pytestmark = pytest.mark.pure

NASTY = "`code` </details> @someone #123 | cell\n\n# heading <script> ``` \x1b[31m"


def test_the_same_trials_give_the_same_report() -> None:
    trials = [made(failed=1), made(control(), order=2)]
    assert report(trials, "nox -s repro") == report(list(trials), "nox -s repro")


def test_every_row_names_its_trials_and_every_failure_its_chain() -> None:
    written = report([made(failed=1, order=number) for number in (1, 2, 12)], "nox -s repro")
    assert "20240101-000000-1/0001, 0002, 0012" in written
    assert "3 x httpx.ReadError &#60; BrokenPipeError" in written


def test_exception_texts_cannot_break_the_page() -> None:
    written = report([made(failed=1, message=NASTY)], "nox -s repro")
    outside = [line for line in written.splitlines() if not line.startswith("    ")]
    assert not any("@someone" in line or "#123" in line for line in outside)
    harmless = report([made(failed=1)], "nox -s repro")
    assert written.splitlines().count("</details>") == harmless.splitlines().count("</details>")
    assert "\x1b" not in written


def test_no_text_commands_the_terminal() -> None:
    trial = made(failed=1, detail="\x1b[2Jgone", stack="\x1b]0;title\x07")
    made_console = console()
    with made_console.capture() as captured:
        made_console.print(one_trial(trial))
    assert "\x1b" not in captured.get()


def test_a_trial_names_the_causes_of_its_failures_right_away() -> None:
    made_console = console()
    with made_console.capture() as captured:
        made_console.print(one_trial(made(failed=2)))
    first, second, *_ = captured.get().splitlines()
    assert first.endswith(" load: completed, 2 of 10 requests failed")
    assert second == "cause of 2: unknown"


def test_text_is_shown_as_it_is() -> None:
    assert text("a|b\n@c") == "a&#124;b &#64;c"
    assert indented("a\n```\n\x07b") == "    a\n    ```\n    \ufffdb"


def test_unknown_is_called_unknown() -> None:
    (row,) = summarise([made(server_connections=None, wall=None, cpu_user=None)]).rows
    assert astuple(cells(row))[5:] == ("unknown", "", "unknown", "unknown (pool 300)")
    (row,) = summarise([made(outcome="unavailable", detail="no", requests=None)]).rows
    assert astuple(cells(row))[:4] == ("httpx 0.27.2, httpcore 1.0.6", "", "0", "not measured")


def test_durations_read_well() -> None:
    assert [duration(seconds) for seconds in (0.4, 59, 61, 185)] == [
        "0 s",
        "59 s",
        "1 min 01 s",
        "3 min 05 s",
    ]


def test_the_screen_shows_rows_failures_and_sentences() -> None:
    made_console = console()
    with made_console.capture() as captured:
        made_console.print(summary(summarise([made(failed=2), made(parse("control"), order=2)])))
    shown = captured.get()
    assert "2 of 10" in shown
    assert "2 x httpx.ReadError < BrokenPipeError [EPIPE]" in shown
    assert "No failed request in 1 or more trials each: aiohttp 3.10.10" in shown
