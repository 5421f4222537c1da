"""What else differs between rows, in words."""

import pytest
from inline_snapshot import snapshot

from scripts.analysis.surroundings import Unsaid
from scripts.report.unsaid import Footnotes, along_words

pytestmark = pytest.mark.pure


def differing(beside: str = "httpx 1", **fields: object) -> Unsaid:
    values: dict[str, object] = {
        "beside": beside,
        "python": None,
        "client": {},
        "server": {},
        "numbers": {},
    }
    return Unsaid(**(values | fields))  # type: ignore[arg-type]


def test_what_requests_pass_through_is_told_with_versions_and_the_rest_by_name() -> None:
    full = differing(
        python=("3.11.7", "3.12.1"),
        client={"anyio": ("4.6", "4.16"), "certifi": ("1", "2"), "h2": (None, "4.1.0")},
        server={"h11": ("0.14", None), "click": ("8", "9")},
        numbers={"keep_alive": (0.5, None)},
    )
    assert " ".join(Footnotes([full]).lines) == snapshot(
        "[1] Beside httpx 1 these differ too: Python (3.11.7 to 3.12.1), keep_alive (0.5 to as "
        "written), anyio (4.6 to 4.16), h2 (absent to 4.1.0), the server's h11 (0.14 to absent), "
        "certifi and the server's click."
    )


def test_rows_that_differ_alike_share_a_note() -> None:
    one, other = differing(client={"idna": ("1", "2")}), differing(client={"idna": ("1", "3")})
    elsewhere = differing("httpx 2", client={"idna": ("1", "2")})
    notes = Footnotes([None, one, other, elsewhere])
    assert notes.lines == snapshot(
        ["[1] Beside httpx 1 these differ too: idna.", "[2] Beside httpx 2 these differ too: idna."]
    )
    assert [notes.marked("a", row) for row in (None, one, other, elsewhere)] == snapshot(
        ["a", "a [1]", "a [1]", "a [2]"]
    )
    assert Footnotes([one, elsewhere], "the first").lines == snapshot(
        ["[1] Beside the first these differ too: idna."]
    )


def test_what_a_version_is_had_with_is_told_in_its_sentence() -> None:
    packages = {"anyio": ("4.6", "4.16"), "httpx": (None, "0.27.2"), "h2": ("4.1.0", None)}
    assert along_words(packages) == snapshot(
        "with anyio 4.16 instead of 4.6, httpx 0.27.2 added and h2 removed"
    )
    assert along_words({"h11": ("0.14", "0.16"), "idna": ("1", "2"), "yarl": (None, "1")}) == (
        snapshot("with h11 0.16 instead of 0.14, and idna and yarl changed")
    )
    assert along_words({"idna": ("1", "2")}) == snapshot("with idna changed")
    assert along_words({}) == ""
