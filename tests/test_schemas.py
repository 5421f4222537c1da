"""The schemas of what verbs print: as git keeps them, and what is printed is what they say."""

import importlib
import inspect
import json
import math
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from cyclopts import App

from scripts.__main__ import VERBS
from scripts.analysis.capture import compared
from scripts.analysis.connections import cases
from scripts.analysis.summary import summarise
from scripts.benchmarks.command import Results
from scripts.benchmarks.contest import SearchScore, TradeOff, TrialsRatio
from scripts.benchmarks.costs import Comparison
from scripts.benchmarks.influence import influence
from scripts.benchmarks.proofs import ProofScore
from scripts.benchmarks.scale import ScaleScore, growths
from scripts.benchmarks.separations import SeparationScore
from scripts.benchmarks.shrinking import ReductionScore
from scripts.benchmarks.speedups import SpeedupScore
from scripts.benchmarks.stalls import StallScore
from scripts.benchmarks.workers import WorkersScore
from scripts.domain.targets import control
from scripts.domain.trial import LOADS
from scripts.reduction.task import REDUCTION, TASK_SCHEMA, Task
from scripts.report import published
from scripts.report.document import TrialDocument
from scripts.report.findings import printed_finding
from scripts.report.histories import printed_history
from scripts.report.matrix import matrix
from scripts.report.reductions import printed_reduction
from scripts.schemas import DOCUMENTS, FOLDER, as_json, schema, told
from scripts.search.bisection import Bisection
from scripts.search.finding import finding
from scripts.search.history import History
from scripts.search.release_line import release_line
from scripts.search.tally import BadEnd
from scripts.trials import store
from tests import recorded
from tests.builders import SMOKE, answered, failing, flaky, link, made, question
from tests.documents import document, encoded

pytestmark = pytest.mark.pure


def takes_json(place: str) -> bool:
    """Whether a verb has --json."""
    module, _, attribute = place.partition(":")
    function: Any = getattr(importlib.import_module(module), attribute)
    if isinstance(function, App):
        function = function.default_command
    return "json" in inspect.signature(function).parameters


def test_each_verb_with_json_has_a_schema() -> None:
    verbs = {verb.name for verb in VERBS if takes_json(verb.place)}
    assert verbs | {"chain"} == set(DOCUMENTS)
    assert {path.name for path in FOLDER.iterdir()} == {f"{verb}.json" for verb in DOCUMENTS}


@pytest.mark.parametrize("verb", DOCUMENTS)
def test_the_schema_that_git_keeps_is_what_the_verb_prints(verb: str) -> None:
    stale = f"schemas/{verb}.json is not what `{verb} --json` prints: `nox -s schemas` writes it"
    assert (FOLDER / f"{verb}.json").read_bytes() == schema(verb), stale


def objects(part: Any) -> Iterator[dict[str, Any]]:
    """Every object with keys that a schema tells of."""
    if isinstance(part, dict):
        if "properties" in part:
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from objects(inner)


@pytest.mark.parametrize("verb", DOCUMENTS)
def test_a_schema_says_what_each_key_means(verb: str) -> None:
    kept = json.loads((FOLDER / f"{verb}.json").read_bytes())
    assert kept["$id"] == f"urn:readerror-repro:{verb}:{kept['properties']['version']['const']}"
    assert kept["properties"]["schema"]["const"] == verb
    assert kept["required"][:2] == ["schema", "version"]
    for part in objects(kept):
        assert part["description"]
        for name, key in part["properties"].items():
            assert key["description"].endswith("."), name


WORDS = {
    "load": "#/$defs/Load",
    "target": "#/$defs/Target",
    "trials": "integer",
    "silent": "integer",
    "requests": "integer",
    "confidence": "number",
    "signal": "string",
    "package": "string",
    "words": "string",
}
"""What is one thing under one name, in whichever document it stands."""


@pytest.mark.parametrize("verb", [verb for verb in DOCUMENTS if verb != "trial"])
def test_a_word_is_of_one_kind_in_all_documents(verb: str) -> None:
    for part in objects(json.loads(schema(verb))):
        for name, kind in WORDS.items():
            key = part["properties"].get(name, {})
            kinds = [key, *key.get("anyOf", ())]
            said = {one.get("type") or one.get("$ref") for one in kinds} - {None, "null"}
            assert said <= {kind}, name


def test_a_docstring_tells_of_each_attribute() -> None:
    class Told:
        """What it
        is.

        Attributes:
            one, two: None where
                nothing: is.
            three: the rest.

        More.
        """

    said = "null where nothing: is."
    assert told(Told) == ("What it is.", {"one": said, "two": said, "three": "the rest."})
    assert as_json("Nonesuch,\n    or None") == "Nonesuch, or null"


