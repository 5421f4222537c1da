"""Reports for any project: one kind of signal and of search each, from trials made up on disk."""

# ruff: noqa: E501

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from inline_snapshot import snapshot
from markdown_it import MarkdownIt
from msgspec import structs

from scripts.__main__ import run_app, status_of
from scripts.domain.trial import AS_WRITTEN, Failure, Link, Requests, Stray, Target, Trial
from scripts.reduction.task import REDUCTION, RESULT
from scripts.report.issue.bodies import general_body
from scripts.report.issue.general import General, general, publishable
from scripts.report.issue.material import material
from scripts.report.issue.redaction import Redactor
from scripts.search.bisection import Bisection
from scripts.search.contrast import create as create_contrast
from scripts.search.difference import Difference
from scripts.search.history import History
from scripts.search.mixtures import MIXTURES, Answered
from scripts.search.question import Point, Question, create
from scripts.trials import store
from tests import recorded
from tests.builders import (
    MadeUpMixing,
    Trying,
    answered,
    changed,
    contrast,
    day_question,
    environment,
    failing_from,
    link,
    made,
    question,
)
from tests.search.test_difference import trying

pytestmark = pytest.mark.pure

SCRIPT = "import demo\n\ndemo.run()\n"

NO_LUCK = Failure(
    (
        Link("demo.core", "NoLuck", "out of luck", None, "raised", None),
        Link("builtins", "ConnectionResetError", "reset", 104, "hidden", 0),
    ),
    'Traceback (most recent call last):\n  File "<project>/scripts/trials/probes/client.py", line 1, in run\n    exec(code)\n'
    '  File "<environment>/lib/python3.11/site-packages/demo/core.py", line 9, in run\n    raise NoLuck from None\ndemo.core.NoLuck: out of luck\n',
    1,
)
"""What the made-up package raises, as a trial's probe notes it."""


def own(target: Target, **fields: Any) -> Trial:
    """A trial of a program of one's own that ended well, but for these fields."""
    release = target.pins[0].partition("==")[2] if target.pins else "1.0"
    usual: dict[str, Any] = {
        "load": AS_WRITTEN,
        "requests": None,
        "failures": [],
        "environment": environment({"demo": release, "six": "1.16.0"}),
        "server_connections": [],
        "started": "2999-01-01T00:00:00.000+00:00",
    }
    return made(target, **(usual | fields))


RAISES = {"exit_status": 1, "script_failure": NO_LUCK}


def releases(
    tmp_path: Path, count: int = 6, signal: str = "NoLuck", verb: str = "bisect", **fields: object
) -> Question:
    """A question about releases of the made-up package, asked of a script of one's own."""
    script = tmp_path / "uses_demo.py"
    script.write_text(SCRIPT)
    base = Target("", str(script), server="")
    points = [
        Point(
            f"1.{minor}",
            structs.replace(base, name=f"uses_demo.py, demo 1.{minor}", pins=(f"demo==1.{minor}",)),
            f"2024-01-{minor + 1:02d}",
        )
        for minor in range(count)
    ]
    command = (verb, "--package", "demo", "--script", str(script), "--signal", signal)
    asked = question(signal=signal, package="demo", load=AS_WRITTEN, command=command, control=None)
    return structs.replace(asked, points=points, **fields)


def minor(target: Target) -> int:
    return int(target.pins[0].rpartition(".")[2])


def since(release: int, **fields: Any) -> Trying:
    """Trials that show these fields from a release on."""
    return lambda target, order: own(
        target, order=order, **(fields if minor(target) >= release else {})
    )


def stored(asked: Question, trying: Trying) -> Path:
    """A search on disk, with the trials that answer it."""
    folder = create(asked)

    def kept(target: Target, order: int) -> Trial:
        trial = changed(trying(target, order), campaign=asked.name, round=order)
        store.write(trial, folder)
        return trial

    if asked.kind == "history":
        answered(History(asked), kept)
    else:
        answered(Bisection(asked), kept)
    return folder


def campaign(tmp_path: Path, *trials: Trial) -> Path:
    """Trials on disk that no search asked for."""
    folder = tmp_path / "campaign"
    folder.mkdir()
    for order, trial in enumerate(trials, 1):
        store.write(changed(trial, order=order), folder)
    return folder


