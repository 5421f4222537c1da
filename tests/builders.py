"""What tests are made of: trials and questions made up, targets of scripts, git repositories.

Made-up trials are for the pure rooms; everything that runs is tested on real ones.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from msgspec import structs

from scripts.analysis.readings import Reading
from scripts.domain.blocked import Blocked, Doing, Frame, Stack
from scripts.domain.targets import control, parse
from scripts.domain.trial import (
    LOADS,
    Client,
    Connection,
    Environment,
    Failure,
    Host,
    Lag,
    Link,
    Load,
    Place,
    Requests,
    Server,
    Target,
    Trial,
    Turn,
)
from scripts.search.contrast import Contrast, differing
from scripts.search.investigate import Sought
from scripts.search.question import Point, Question
from scripts.search.separation import Changes
from scripts.search.step import Step
from scripts.trials import store
from scripts.trials.campaign import Plan, Planned

FIXTURES = Path(__file__).resolve().parent / "fixtures"
GIT = shutil.which("git") or "git"

SMOKE = LOADS["smoke"]

HOST = Host("Linux 6 x86_64", "Some CPU", 2, 2**33, 1024, 4096, 0.5)


def made(
    target: Target | None = None,
    load: Load = LOADS["compressed"],
    order: int = 1,
    failed: int = 0,
    message: str = "",
    **fields: Any,
) -> Trial:
    """A trial of ten requests of which some failed."""
    failure = Failure(
        (
            Link("httpx", "ReadError", message, None, "raised", None),
            Link("builtins", "BrokenPipeError", "Broken pipe", 32, "hidden", 0),
        ),
        f"Traceback (most recent call last):\nhttpx.ReadError: {message}\n",
        failed,
    )
    values: dict[str, Any] = {
        "campaign": "20240101-000000-1",
        "order": order,
        "lanes": 1,
        "started": "2024-01-01T00:00:00.000+00:00",
        "target": target or parse("document"),
        "load": load,
        "host": HOST,
        "outcome": "completed",
        "exit_status": 1 if failed else 0,
        "requests": Requests(
            [float(start) for start in range(10)],
            [start + 0.5 for start in range(10)],
            [0] * failed + [None] * (10 - failed),
        ),
        "failures": [failure] if failed else [],
        "wall": 12.0,
        "cpu_user": 0.5,
        "cpu_system": 0.1,
        "peak_memory": 2**26,
        "lag": Lag(0.2, 0.1, 100, [(1.0, 1.2)]),
        "server_connections": [Connection(50_000 + number, float(number)) for number in range(3)],
        "server_cpu": 0.3,
    }
    return changed(None, **(values | fields))


def changed(trial: Trial | None, **fields: Any) -> Trial:
    """A trial with other fields: of its place, of its client (with or without "client_" before
    it), of its server ("server_cpu"), else of itself.
    """
    parts: dict[str, dict[str, Any]] = {"place": {}, "client": {}, "server": {}, "": {}}
    for name, value in fields.items():
        part, _, rest = name.partition("_")
        if part not in ("client", "server"):
            part, rest = "", name
        for kind in (Place, Client):
            part = kind.__name__.lower() if not part and name in kind.__struct_fields__ else part
        parts[part][rest] = value
    if trial is not None:
        nested = {
            part: structs.replace(getattr(trial, part), **parts[part])
            for part in ("place", "client", "server")
        }
        return structs.replace(trial, **nested, **parts[""])
    place = Place(**parts["place"])
    return Trial(
        place=place, client=Client(**parts["client"]), server=Server(**parts["server"]), **parts[""]
    )


class Asking(Protocol):
    """A search, as the tests feed it."""

    @property
    def question(self) -> Sought: ...

    def next(self, under_way: Sequence[Step] = ...) -> Step | None: ...

    def take(self, step: Step, trial: Trial, control: Trial | None) -> Reading: ...


Search = TypeVar("Search", bound=Asking)

Trying = Callable[[Target, int], Trial]
"""Gives the trial of a target in a round."""


def answered(search: Search, trying: Trying) -> Search:
    """A search fed made-up trials until it asks for no more. A control costs 10 ms a request."""
    beside = search.question.control
    while (step := search.next()) is not None:
        control = made(beside, cpu_user=0.1, cpu_system=0.0) if beside is not None else None
        search.take(step, trying(step.target, step.round), control)
    return search


def answered_together(search: Search, trying: Trying, workers: int, seed: int = 0) -> Search:
    """The same by several workers, whose trials end in any order."""
    beside, luck = search.question.control, random.Random(seed)  # noqa: S311
    running: list[Step] = []
    rounds: list[int] = []
    while True:
        while len(running) < workers and (step := search.next(running)) is not None:
            running.append(step)
            rounds.append(step.round)
        if not running:
            break
        over = running.pop(luck.randrange(len(running)))
        control = made(beside, cpu_user=0.1, cpu_system=0.0) if beside is not None else None
        trial = changed(trying(over.target, over.round), round=over.round)
        search.take(over, trial, control)
    assert len(rounds) == len(set(rounds))
    return search


def question(
    count: int = 10, signal: str = "ReadError", most: int = 200, **fields: object
) -> Question:
    """A question about releases of httpx, a day apart."""
    points = [
        Point(f"1.{minor}", parse(f"httpx==1.{minor}"), f"2024-01-{minor + 1:02d}")
        for minor in range(count)
    ]
    beside = control() if signal.startswith("slow") else None
    asked = Question(
        name="20240101-000000-1",
        created="2024-01-01T00:00:00+00:00",
        command=("bisect", "--package", "httpx"),
        package="httpx",
        points=points,
        fix=False,
        signal=signal,
        load=LOADS["compressed"],
        control=beside,
        confidence=0.99,
        budget=None,
        most=most,
    )
    return structs.replace(asked, **fields)


def day_question(count: int = 8, **fields: Any) -> Question:
    """A question about days of the whole environment: on each another idna, on the odd ones another
    certifi too.
    """
    days = [f"2024-01-{number + 1:02d}" for number in range(count)]
    targets = [
        structs.replace(
            parse("httpx==0.27.2"),
            name=f"httpx 0.27.2, all as of {day}",
            pins=(f"certifi=={(number + 1) // 2}.0", "httpx==0.27.2", f"idna==3.{number}"),
        )
        for number, day in enumerate(days)
    ]
    points = [Point(day, target, day) for day, target in zip(days, targets, strict=True)]
    return question(package="", points=points, stated=("good", "bad"), **fields)


def failing_from(change: int, goes: bool = False) -> Trying:
    """Trials of days that fail from a newer idna on, or up to an older one."""

    def trial(target: Target, order: int) -> Trial:
        newer = int(target.pins[-1].removeprefix("idna==3.")) >= change
        return made(target, order=order, failed=2 * (newer != goes))

    return trial


GOOD = {"anyio": "4.6.2", "certifi": "2024.7.4", "httpx": "0.27.2", "idna": "3.7"}
BAD = {"anyio": "4.7.0", "certifi": "2024.8.30", "httpx": "0.27.2", "idna": "3.10", "six": "1.16.0"}
"""Two environments between which anyio, certifi, idna and six change."""


def contrast(
    good: Mapping[str, str] = GOOD, bad: Mapping[str, str] = BAD, **fields: Any
) -> Contrast:
    """A question about the differences between two environments of httpx."""
    ends = [
        structs.replace(
            parse("httpx==0.27.2"),
            name=title,
            pins=tuple(f"{name}=={version}" for name, version in packages.items()),
        )
        for title, packages in (("yours.txt", good), ("mine.txt", bad))
    ]
    asked = Contrast(
        name="20240101-000000-1",
        created="2024-01-01T00:00:00+00:00",
        command=("difference", "--good", "yours.txt", "--bad", "mine.txt"),
        good=ends[0],
        bad=ends[1],
        titles=("yours.txt", "mine.txt"),
        changes=differing(dict(good), dict(bad)),
        signal="ReadError",
        load=LOADS["compressed"],
        control=None,
        confidence=0.95,
        budget=None,
        most=300,
    )
    return structs.replace(asked, **fields)


class MadeUpMixing:
    """Tells which mixtures of a contrast can be had, by what needs what.

    Args:
        asked: the contrast.
        needs: change -> the changes that it cannot be had without.
        lacking: sets of changes that cannot be had at all.
    """

    def __init__(
        self,
        asked: Contrast,
        needs: Mapping[str, Iterable[str]] | None = None,
        lacking: Iterable[Iterable[str]] = (),
    ) -> None:
        self.asked = asked
        self.needs = needs or {}
        self.lacking = set(map(frozenset, lacking))
        self.told = {frozenset[str](), frozenset(asked.changes)}

    def __call__(self, changes: Changes) -> Changes | None:
        had = changes
        while (more := had.union(*(self.needs.get(name, ()) for name in had))) != had:
            had = more
        if had in self.lacking:
            return None
        self.told.add(had)
        return had

    def target(self, changes: Changes) -> Target:
        assert changes in self.told, "nobody said that this can be had"
        versions = {
            name: versions.bad if name in changes else versions.good
            for name, versions in self.asked.changes.items()
        }
        packages = {name: version for name, version in versions.items() if version is not None}
        return self.asked.mixture(changes, {"httpx": "0.27.2", **packages})


def planned(folder: Path, *trials: Trial) -> Path:
    """A finished campaign of these trials, in a folder that may be there."""
    folder.mkdir(parents=True, exist_ok=True)
    places = [trial.place for trial in trials]
    runs = [
        Planned(place.order, place.round, trial.target, trial.load)
        for place, trial in zip(places, trials, strict=True)
    ]
    plan = Plan(
        name=places[0].campaign, created="", lanes=places[0].lanes, deadline=None, trials=runs
    )
    (folder / store.PLAN).write_bytes(store.encode_purpose(plan))
    for trial in trials:
        store.write(trial, folder)
    return folder


def environment(packages: Mapping[str, str]) -> Environment:
    """An environment of these packages that nothing forced away from its day."""
    return Environment("3.11.7", dict(packages), {}, None)


def flaky(change: int, high: float, low: float = 0.0, seed: int = 0) -> Trying:
    """Trials of points that fail at one rate before a change and at another from it on."""
    luck = random.Random(seed)  # noqa: S311

    def trial(target: Target, order: int) -> Trial:
        version = target.pins[0].removeprefix("httpx==")
        rate = high if int(version.split(".")[1]) >= change else low
        bad = luck.random() < rate
        return made(
            target,
            order=order,
            failed=3 if bad else 0,
            environment=environment({"httpx": version, "h11": "0.14.0"}),
        )

    return trial


def stalled(*stacks: tuple[float, Doing, list[Frame]], seconds: float | None = None) -> Blocked:
    """What a loop was seen to do: how long, what and in which frames, the outermost first.

    Args:
        stacks: each seen once.
        seconds: how long it was blocked; None for as long as that.
    """
    frames = list(dict.fromkeys(frame for _, _, inside in stacks for frame in inside))
    kept = [
        Stack([frames.index(frame) for frame in inside], doing, lasted, 1)
        for lasted, doing, inside in stacks
    ]
    lasted = sum(stack.seconds for stack in kept)
    return Blocked(lasted if seconds is None else seconds, len(kept), frames, kept)


def link(kind: str, module: str = "httpx", message: str = "", number: int | None = None) -> Link:
    """An exception that was raised."""
    return Link(module, kind, message, number, "raised", None)


def failing(
    *chain: Link,
    client: Connection | None = None,
    server: Connection | None = None,
    lag: Lag | None = None,
    start: float = 0.0,
    end: float = 10.0,
    **fields: object,
) -> Trial:
    """A trial of two requests of which the second failed, on these two ends of a connection."""
    values: dict[str, object] = {
        "requests": Requests([start, start], [start + 1, end], [None, 0]),
        "failures": [Failure(chain, "", 1)],
        "client_connections": [] if client is None else [client],
        "server_connections": [] if server is None else [server],
        "lag": lag,
    }
    return made(**(values | fields))  # type: ignore[arg-type]


READ_ERROR = link("ReadError")
USED = Connection(
    5, 0.0, turns=[Turn(0, 0.1, 0.1, 0.9), Turn(1, 9.0, 9.4, None)], lost=9.9, errno=32
)
SERVED = Connection(5, 0.0, arrivals=[(0.2, 0.8)], closed=9.2, how="end of stream", timer=9.2)


def git(folder: Path, *arguments: str) -> str:
    """What a git command prints in a folder."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        [GIT, *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, name: str, text: str) -> str:
    """Commit a file with this text; the commit's hash."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", f"{name}: {text[:20]}")
    return git(folder, "rev-parse", "HEAD")


def state(folder: Path) -> dict[str, str]:
    """Every file below a folder: its path there, and the SHA-256 of its content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


SeenTrial = Callable[[str], Trial]
"""Gives the trial of some pins under the smoke load, which others look at too."""


class RunTrial(Protocol):
    """Runs one trial of a target under a load; its client may take so many seconds."""

    def __call__(self, target: Target, load: Load = SMOKE, deadline: float = 30) -> Trial: ...


def foreign(script: str, *pins: str, server: str = "repro/server.py", url: str = "") -> Target:
    """A target made of scripts under tests/fixtures."""
    chosen = server if server.startswith("repro/") else f"tests/fixtures/{server}"
    return Target(script, f"tests/fixtures/{script}", pins, server=chosen, url=url)


def pyproject(name: str) -> str:
    """The settings of a project whose wheel a backend.py beside it builds, which needs nothing."""
    return f"""
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "{name}"
version = "1.0"
"""
