"""What the machine says of itself."""

import platform

import pytest

from scripts.trials import host

pytestmark = pytest.mark.pure


def test_a_system_that_nothing_was_measured_on_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    assert host.unmeasured_system() == ""
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert host.unmeasured_system() == (
        "Nothing was measured on Darwin: all that is published was measured on Linux, and need not "
        "hold here."
    )


def test_the_tooling_notes_its_own_python() -> None:
    assert host.describe().python == platform.python_version()