def told(folder: Path) -> General:
    return publishable(general(material(folder)), Redactor())


def test_a_bisection_of_an_exception(tmp_path: Path) -> None:
    text = general_body(told(stored(releases(tmp_path), since(4, **RAISES))))
    assert text == snapshot("""\
# demo 1.4: NoLuck (since 1.4; 1.3 is fine)

`uses_demo.py` raises `demo.core.NoLuck: out of luck`. It does so in 7 of 7 runs with demo 1.4.

```
demo.NoLuck: out of luck
ConnectionResetError [ECONNRESET]: reset
    (demo.NoLuck was raised while it was handled; `from None` hides it in the traceback)
```

### Since when

- It comes with 1.4 (2024-01-05): 9 of 9 runs show it from there on, 0 of 7 runs up to 1.3 (2024-01-04).
- Confidence 99.8%, from 16 runs in all.
- The newest that was tried is 1.5: 2 of 2 runs show it.

### To reproduce

Save as `uses_demo.py`:

```python
import demo

demo.run()
```

```sh
python -m pip install demo==1.4
python uses_demo.py
```

What else was installed is listed below.

### Versions

<details><summary>5 versions</summary>

| release | date | shows it (95 %) | else seen |
|---|---|--:|---|
| 1.0 | 2024-01-01 | 0 of 2 (0% to 84%) |  |
| 1.2 | 2024-01-03 | 0 of 1 (0% to 98%) |  |
| 1.3 | 2024-01-04 | 0 of 4 (0% to 60%) |  |
| 1.4 | 2024-01-05 | 7 of 7 (59% to 100%) |  |
| 1.5 | 2024-01-06 | 2 of 2 (16% to 100%) |  |

</details>

### Environment

Python 3.11.7 on Linux 6 x86_64, Some CPU, 2 cores; measured on 2999-01-01.

<details><summary>Traceback</summary>

```
Traceback (most recent call last):
  File "site-packages/demo/core.py", line 9, in run
    raise NoLuck from None
demo.core.NoLuck: out of luck
```

</details>

<details><summary>Installed packages (pip freeze)</summary>

```
demo==1.4
six==1.16.0
```

</details>

<details><summary>How it was measured</summary>

Every run is a new process; each version has an environment of its own. What the measuring tool adds to tracebacks is left out. It is called so:

```sh
python -m scripts bisect --package demo --script path/to/uses_demo.py --signal NoLuck
```

</details>
""")


def test_an_undecided_history_says_so_and_its_title_names_no_release(tmp_path: Path) -> None:
    asked = releases(tmp_path, 12, verb="history", most=5)
    text = general_body(told(stored(asked, since(4, **RAISES))))
    assert text.partition("### To reproduce")[0] == snapshot("""\
# demo 1.6: NoLuck

`uses_demo.py` raises `demo.core.NoLuck: out of luck`. It does so in 1 of 1 run with demo 1.6.

```
demo.NoLuck: out of luck
ConnectionResetError [ECONNRESET]: reset
    (demo.NoLuck was raised while it was handled; `from None` hides it in the traceback)
```

### Since when

- Since when is not decided, after 5 runs of releases 1.0 to 1.11.
- It may change between 1.3 and 1.4 (69.7%).
- It may change between 1.1 and 1.3 (16%).
- It may change between 1.4 and 1.6 (11.2%).

""")


def test_a_likely_change_of_an_undecided_history_is_no_claim(tmp_path: Path) -> None:
    def trying(target: Target, order: int) -> Trial:
        if minor(target) in (3, 4):
            return own(target, order=order, outcome="unavailable")
        return own(target, order=order, **(RAISES if minor(target) > 4 else {}))

    content = told(stored(releases(tmp_path, 12, verb="history", most=16), trying))
    assert content.title == "demo 1.11: NoLuck"
    assert content.since == snapshot(
        [
            "Since when is not decided, after 14 runs of releases 1.0 to 1.11.",
            "Likely (99.9%), though the whole is not decided: it comes with 1.6 (2024-01-07) at the latest: 0 of 4 runs show it before, 10 of 10 runs from there on; nothing is known of 1.2, 1.3, 1.4 and 1.5.",
        ]
    )