def test_the_matrix_is_what_its_schema_says() -> None:
    trials = [
        made(failed=2),
        failing(link("ConnectError"), link("E", "builtins", number=24)),
        made(order=3, outcome="unavailable", detail="no wheel"),
        made(order=4, outcome="hung", detail="it hung", requests=None),
        *recorded.trials(),
    ]
    first, *_ = document("repro", encoded(matrix(summarise(trials))))["rows"]
    assert first["target"]["pins"]
    document("repro", encoded(matrix(summarise([]))))


@pytest.mark.parametrize("trial", recorded.trials(), ids=lambda trial: trial.target.name)
def test_a_trial_is_what_its_schema_says(trial: Any) -> None:
    printed = document(
        "trial", encoded(TrialDocument(version=2, record=trial, capture=compared([], trial)))
    )
    assert printed["record"]["schema"] == trial.schema
    missing, others = len(printed["capture"]["missing"]), printed["capture"]["uncompared"]
    assert missing + others == len(cases(trial))


def test_a_finding_is_what_its_schema_says() -> None:
    found = finding(answered(Bisection(question()), flaky(4, 1.0)))
    ended = [BadEnd(-11, "", 3, ["1.4"]), BadEnd(None, "ImportError", 1, ["1.5"])]
    printed = document(
        "bisect", encoded(printed_finding(msgspec.structs.replace(found, ended=ended)))
    )
    assert [end["exit_status"] for end in printed["ended"]] == [-11, None]
    assert (printed["last_bad"], printed["first_bad"]) == (None, "1.4")
    document("bisect", encoded(printed_finding(finding(Bisection(question())))))


def test_a_history_is_what_its_schema_says() -> None:
    line = release_line(answered(History(question()), flaky(4, 1.0)))
    [change] = document("history", encoded(printed_history(line, LOADS["compressed"])))["changes"]
    assert (change["older"], change["newer"]) == ("1.3", "1.4")
    assert change["before"]["bad"] < change["after"]["bad"]
    assert change["words"].startswith("worse with 1.4")
    endless = msgspec.structs.replace(line.points[0], values=[math.inf, 2.0])
    level = msgspec.structs.replace(line.changes[0], levels=(math.nan, 2.0))
    line = msgspec.structs.replace(line, points=[endless], changes=[level])
    printed = document("history", encoded(printed_history(line, LOADS["compressed"])))
    assert printed["points"][0]["values"] == [None, 2.0]
    assert printed["changes"][0]["levels"] == [None, 2.0]


SHOWN = [
    ScaleScore(
        verb="history",
        trials=trials,
        size=trials * 60_000,
        first=trials / 100,
        seconds=trials / 1000,
        memory=100_000_000,
        first_memory=200_000_000,
        index=trials * 500,
    )
    for trials in (1000, 10_000)
]


def test_the_benchmarks_are_what_their_schema_says() -> None:
    [growth] = growths(SHOWN)
    assert growth.seconds == pytest.approx(1.0)
    assert growth.memory == pytest.approx(0.0, abs=1e-9)
    results = Results(
        version=3,
        costs=[Comparison("a request, in ms", 1.0, 1.1, 1.1, None, None, 1.2, 3)],
        searches=[SearchScore(22, 0.9, 0.0, 0.0, "ours", 0.95, 20, 19, 1, 0, 15.0, 20.0)],
        ratios=[TrialsRatio("git-bayesect", 0.99, 0.98, 1.03, 0.4)],
        curve=[TradeOff("ours", 0.995, 100, 99, 0.95, 21.5)],
        cases=[ReductionScore("independent", 0.5, "ours", 20, 19, 1, 538.0, 787.0)],
        speedups=[
            SpeedupScore("independent", 0.5, 8, 20, 7.9, 7.8, 8.0, 4.8, 1.02, 20, 19, 1),
        ],
        notes=[influence(control(), SMOKE, [(True, True), (False, True)])],
        stalls=[StallScore("sleep", "httpx2", 20, 20, 0, 20, 0.98, 0.95, [])],
        proofs=[ProofScore(0.5, 0.0, 0.0, 0.0, 0.0, 2, {"mends": 2}, 0, 44.0, 20.0, None)],
        workers=[
            WorkersScore("bisect", 22, 0.9, 0.0, 0.95, 8, 20, 4.9, 4.4, 5.2, 4.8, 29.0, 20, 20)
        ],
        scales=SHOWN,
        growths=growths(SHOWN),
        separations=[
            SeparationScore(
                10,
                "either",
                0.5,
                0.0,
                0.1,
                0.0,
                200,
                199,
                190,
                1,
                0.96,
                80.0,
                120.5,
                5,
                191,
                18.0,
                25.0,
            )
        ],
    )
    document("bench", encoded(results))


@pytest.mark.published
def test_a_published_reduction_is_what_its_schema_says() -> None:
    for smallest in published.reductions():
        folder = store.PUBLISHED / smallest.about.name
        task = store.read_purpose(folder, REDUCTION, Task, "reduction", TASK_SCHEMA)
        printed = document("reduce", encoded(printed_reduction(smallest, "", task)))
        assert printed["bad_target"]["name"] == smallest.about.bad
        assert printed["load"]["name"] == smallest.about.load
