"""The cases: what is asked, what is true, and where it is known from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

BUGS = Path(__file__).with_name("bugs")


class Step(NamedTuple):
    """A change along a range: the last release before it, the first one from it on."""

    before: str
    after: str
    direction: Literal["worse", "better"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One bug, and one question about it.

    Attributes:
        name: of the case, and of its table of what every release does.
        package: on the index.
        script: of a user, in bugs/; it knows nothing of the tool.
        verb: which is asked.
        good, bad: the ends of a bisection; of a history, its first and last release.
        signal: what bad means.
        truth: every change of the range, in version order; none where nothing changes; None where
            no release of it tells anything.
        source: where the bug is known from.
        quote: what is said there, in few words.
        told: whether "cannot tell" is wrong, too.
        made: whether its package was made up for this, and is served by this machine.
        runs: of the script in each release, for the table.
        deadline: seconds after which a run is ended, and of which the tool is told.
        options: what else the call says.
        with_: other packages that it pins.
    """

    name: str
    package: str
    script: str
    verb: Literal["bisect", "history"]
    good: str
    bad: str
    signal: str
    truth: tuple[Step, ...] | None
    source: str
    quote: str
    told: bool = True
    made: bool = False
    runs: int = 1
    deadline: float = 20.0
    options: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()


CASES: tuple[Case, ...] = (
    Case(
        name="packaging-legacy",
        package="packaging",
        script="packaging_legacy.py",
        verb="bisect",
        good="20.0",
        bad="24.2",
        signal="InvalidVersion",
        truth=(Step("21.3", "22.0", "worse"),),
        source="https://packaging.pypa.io/en/stable/changelog.html",
        quote="22.0: LegacyVersion and LegacySpecifier are removed",
    ),
    Case(
        name="packaging-caught",
        package="packaging",
        script="packaging_caught.py",
        verb="bisect",
        good="20.0",
        bad="24.2",
        signal="stderr~error: Invalid version",
        truth=(Step("21.3", "22.0", "worse"),),
        source="https://packaging.pypa.io/en/stable/changelog.html",
        quote="22.0: LegacyVersion removed; here caught, and ended with sys.exit(f'error: {e}')",
    ),
    Case(
        name="packaging-status",
        package="packaging",
        script="packaging_caught.py",
        verb="bisect",
        good="20.0",
        bad="24.2",
        signal="exit=1",
        truth=(Step("21.3", "22.0", "worse"),),
        source="https://packaging.pypa.io/en/stable/changelog.html",
        quote="as packaging-caught, by the exit status",
    ),
    Case(
        name="packaging-steady",
        package="packaging",
        script="packaging_legacy.py",
        verb="bisect",
        good="20.0",
        bad="21.3",
        signal="InvalidVersion",
        truth=(),
        source="https://packaging.pypa.io/en/stable/changelog.html",
        quote="before 22.0 nothing changes",
    ),
    Case(
        name="sqlparse-nested",
        package="sqlparse",
        script="sqlparse_nested.py",
        verb="bisect",
        good="0.3.0",
        bad="0.5.5",
        signal="sqlparse.exceptions.SQLParseError",
        truth=(Step("0.5.4", "0.5.5", "worse"),),
        source="https://github.com/andialbrecht/sqlparse/blob/master/CHANGELOG",
        quote="0.5.5: raise SQLParseError instead of silently returning None (issue827)",
    ),
    Case(
        name="sqlparse-crlf",
        package="sqlparse",
        script="sqlparse_crlf.py",
        verb="history",
        good="0.3.0",
        bad="0.5.3",
        signal="hang",
        truth=(Step("0.3.1", "0.4.0", "worse"), Step("0.4.1", "0.4.2", "better")),
        source="https://github.com/andialbrecht/sqlparse/blob/master/CHANGELOG",
        quote="0.4.2: a regular expression of the strip comments filter was vulnerable to ReDoS",
        deadline=8.0,
    ),
    Case(
        name="pygments-sml",
        package="pygments",
        script="pygments_sml.py",
        verb="bisect",
        good="2.12.0",
        bad="2.5.1",
        signal="hang",
        truth=(Step("2.7.3", "2.7.4", "better"),),
        source="https://github.com/pygments/pygments/blob/master/CHANGES",
        quote="2.7.4: fix infinite loop in SML lexer (#1625)",
        deadline=8.0,
    ),
    Case(
        name="pygments-properties",
        package="pygments",
        script="pygments_properties.py",
        verb="bisect",
        good="2.17.2",
        bad="2.12.0",
        signal="wall>0.8s",
        truth=(Step("2.15.0", "2.15.1", "better"),),
        source="https://github.com/pygments/pygments/blob/master/CHANGES",
        quote="2.15.1: Java properties: fix catastrophic backtracking (#2356, #2404)",
        deadline=60.0,
    ),
    Case(
        name="pydantic-infinity",
        package="pydantic",
        script="pydantic_infinity.py",
        verb="history",
        good="1.6",
        bad="1.9.2",
        signal="hang",
        truth=(
            Step("1.6.1", "1.6.2", "better"),
            Step("1.6.2", "1.7", "worse"),
            Step("1.7.3", "1.7.4", "better"),
            Step("1.7.4", "1.8", "worse"),
            Step("1.8.1", "1.8.2", "better"),
        ),
        source="https://github.com/pydantic/pydantic/security/advisories/GHSA-5jqp-qgf6-3pvh",
        quote="'infinity' as a date causes an infinite loop; fixed in 1.8.2, 1.7.4 and 1.6.2",
        deadline=8.0,
    ),
    Case(
        name="attrs-evolve",
        package="attrs",
        script="attrs_evolve.py",
        verb="history",
        good="19.3.0",
        bad="22.2.0",
        signal="AssertionError",
        truth=(Step("20.3.0", "21.1.0", "worse"), Step("21.1.0", "21.2.0", "better")),
        source="https://www.attrs.org/en/stable/changelog.html",
        quote="21.2.0: had to revert the recursive feature for attr.evolve(); 21.1.0 was yanked",
    ),
    Case(
        name="click-flag-value",
        package="click",
        script="click_flag_value.py",
        verb="bisect",
        good="8.1.0",
        bad="8.3.1",
        signal="exit=1",
        truth=(Step("8.2.1", "8.2.2", "worse"),),
        source="https://github.com/pallets/click/issues/3054",
        quote="with 8.2.1 allmd=False, in 8.2.2 'False' (8.2.2 was yanked)",
    ),
    Case(
        name="click-unset-flag",
        package="click",
        script="click_unset_flag.py",
        verb="history",
        good="8.1.0",
        bad="8.3.1",
        signal="ValueError",
        truth=(Step("8.2.1", "8.2.2", "worse"), Step("8.2.2", "8.3.0", "better")),
        source="https://github.com/pallets/click/issues/3024",
        quote="8.2.2 yanked: unintended change in behavior of boolean options and None",
    ),
    Case(
        name="click-typed-flag",
        package="click",
        script="click_typed_flag.py",
        verb="history",
        good="8.1.0",
        bad="8.3.1",
        signal="AssertionError",
        truth=(Step("8.1.8", "8.2.0", "worse"), Step("8.2.0", "8.2.1", "better")),
        source="https://github.com/pallets/click/issues/2897",
        quote="boolean flags are always False, on 8.2.0",
    ),
    Case(
        name="click-pair",
        package="click",
        script="click_pair.py",
        verb="history",
        good="8.1.0",
        bad="8.5.1",
        signal="stdout~enable_xyz = False",
        truth=(Step("8.2.2", "8.3.0", "worse"), Step("8.3.3", "8.4.0", "better")),
        source="https://github.com/pallets/click/issues/3403",
        quote="default behaviour in 8.3.x changes with enable/disable flag pair",
    ),
    Case(
        name="tomlkit-part",
        package="tomlkit",
        script="tomlkit_part.py",
        verb="history",
        good="0.5.0",
        bad="0.15.0",
        signal="ValueError",
        truth=(Step("0.14.0", "0.15.0", "worse"),),
        source="https://github.com/python-poetry/tomlkit/issues/485",
        quote="since 0.15.0 it is impossible to use dumps() with a string; here 125 before 0.8",
    ),
    Case(
        name="jinja2-filter",
        package="jinja2",
        script="jinja2_filter.py",
        verb="history",
        good="2.11.0",
        bad="3.1.6",
        signal="AttributeError",
        truth=(Step("3.0.3", "3.1.0", "worse"),),
        source="https://jinja.palletsprojects.com/en/stable/changes/",
        quote="3.1.0: contextfilter is removed; up to 2.11.3 MarkupSafe lacks soft_unicode",
    ),
    Case(
        name="ujson-leak",
        package="ujson",
        script="ujson_leak.py",
        verb="bisect",
        good="6.0.0",
        bad="5.5.0",
        signal="memory>1.5x",
        truth=(Step("5.11.0", "5.12.0", "better"),),
        source="https://github.com/advisories/GHSA-wgvc-ghv9-3pmm",
        quote="memory leak parsing large integers; 5.4.0 to 5.11.0, fixed in 5.12.0",
    ),
    Case(
        name="orjson-deep",
        package="orjson",
        script="orjson_deep.py",
        verb="bisect",
        good="3.10.18",
        bad="3.9.0",
        signal="exit=SIGSEGV",
        truth=(Step("3.9.14", "3.9.15", "better"),),
        source="https://github.com/ijl/orjson/blob/master/CHANGELOG.md",
        quote="3.9.15: implement recursion limit of 1024 on orjson.loads()",
    ),
    Case(
        name="lark-ambiguous",
        package="lark",
        script="lark_ambiguous.py",
        verb="bisect",
        good="1.3.1",
        bad="1.1.0",
        signal="LookupError",
        truth=(Step("1.1.7", "1.1.8", "better"),),
        source="https://github.com/lark-parser/lark/pull/1327",
        quote="Earley now uses OrderedSet for better output stability; fails by the hash seed",
        runs=20,
    ),
    Case(
        name="made-ledger",
        package="foreign-ledger",
        script="made_ledger.py",
        verb="bisect",
        good="1.0",
        bad="1.9",
        signal="ValueError",
        truth=(Step("1.3", "1.6", "worse"),),
        source="tests/foreign/made.py",
        quote="TypeError in 1.4 and 1.5, ValueError from 1.6 on: 1.4 and 1.5 tell nothing",
        made=True,
    ),
    Case(
        name="made-engine",
        package="foreign-engine",
        script="made_engine.py",
        verb="bisect",
        good="1.0",
        bad="1.10",
        signal="exit=SIGSEGV",
        truth=(Step("1.6", "1.7", "worse"),),
        source="tests/foreign/made.py",
        quote="exit status 1 in 1.4 to 1.6, SIGSEGV from 1.7 on",
        made=True,
    ),
    Case(
        name="made-mute",
        package="foreign-mute",
        script="made_mute.py",
        verb="bisect",
        good="1.0",
        bad="1.5",
        signal="ValueError",
        truth=None,
        source="tests/foreign/made.py",
        quote="RuntimeError in all: nothing can be told of ValueError",
        made=True,
    ),
    Case(
        name="made-luck",
        package="foreign-luck",
        script="made_luck.py",
        verb="bisect",
        good="1.0",
        bad="1.11",
        signal="KeyError",
        truth=(Step("1.6", "1.7", "worse"),),
        source="tests/foreign/made.py",
        quote="the first of a set of four: one in four, by the hash seed, from 1.7 on",
        made=True,
        runs=20,
    ),
    Case(
        name="made-slow",
        package="foreign-sorter",
        script="made_sorter.py",
        verb="history",
        good="1.0",
        bad="1.11",
        signal="wall>2s",
        truth=(Step("1.4", "1.5", "worse"), Step("1.8", "1.9", "better")),
        source="tests/foreign/made.py",
        quote="takes 4 s from 1.5 to 1.8",
        made=True,
    ),
    Case(
        name="made-greedy",
        package="foreign-sorter",
        script="made_sorter.py",
        verb="bisect",
        good="1.9",
        bad="1.14",
        signal="memory>150MB",
        truth=(Step("1.11", "1.12", "worse"),),
        source="tests/foreign/made.py",
        quote="takes 300 MB from 1.12 on",
        made=True,
    ),
    Case(
        name="made-parts",
        package="foreign-parts",
        script="made_parts.py",
        verb="bisect",
        good="1.0",
        bad="1.9",
        signal="OSError",
        truth=(Step("1.2", "1.7", "worse"),),
        source="tests/foreign/made.py",
        quote="1.3 and 1.4 do not install, 1.5 and 1.6 do not import, OSError from 1.7 on",
        made=True,
    ),
)