def test_a_history_of_a_bug_that_came_and_went(tmp_path: Path) -> None:
    def trying(target: Target, order: int) -> Trial:
        return own(target, order=order, **(RAISES if 3 <= minor(target) < 8 else {}))

    content = told(stored(releases(tmp_path, 12, verb="history", most=400), trying))
    assert content.title == snapshot("demo 1.3: NoLuck (from 1.3 to 1.7; 1.8 is fine)")
    assert content.since == snapshot(
        [
            "It comes with 1.3 (2024-01-04): 0 of 57 runs show it before, 79 of 79 runs from there on.",
            "It goes with 1.8 (2024-01-09): 79 of 79 runs show it before, 0 of 80 runs from there on.",
            "Nowhere else from 1.0 to 1.11 (confidence 99%, from 216 runs).",
            "The newest that was tried is 1.11: 0 of 22 runs show it.",
        ]
    )
    assert content.commands == snapshot(["python -m pip install demo==1.3", "python uses_demo.py"])


def test_a_single_run_with_requests_tells_the_cause() -> None:
    text = general_body(told(recorded.FAILING))
    assert text.partition("### To reproduce")[0] == snapshot("""\
# httpx 0.27.2: ReadError

`httpx_client.py` sends 21 requests, of which 3 fail with `httpx.ReadError`. It does so in 1 of 1 run with httpx 0.27.2.

```
httpx.ReadError
httpcore.ReadError
    (httpx.ReadError was raised from it)
anyio.BrokenResourceError
    (httpcore.ReadError was raised while it was handled; `from None` hides it in the traceback)
IndexError: pop from an empty deque
    (anyio.BrokenResourceError was raised while it was handled; `from None` hides it in the traceback)
```

Cause: Stale connection. The request was written 82.6 ms after the server closed the connection (its keep-alive timer, after 500.6 ms idle). Whether the client looked at its socket was not noted. The event loop was blocked for 347.7 ms in between.

""")


SIGNALS: dict[str, tuple[str, dict[str, Any]]] = {
    "killed": ("exit=SIGSEGV", {"outcome": "crashed", "exit_status": -11}),
    "status": ("exit=3", {"exit_status": 3}),
    "any status": ("exit", RAISES),
    "hang": (
        "hang",
        {"outcome": "hung", "exit_status": None, "wall": 20.0, "stack": "Thread x:\n"},
    ),
    "output": ("stdout~lu[c]k", {"stdout": "no luck\nat all\n"}),
    "memory": ("memory>200MB", {"peak_memory": 300_000_000}),
    "more memory": ("memory>1.5x", {"peak_memory": 300_000_000}),
    "wall": ("wall>30s", {"wall": 42.0}),
    "chain": ("NoLuck<ConnectionResetError", RAISES),
    "in a thread": ("NoLuck", {"strays": [Stray("thread", NO_LUCK)]}),
}


def first(content: General) -> str:
    """A report's title and its first sentences."""
    return "\n".join(general_body(content).split("\n")[:3])


@pytest.mark.parametrize("name", SIGNALS)
def test_every_kind_of_signal_is_told(name: str, tmp_path: Path) -> None:
    signal, fields = SIGNALS[name]
    content = told(stored(releases(tmp_path, signal=signal), since(4, **fields)))
    assert first(content) == FIRST[name]


