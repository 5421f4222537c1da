"""What would steer a terminal, put wherever the tool prints what it was given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import structs

from scripts.domain.trial import AS_WRITTEN, Failure, Link, Stray, Target, Trial
from tests.builders import environment, made, planned
from tests.torture.wrong_calls import WrongCall

STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\x08"
"""Sets a title, clears the screen, colours, turns the direction, steps back."""

SEEN = ("\x1b", "\x07", "\x9b", "\u202e", "\x08")
"""What must not be printed."""


def _link(**fields: Any) -> Link:
    usual: dict[str, Any] = {
        "module": "demo", "type": "Bad", "message": "bad", "errno": None, "via": "raised",
        "parent": None,
    }  # fmt: skip
    return Link(**(usual | fields))


def _failing(link: Link, **fields: Any) -> Trial:
    failure = Failure((link,), f"Traceback (most recent call last):\ndemo.Bad: {STEERING}\n", 1)
    target = fields.pop("target", Target("own.py", "own.py", ("demo==1.0",), server=""))
    usual: dict[str, Any] = {
        "load": AS_WRITTEN, "requests": None, "failures": [failure], "script_failure": failure,
        "environment": environment({"demo": "1.0"}), "exit_status": 1, "server_connections": [],
    }  # fmt: skip
    return made(target, **(usual | fields))


def trials() -> dict[str, Trial]:
    """Trials that hold it, by where."""
    plain = _failing(_link())
    stray = Stray("task", plain.client.failures[0])
    client = plain.client
    return {
        "a message": _failing(_link(message=STEERING)),
        "a type": _failing(_link(type=f"Bad{STEERING}")),
        "a module": _failing(_link(module=STEERING)),
        "a target's name": _failing(_link(), target=Target(STEERING, "own.py", server="")),
        "a script's name": _failing(_link(), target=Target("x", f"{STEERING}.py", server="")),
        "an argument": _failing(
            _link(), target=Target("x", "own.py", server="", arguments=(STEERING,))
        ),
        "a variable": _failing(
            _link(), target=Target("x", "own.py", server="", env=(f"A={STEERING}",))
        ),
        "a package": _failing(_link(), environment=environment({STEERING: "1.0"})),
        "a version": _failing(_link(), environment=environment({"demo": STEERING})),
        "a detail": structs.replace(plain, outcome="script-failed", detail=STEERING),
        "standard error": structs.replace(
            plain, client=structs.replace(client, stderr=STEERING, failures=[])
        ),
        "a stack": structs.replace(
            plain, outcome="hung", client=structs.replace(client, stack=STEERING)
        ),
        "a stray": structs.replace(plain, client=structs.replace(client, strays=[stray])),
        "a constant": structs.replace(plain, replaced={STEERING: STEERING}),
        "a processor": structs.replace(plain, host=structs.replace(plain.host, cpu=STEERING)),
        "a system": structs.replace(plain, host=structs.replace(plain.host, platform=STEERING)),
        "a load": structs.replace(plain, load=structs.replace(AS_WRITTEN, name=STEERING)),
        "a place": structs.replace(plain, place=structs.replace(plain.place, campaign=STEERING)),
    }


def injections(folder: Path) -> Iterator[WrongCall]:
    """Calls that print what they were given.

    Args:
        folder: an empty one, in which the files they name are made.
    """
    folder.mkdir(parents=True)
    for number, (name, trial) in enumerate(trials().items()):
        place = folder / str(number)
        sound = structs.replace(
            trial, place=structs.replace(trial.place, campaign="20240101-000000-1")
        )
        planned(place, sound)
        [file] = place.glob("0*")
        yield WrongCall(f"explain {name}", ["explain", str(file)])
        yield WrongCall(f"JSON of {name}", ["explain", str(file), "--json"])
        yield WrongCall(f"issue of {name}", ["issue", "--from", str(place)])
        yield WrongCall(f"campaign of {name}", ["repro", "--resume", str(place)])
    script = folder / "script.py"
    script.write_text("print(1)\n")
    broken = folder / f"{STEERING.replace('/', '')}.py".replace("\x00", "")
    broken.write_text("def (:\n")
    for call in (
        [STEERING], ["repro", f"--{STEERING}"], ["repro", "--axis", STEERING],
        ["repro", "--targets", STEERING], ["repro", "--rounds", STEERING],
        ["repro", "--load", STEERING], ["repro", "--python", STEERING],
        ["repro", "--resume", STEERING], ["trial", "--script", STEERING],
        ["trial", "--script", str(broken)], ["trial", "--module", STEERING],
        ["trial", "--script", str(script), "--with", STEERING],
        ["trial", "--script", str(script), "--url", STEERING],
        ["trial", "--script", str(script), "--env", STEERING],
        ["trial", "--script", str(script), "--server-command", STEERING],
        ["trial", "--script", str(script), "--allow-address", STEERING],
        ["explain", STEERING], ["issue", "--for", STEERING], ["issue", "--from", STEERING],
        ["report", "--publish", STEERING], ["check", "--signal", STEERING],
        ["bisect", "--package", STEERING, "--good", "1", "--bad", "2", "--signal", "exit"],
        ["prove", "--package", STEERING, "--at", "1", "--change", str(script), "--signal", "exit"],
        ["difference", "--good", STEERING, "--bad", "2026-01-01"], ["survey", STEERING],
    ):  # fmt: skip
        yield WrongCall(f"call {call[:2]!r}"[:40], call)
