"""A map on real servers: interrupted, gone on with, and asked about one's own settings."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.domain.files import PROJECT
from scripts.domain.problems import INTERRUPTED
from scripts.mapping.scale import QUANTITIES
from tests.commands.test_cli import call, called, wrong

SMALL = (
    *("map", "--targets", "aiohttp==3.10.10", "--load", "smoke"),
    *("--x", "keep-alive=0.02..1", "--y", "concurrency=2..20", "--delay", "0.01"),
)
"""A map that takes a trial a second."""


@pytest.mark.index
def test_a_map_is_interrupted_gone_on_with_and_answers_for_ones_own_settings(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "scripts", *SMALL, "--budget", "60s"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"RESULTS_FOLDER": str(results)},
    )
    until = time.monotonic() + 120
    while len(list(results.glob("*/0*.json"))) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate()
    assert running.returncode == INTERRUPTED, said
    [folder] = results.iterdir()
    assert f"nox -s map -- --resume {folder}" in said
    kept = {path: path.read_bytes() for path in results.glob("*/0*.json")}

    atlas = json.loads((folder / "map.json").read_text())
    (folder / "map.json").write_text(json.dumps(atlas | {"budget": 3.0}))
    status, out, said = call("map", "--resume", str(folder), "--json", RESULTS_FOLDER=str(results))
    assert {path: path.read_bytes() for path in kept} == kept
    printed = json.loads(out)
    assert printed["schema"] == "map"
    assert status == (0 if printed["result"]["whole"] else 1), said
    [one] = printed["result"]["maps"]
    assert one["trials"] == len(list(folder.glob("0*.json"))) > len(kept)
    assert (folder / "map.svg").read_text().startswith("<?xml")

    asked = ("map", "--from", str(folder), "--at", "keep-alive=0.5,concurrency=5")
    status, out, said = called(capsys, *asked)
    assert (status, said) == (0, "")
    assert out.startswith("aiohttp 3.10.10: ")
    assert "Measured on 20" in out
    outside = ("map", "--from", str(folder), "--at", "keep-alive=5,concurrency=5")
    status, out, said = called(capsys, *outside)
    assert (status, out) == (2, "")
    assert said.startswith("keep-alive=5 lies outside the map, which has 20 ms to 1 s;")
    status, out, said = called(capsys, "map", "--from", str(folder), "--at", "keep-alive=0.5")
    assert (status, out) == (2, "")
    assert "a map has two settings; give both, like --at keep-alive=5" in said
    asked = ("map", "--from", str(folder), "--at", "keep-alive=0.5,delay=1")
    status, out, said = called(capsys, *asked)
    assert said.startswith(
        "the map's settings are keep-alive and concurrency: give both, like --at "
    )


@pytest.mark.local
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("", "name two numbers of the load: --x keep-alive=0.02..10 --y concurrency=10..400."),
        ("--x keep-alive=1..5", "name two numbers of the load"),
        ("--x keep-alive=5..1 --y concurrency=10..400", "runs backwards"),
        ("--x keep-alive=1..1 --y concurrency=10..400", "is one point"),
        ("--x keep-alive=.. --y concurrency=10..400", "names no range"),
        ("--x keep-alive=a..b --y concurrency=10..400", "is no number of seconds"),
        ("--x keep-alive=1..5 --y keep-alive=1..5", "--x and --y are both keep-alive"),
        ("--x keep-alive=1..5 --y speed=1..5", "there is no number 'speed' of a load to map"),
        (
            "--x keep-alive=1..5 --y concurrency=10..400 --keep-alive 3",
            "--keep-alive is varied by the map: leave it out.",
        ),
        (
            "--targets httpx2==2.7.0 --x keep-alive=1..5 --y concurrency=10..400 --budget 5s",
            "a budget of 5 s is less than one trial at each of the 16 corners takes, ",
        ),
        (
            "--x keep-alive=1..5 --y concurrency=10..400 --signal slow",
            "'slow' compares with other trials: a map takes what one trial tells",
        ),
        ("--x keep-alive=1..5 --y concurrency=10..400 --signal nothing", "there is no signal"),
        (
            "--x work=1ms..20ms --y concurrency=10..400 --targets httpx-aiohttp==0.2.0",
            "there is no client of httpx-aiohttp 0.2.0 whose caller works on an answer.",
        ),
        ("--from tests", "--from goes with --at"),
        ("--at keep-alive=5 --x keep-alive=1..5", "--at answers from a map that is there"),
        ("--at keep-alive=5,speed=1", "there is no number 'speed'"),
        ("--at keep-alive=5,concurrency=x", "'x' is no whole number."),
        ("--at delay=5,timeout=1", "there is no number 'timeout'"),
        ("--at delay=5,requests=1", "no map over delay and requests is published"),
        ("--at keep-alive=5,concurrency=50 --from tests", "tests holds no map (no map.json)."),
        ("--resume tests", "tests holds no map (no map.json)."),
    ],
)
def test_a_wrong_call_is_one_sentence(
    arguments: str, words: str, capsys: pytest.CaptureFixture[str], recorded_index: None
) -> None:
    status, said = wrong(capsys, "map", *arguments.split())
    assert status == 2
    assert words in said
    assert "\n" not in said


@pytest.mark.pure
def test_every_number_that_can_be_mapped_is_one_of_the_load(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = called(capsys, "map", "--help")
    assert all(name in " ".join(out.split()) for name in QUANTITIES)