FIRST: dict[str, str] = snapshot(
    {
        "killed": """\
# demo 1.4: killed by SIGSEGV (since 1.4; 1.3 is fine)

`uses_demo.py` is killed by `SIGSEGV`. It does so in 7 of 7 runs with demo 1.4.\
""",
        "status": """\
# demo 1.4: exit status 3 (since 1.4; 1.3 is fine)

`uses_demo.py` ends with exit status `3`. It does so in 7 of 7 runs with demo 1.4.\
""",
        "any status": """\
# demo 1.4: exit status 1 (demo.NoLuck) (since 1.4; 1.3 is fine)

`uses_demo.py` ends with exit status `1` (demo.NoLuck). It does so in 7 of 7 runs with demo 1.4.\
""",
        "hang": """\
# demo 1.4: hangs (since 1.4; 1.3 is fine)

`uses_demo.py` does not end: it was stopped after 20 s. It does so in 5 of 5 runs with demo 1.4.\
""",
        "output": """\
# demo 1.4: prints 'no luck' (since 1.4; 1.3 is fine)

`uses_demo.py` prints, on stdout, `no luck`. It does so in 7 of 7 runs with demo 1.4.\
""",
        "memory": """\
# demo 1.4: takes more than 200.0 MB of memory (since 1.4; 1.3 is fine)

`uses_demo.py` takes 300.0 MB of memory at its peak. It does so in 7 of 7 runs with demo 1.4 (median 300.0 MB).\
""",
        "more memory": """\
# demo 1.4: takes more than 100.7 MB of memory (since 1.4; 1.3 is fine)

`uses_demo.py` takes 300.0 MB of memory at its peak. It does so in 5 of 5 runs with demo 1.4 (median 300.0 MB).\
""",
        "wall": """\
# demo 1.4: takes more than 30 s (since 1.4; 1.3 is fine)

`uses_demo.py` takes 42 s. It does so in 4 of 4 runs with demo 1.4 (median 42 s).\
""",
        "chain": """\
# demo 1.4: NoLuck caused by ConnectionResetError (since 1.4; 1.3 is fine)

`uses_demo.py` raises `demo.core.NoLuck: out of luck`. It does so in 7 of 7 runs with demo 1.4.\
""",
        "in a thread": """\
# demo 1.4: NoLuck (since 1.4; 1.3 is fine)

`uses_demo.py` loses a thread to `demo.core.NoLuck: out of luck`. It does so in 7 of 7 runs with demo 1.4.\
""",
    }
)


def raising(when: Callable[[int], bool]) -> Trying:
    return lambda target, order: own(target, order=order, **(RAISES if when(minor(target)) else {}))


def test_a_fix_is_told_up_to_its_last_bad_release(tmp_path: Path) -> None:
    asked = releases(tmp_path)
    asked = structs.replace(asked, fix=True, points=asked.points[::-1])
    content = told(stored(asked, raising(lambda release: release < 3)))
    assert content.title == snapshot("demo 1.2: NoLuck (up to 1.2; 1.3 is fine)")
    assert [row.name for row in content.rows][:1] == ["1.0"]
    assert content.since == snapshot(
        [
            "It goes with 1.3 (2024-01-04): 0 of 7 runs show it from there on, 8 of 8 runs up to 1.2 (2024-01-03).",
            "Confidence 99.8%, from 15 runs in all.",
            "The newest that was tried is 1.5: 0 of 2 runs show it.",
        ]
    )


def test_releases_between_that_cannot_tell_widen_the_range(tmp_path: Path) -> None:
    def trying(target: Target, order: int) -> Trial:
        if minor(target) in (3, 4):
            return own(target, order=order, outcome="unavailable")
        return own(target, order=order, **(RAISES if minor(target) > 4 else {}))

    content = told(stored(releases(tmp_path), trying))
    assert content.title == snapshot("demo 1.5: NoLuck (since 1.5 at the latest; 1.2 is fine)")
    assert content.since == snapshot(
        [
            "It comes after 1.2 (2024-01-03), with 1.5 (2024-01-06) at the latest: 6 of 6 runs show it from there on, 0 of 6 runs up to 1.2 (2024-01-03).",
            "What lies between does not tell: 1.3 (it cannot be installed), 1.4 (it cannot be installed).",
            "Confidence 99.7%, from 12 runs in all.",
        ]
    )


def test_what_moved_along_is_told_and_stands_in_the_title(tmp_path: Path) -> None:
    def trying(target: Target, order: int) -> Trial:
        new = minor(target) > 2
        mixed = [pin for pin in target.pins if pin.startswith("six==")]
        six = mixed[0].partition("==")[2] if mixed else "1.17.0" if new else "1.16.0"
        packages = environment({"demo": f"1.{minor(target)}", "six": six})
        bad = six == "1.17.0"
        return own(target, order=order, **(RAISES if bad else {}), environment=packages)

    def pinned(target: Target, order: int) -> Trial:
        first_pin = structs.replace(target, pins=tuple(sorted(target.pins)))
        return structs.replace(trying(first_pin, order), target=target)

    content = told(stored(releases(tmp_path), pinned))
    assert content.title == snapshot("demo 1.3: NoLuck (since 1.3; 1.2 is fine; six changes too)")
    assert content.since[-2:] == snapshot(
        [
            "Parted by 4 runs with one changed and not the other: it is six (1.16.0 to 1.17.0) that does it, not demo.",
            "The newest that was tried is 1.5: 2 of 2 runs show it.",
        ]
    )


def test_an_undecided_bisection_has_no_since_in_its_title(tmp_path: Path) -> None:
    content = told(stored(releases(tmp_path, 12, most=3), since(4, **RAISES)))
    assert content.title == snapshot("demo 1.11: NoLuck")
    assert content.since == snapshot(
        [
            "Since when is not decided, after 3 runs that tell.",
            "Likeliest so far: 1.1 (16.6%), 1.2 (16.6%), 1.3 (16.6%).",
        ]
    )


def test_two_ends_that_both_fail_are_told_without_a_release(tmp_path: Path) -> None:
    content = told(stored(releases(tmp_path), since(0, **RAISES)))
    assert content.title == snapshot("demo 1.5: NoLuck")
    assert content.since == snapshot(
        [
            "Both ends are alike, and no release was searched for: 4 of 4 runs of 1.0 and 1 of 1 run of 1.5 show it.",
            "Confidence 99.7%, from 5 runs in all.",
        ]
    )


def test_what_else_differs_between_targets_stands_under_their_table(tmp_path: Path) -> None:
    points = releases(tmp_path).points
    trials = [
        changed(own(points[0].target), environment=environment({"demo": "1.0", "anyio": "4.6"})),
        own(points[1].target, environment=environment({"demo": "1.1", "anyio": "4.16"}), **RAISES),
    ]
    content = told(campaign(tmp_path, *trials))
    assert [row.shown for row in content.rows] == ["demo 1.0", "demo 1.1 [1]"]
    assert content.notes == [
        "[1] Beside uses_demo.py, demo 1.0 these differ too: anyio (4.6 to 4.16)."
    ]
    assert "\n\n- &#91;1&#93; Beside uses" in general_body(content)


@pytest.mark.parametrize("goes", [False, True])
def test_what_changed_on_a_day_stands_in_the_report_of_it(tmp_path: Path, goes: bool) -> None:
    asked = day_question(gaps=["2024-01-05a"])
    asked = asked.turned() if goes else asked
    folder = create(asked, tmp_path)
    trying = failing_from(5, goes)

    def kept(target: Target, order: int) -> Trial:
        trial = changed(trying(target, order), campaign=asked.name, round=order)
        store.write(trial, folder)
        return trial

    answered(Bisection(asked), kept)
    content = general(material(folder))
    assert "2 packages changed then" in content.title
    assert content.since[0].startswith(f"It {'goes' if goes else 'comes'} with 2024-01-06: ")
    assert [line for line in content.since if "install" in line.lower()] == [
        "Installed otherwise from then on: certifi (2.0 to 3.0) and idna (3.4 to 3.5).",
        "Nothing could be installed from 2024-01-05a on, up to then.",
    ]


def test_mixtures_that_share_a_name_are_told_apart(tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(5)]
    asked = contrast(
        dict.fromkeys(names, "1"), dict.fromkeys(names, "2"), left_out=["/home/me/own"]
    )
    folder = create_contrast(asked, tmp_path)
    mixtures = [
        asked.mixture(changes, {name: "2" if name in changes else "1" for name in names})
        for changes in (frozenset({*names[:3], last}) for last in names[3:])
    ]
    assert len({mixture.name for mixture in mixtures}) == 1
    for order, target in enumerate([asked.good, *mixtures, asked.bad], 1):
        bad = target in (mixtures[0], asked.bad)
        trial = made(target, order=order, round=order, failed=2 * bad)
        store.write(changed(trial, campaign=asked.name), folder)
    content = general(material(folder))
    rows = content.rows
    assert "/home" not in "".join(content.since)
    assert [(row.name, row.rate.bad if row.rate else None) for row in rows] == [
        ("yours.txt", 0),
        ("4 of 5 changes: p0 2, p1 2, p2 2 and 1 more: p3 2, p4 1", 1),
        ("4 of 5 changes: p0 2, p1 2, p2 2 and 1 more: p3 1, p4 2", 0),
        ("mine.txt", 1),
    ]


def test_what_makes_an_environment_fail_is_what_its_report_is_of(tmp_path: Path) -> None:
    asked = contrast()
    folder = create_contrast(asked, tmp_path)
    mixing = MadeUpMixing(asked)
    doing = trying(asked, lambda changes: "idna" in changes)
    answers: dict[frozenset[str], Target] = {}

    def kept(target: Target, order: int) -> Trial:
        answers[asked.changes_of(target)] = target
        trial = changed(doing(target, order), campaign=asked.name, round=order)
        store.write(trial, folder)
        return trial

    search = answered(Difference(asked, mixing), kept)
    for changes in mixing.told:
        answers.setdefault(changes, search.target(changes))
    stored = [
        Answered(
            sorted(changes), sorted(changes), dict(pin.split("==") for pin in answers[changes].pins)
        )
        for changes in answers
    ]
    (folder / MIXTURES).write_bytes(msgspec.json.encode(stored))
    content = general(material(folder))
    assert content.title == snapshot("idna 3.10: ReadError (it is idna (3.7 to 3.10))")
    assert (content.varying, content.notes) == (False, [])
    assert content.since[0].startswith("4 differences, ReadError, compressed load: it is idna (3.7")


def test_a_campaign_is_told_by_the_failure_that_most_trials_share(tmp_path: Path) -> None:
    points = releases(tmp_path).points
    trials = [
        own(points[0].target),
        own(points[1].target, **RAISES),
        own(points[1].target, **RAISES),
    ]
    content = told(campaign(tmp_path, *trials, own(points[2].target, exit_status=3)))
    assert first(content) == snapshot("""\
# demo 1.1: NoLuck

`uses_demo.py` raises `demo.core.NoLuck: out of luck`. It does so in 2 of 2 runs with demo 1.1.\
""")
    assert [(row.name, row.instead) for row in content.rows] == snapshot(
        [("demo 1.0", {}), ("demo 1.1", {}), ("demo 1.2", {"status 3": 1})]
    )
    assert content.called == "nox -s trial -- --script uses_demo.py --with demo==1.1"


def test_how_many_requests_fail_is_told(tmp_path: Path) -> None:
    requests = Requests([0.0] * 4, [1.0] * 4, [0, None, None, None])
    target = releases(tmp_path).points[0].target
    content = told(campaign(tmp_path, own(target, requests=requests, failures=[NO_LUCK])))
    assert first(content) == snapshot("""\
# demo 1.0: NoLuck

`uses_demo.py` sends 4 requests, of which 1 fails with `demo.core.NoLuck: out of luck`. It does so in 1 of 1 run with demo 1.0.\
""")


def test_programs_are_started_as_the_user_would(tmp_path: Path) -> None:
    (tmp_path / "serves.py").write_text("app = object()\n")
    target = structs.replace(
        releases(tmp_path).points[0].target,
        server=str(tmp_path / "serves.py"),
        arguments=("--size", "3 4"),
        env=("MODE=fast",),
        stdin=str(tmp_path / "input.txt"),
    )
    trial = own(target, **RAISES)
    plain = told(campaign(tmp_path, trial))
    assert plain.commands == snapshot(
        [
            "python -m pip install demo==1.0",
            "uvicorn serves:app --port 8000 &",
            "MODE=fast SERVER_URL=http://localhost:8000 python uses_demo.py --size '3 4' < input.txt   # input.txt is not shown here",
        ]
    )
    one = tmp_path / "one.json"
    module = structs.replace(
        target, module="demo.tool", script="", server="", server_command="node serve.js {port}"
    )
    one.write_bytes(msgspec.json.encode(structs.replace(trial, target=module)))
    assert told(one).commands == snapshot(
        [
            "python -m pip install demo==1.0",
            "node serve.js 8000 &",
            "MODE=fast SERVER_URL=http://localhost:8000 python -m demo.tool --size '3 4' < input.txt   # input.txt is not shown here",
        ]
    )


@pytest.mark.published
def test_a_reduction_shows_its_smallest_script_and_claims_what_runs_allow() -> None:
    reductions = sorted(store.PUBLISHED.glob(f"*/{RESULT}"))
    # What a cost was reduced by measures itself, and has no trials to tell of.
    told_of = [path for path in reductions if any(path.parent.glob("[0-9]*.json*"))]
    contents = [told(path.parent) for path in told_of]
    heads = {content.program: first(content) for content in contents}
    assert heads["minimal_readerror.py"] == snapshot("""\
# httpcore 1.0.9: ReadError

`minimal_readerror.py` fails with `ReadError`. With httpcore 1.0.9 it fails in 100 of 100 runs (at least 97%, at 95% confidence).\
""")
    for content in contents:
        assert content.script is not None
        assert content.script.text
        assert content.commands[-1] == f"python {content.program}"
        assert content.server is None


def test_a_long_script_is_folded_and_a_very_long_one_is_named(tmp_path: Path) -> None:
    folder = stored(releases(tmp_path), since(4, **RAISES))
    script = tmp_path / "uses_demo.py"
    for lines, shown in (
        (40, "<code>uses_demo.py</code>, 40 lines"),
        (900, "(900 lines, not shown)"),
    ):
        script.write_text("pass\n" * lines)
        assert shown in general_body(told(folder))
    script.unlink()
    assert "`uses_demo.py` (its file is gone)" in general_body(told(folder))


def test_a_script_that_was_written_again_is_marked(tmp_path: Path) -> None:
    target = releases(tmp_path).points[0].target
    trial = own(target, **RAISES, started="2001-01-01T00:00:00.000+00:00")
    content = told(campaign(tmp_path, trial))
    assert "was written again after it ran" in general_body(content)


def test_nothing_secret_gets_into_it_and_a_changed_script_says_so(tmp_path: Path) -> None:
    failure = Failure((link("NoLuck", "demo", "of bob@example.org at 10.1.2.3"),), "", 1)
    folder = stored(releases(tmp_path), since(4, exit_status=1, script_failure=failure))
    (tmp_path / "uses_demo.py").write_text("token = 's3cr3tpw'\n")
    hide = Redactor(users=["bob"])
    text = general_body(publishable(general(material(folder)), hide))
    for word in ("s3cr3tpw", "bob", "10.1.2.3", str(tmp_path)):
        assert word not in text
    assert "replaced by placeholders in angle brackets" in text
    assert "1 x secret" in hide.counts()


NASTY = (
    "```\n</details>\n# heading\n",
    "</details><script>alert(1)</script>",
    "@torvalds, #123 | a | b |",
    "`` ` ``` ![x](http://example.org/x.png)",
)


@pytest.mark.parametrize("message", NASTY)
def test_nothing_in_a_failure_changes_the_structure(message: str, tmp_path: Path) -> None:
    def shape(message: str, name: str) -> list[str]:
        failure = Failure(
            (
                link("NoLuck", "demo", message),
                structs.replace(link("E", "demo", message), parent=0, via="context"),
            ),
            f"Traceback\n{message}\n",
            1,
        )
        folder = tmp_path / name
        folder.mkdir()
        asked = releases(folder, name=f"20240101-000000-{name}")
        text = general_body(told(stored(asked, since(4, exit_status=1, script_failure=failure))))
        rendered = MarkdownIt("commonmark").enable("table").render(text)
        return re.findall(r"<(/?(?:h[1-6]|details|summary|table|script|img|a|li|pre))\b", rendered)

    assert shape(message, "1") == shape("harmless", "2")


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The sentence by which a call is refused as wrong."""
    assert status_of(lambda: run_app(["issue", *arguments])) == 2
    return capsys.readouterr().err.strip()


def test_what_cannot_be_told_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty, healthy = (
        tmp_path / "empty",
        campaign(tmp_path, own(releases(tmp_path).points[0].target)),
    )
    empty.mkdir()
    damaged = stored(releases(tmp_path), since(4, **RAISES))
    (damaged / "0001-broken.json").write_text("{")
    unfinished = tmp_path / "unfinished"
    unfinished.mkdir()
    store.write(own(releases(tmp_path).points[0].target, **RAISES), unfinished)
    (unfinished / REDUCTION).write_text(json.dumps({"schema": 1}))
    measured_itself = tmp_path / "reduced"
    measured_itself.mkdir()
    (measured_itself / RESULT).write_text("{}")
    said = [
        refused(capsys, "--from", str(place)).replace(str(tmp_path), "...")
        for place in (tmp_path / "nowhere", empty, measured_itself, healthy, damaged, unfinished)
    ]
    counted = tmp_path / "counted"
    counted.mkdir()
    slowed = own(releases(tmp_path).points[0].target, profiled=True, **RAISES)
    said.append(
        refused(capsys, "--from", str(store.write(slowed, counted))).replace(str(tmp_path), "...")
    )
    said.append(refused(capsys, "--from", str(healthy), "--as", "issue"))
    said.append(refused(capsys, "--from", str(healthy), "--for", "aiohttp"))
    said.append(refused(capsys, "--from", str(healthy), "--for", "demo"))
    assert said == snapshot(
        [
            "there is no folder of trials '.../nowhere': name one, or one trial in it.",
            ".../empty holds no trial to tell of.",
            ".../reduced holds no trial, as its cases measured themselves: attach the script that it was reduced to, which prints what it measures.",
            "nothing failed in .../campaign: there is nothing to report.",
            ".../results/20240101-000000-1/0001-broken.json is damaged (not a trial's JSON): delete it and resume its campaign.",
            ".../unfinished/reduction.json is damaged (Object missing required field `name`).",
            "the calls of .../counted/0001-uses-demo.py-demo-1.0-as-written.json were counted, which slowed its client: a report needs a trial without --count-calls.",
            "--as issue goes with --for, which names a project that is known.",
            "there is no trial of aiohttp: nox -s repro measures some.",
            "'demo' has no form of its own: leave --for out for the general one, or take --for httpx, --for httpcore, --for httpx2, --for aiohttp.",
        ]
    )


def test_a_search_that_saw_nothing_bad_has_nothing_to_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = stored(releases(tmp_path), since(99))
    said = refused(capsys, "--from", str(folder)).replace(str(tmp_path), "...")
    assert said == snapshot(
        "no run of .../results/20240101-000000-1 shows 'NoLuck': there is nothing to report."
    )


def test_it_writes_a_file_named_after_the_folder_and_says_what_would_post_it(
    tmp_path: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = stored(releases(tmp_path), since(4, **RAISES))
    assert run_app(["issue", "--from", str(folder)]) == 0
    text = (results / f"issue-{folder.name}.md").read_text()
    assert text.startswith("# demo 1.4: NoLuck (since 1.4; 1.3 is fine)\n\n")
    said = capsys.readouterr().out
    assert "--title 'demo 1.4: NoLuck (since 1.4; 1.3 is fine)'" in said
    assert "Replaced by placeholders, for you to check:" in said


def test_a_known_projects_form_is_made_from_ones_own_trials(results: Path) -> None:
    folder = recorded.FOLDER / "trials"
    assert run_app(["issue", "--from", str(folder), "--for", "httpx"]) == 0
    (path,) = results.iterdir()
    assert path.name == "issue-trials.md"
    assert "\n\n1000 POST requests, 300 at a time, " in path.read_text()


def test_a_script_in_the_users_own_folder_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "uses_demo.py").write_text(SCRIPT)
    target = Target("uses_demo.py", "~/uses_demo.py", pins=("demo==1.0",), server="")
    failure = Failure((link("NoLuck", "demo"),), "", 1)
    trial = own(target, exit_status=1, script_failure=failure)
    content = told(campaign(tmp_path, trial))
    assert content.script is not None
    assert content.script.text == SCRIPT
